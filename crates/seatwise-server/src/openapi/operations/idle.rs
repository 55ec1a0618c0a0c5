//! The call for idle seats.

use seatwise_types::ErrorCode;
use seatwise_types::extensions::{IdleShow, IdleSort};

use super::common::{of_holder, of_user};
use super::parameters::{channel, customer, product, service};
use crate::openapi::operation::{Operation, Parameter, Response};
use crate::openapi::samples;
use crate::openapi::schema::Schema;
use crate::openapi::tags::SEATWISE;

pub(crate) fn idle() -> Operation {
    let answer = Response::json(
        "Totals of all rows that were selected, and a page of the products and of the rows. Both lists \
         have the same `top` and `skip`.",
        Schema::named("Idle"),
    );
    of_user(
        "getIdleSeats",
        SEATWISE,
        "Idle seats",
        "Seats that are sold and not assigned, or qualified and not used, of each product of each \
         customer, and what they are worth by the partner's prices and policy. Late customers are left \
         out. Seats without a known price are counted and in no amount. The three amounts overlap and \
         are never to be added up, nor are those of two currencies.",
    )
    .takes(Parameter::query(
        "sort",
        Schema::one_of(IdleSort::ALL.iter().map(|it| it.as_str())),
        "The order of the rows; `idle` if it is missing: most idle seats first.",
    ))
    .takes(Parameter::query(
        "show",
        Schema::one_of(IdleShow::ALL.iter().map(|it| it.as_str())),
        "Which rows are listed; `idle` if it is missing: those with idle, new, over-assigned or unused \
         seats that are not excluded. Totals are always those of all.",
    ))
    .takes(Parameter::query(
        "worth",
        Schema::truth(),
        "Whether prices are looked up; `true` if it is missing.",
    ))
    .takes(service())
    .takes(channel())
    .takes(customer())
    .takes(product())
    .on_axes()
    .in_pages()
    .answers("200", of_holder(answer).such_as(samples::IDLE))
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}
