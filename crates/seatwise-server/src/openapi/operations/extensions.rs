//! Seatwise's calls: figures over time, and why they are what they are.

use seatwise_types::ErrorCode;
use seatwise_types::extensions::{By, Step};

use super::common::{of_holder, of_user};
use super::parameters::{
    channel, customer, day, day_or_month, metric, product, service, some_text, workload,
};
use crate::openapi::operation::{Operation, Parameter, Response};
use crate::openapi::samples;
use crate::openapi::schema::Schema;
use crate::openapi::tags::{MONTHS, SEATWISE};

pub(crate) fn history() -> Operation {
    let answer = Response::json(
        "One series for each service, channel and thing that has a figure at one of the dates. \
         Dates without a figure are gaps with a reason.",
        Schema::named("History"),
    );
    of_user(
        "getHistory",
        SEATWISE,
        "History",
        "Figures over time: at each date the figure that `asOf` that date gives, a ratio of sums. \
         Figures look back 28 days, so those of neighbouring dates are never to be added up. \
         Services and channels are never added up either.",
    )
    .takes(metric())
    .takes(Parameter::query(
        "by",
        Schema::one_of(By::ALL.iter().map(|by| by.as_str())),
        "What the figures are of; `partner` if it is missing. Deployment has no workloads.",
    ))
    .takes(
        day(
            "from",
            "The first day; at most ten years before the last one.",
        )
        .such_as("2026-10-01"),
    )
    .takes(day("to", "The last day, not before the first one.").such_as("2026-10-31"))
    .takes(Parameter::query(
        "step",
        Schema::one_of(Step::ALL.iter().map(|step| step.as_str())),
        "Each day (if it is missing), each Sunday, or the last day of each month; and always the \
         last day of all.",
    ))
    .takes(service())
    .takes(channel())
    .takes(workload())
    .takes(customer())
    .takes(product())
    .takes_named(&["knownAt"])
    .answers("200", of_holder(answer).such_as(samples::HISTORY))
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}

pub(crate) fn explain() -> Operation {
    let answer = Response::json(
        "The figure with its deliveries and rows, and what is not in it. The three lists have the \
         same `top` and `skip`.",
        Schema::named("Explanation"),
    );
    let service = Parameter::query("service", some_text(), "The service: its code.").required();
    let channel = Parameter::query("channel", some_text(), "The channel.").required();
    of_user(
        "getExplanation",
        SEATWISE,
        "Explanation",
        "A figure with all that it is made of: of the partner, or of a workload, a customer, a \
         product, or of several of these. Adding up the rows of all pages gives the same percent to \
         the bit. Late customers are left out of the figures of all customers. The figure of one customer is \
         given even if it is late.",
    )
    .takes(metric())
    .takes(service.such_as("o365"))
    .takes(channel.such_as("reseller"))
    .takes(workload())
    .takes(customer())
    .takes(product())
    .on_axes()
    .in_pages()
    .answers("200", of_holder(answer).such_as(samples::EXPLANATION))
    .finish(
        &[ErrorCode::InvalidProperty, ErrorCode::InvalidInput],
        &[ErrorCode::NotFound],
    )
}

pub(crate) fn coverage() -> Operation {
    let answer = Response::json(
        "One item for each service and channel, and the customers that are not in its figures.",
        Schema::named("Coverage"),
    );
    of_user(
        "getCoverage",
        SEATWISE,
        "Coverage",
        "Who is in the figures and who is not. A customer is current if its newest delivery \
         counts, late if that is too old, and missing if nothing was ever delivered of it here \
         though the other metric has seats. Each seat counts once: deployment counts the seats \
         sold, usage counts, for each product of a customer, the seats of its largest workload.",
    )
    .takes(metric())
    .takes(service())
    .takes(channel())
    .takes(customer())
    .on_axes()
    .in_pages()
    .answers("200", of_holder(answer).such_as(samples::COVERAGE))
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}

pub(crate) fn changes() -> Operation {
    let answer = Response::json(
        "One item for each service, channel and workload that is in one of the answers.",
        Schema::named("Changes"),
    );
    let known_at = |name, what: &'static str| {
        Parameter::query(name, Schema::text().format("past"), what).such_as("2024-11-05T08:00:00Z")
    };
    of_user(
        "getChanges",
        SEATWISE,
        "Changes",
        "The bridge between two answers, in points of percent: what was restated, who became late, \
         came or went, and how seats and use of the others changed. The points of all steps \
         together are the difference of the two percents, exactly, and those of all customers in a \
         step are the step's. Links to further pages of customers lead to the same answer.",
    )
    .takes(metric())
    .takes(Parameter::query(
        "by",
        Schema::one_of([By::Partner, By::Customer].map(By::as_str)),
        "With `customer`, each figure has the customers that moved it, those with the largest \
         effects first.",
    ))
    .takes(
        day_or_month(
            "from",
            "The day of the first answer, or a month, of which the newest day with a delivery is \
             taken.",
        )
        .such_as("2026-10-01"),
    )
    .takes(day_or_month("to", "The day, or month, of the second one.").such_as("2026-10-31"))
    .takes(known_at(
        "fromKnownAt",
        "What was known for the first answer; what is known for the second one if it is missing.",
    ))
    .takes(known_at(
        "toKnownAt",
        "What was known for the second answer; what is known now if it is missing.",
    ))
    .takes(service())
    .takes(channel())
    .takes(workload())
    .takes(customer())
    .in_pages()
    .answers("200", of_holder(answer).such_as(samples::CHANGES))
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}

pub(crate) fn restatements() -> Operation {
    let answer = Response::json(
        "Units with more than one version, with each of them.",
        Schema::named("Restatements"),
    );
    of_user(
        "getRestatements",
        SEATWISE,
        "Restatements",
        "Deliveries of some days that were replaced by later ones of the same customer, service, \
         channel and day. Those that were replaced last come first.",
    )
    .takes(metric())
    .takes(
        day_or_month(
            "from",
            "The first day, or month; at most ten years before the last one.",
        )
        .such_as("2026-10-01"),
    )
    .takes(
        day_or_month("to", "The last day, or month, not before the first one.")
            .such_as("2026-10-31"),
    )
    .takes(service())
    .takes(channel())
    .takes(customer())
    .takes_named(&["knownAt"])
    .in_pages()
    .answers("200", of_holder(answer).such_as(samples::RESTATEMENTS))
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}

pub(crate) fn monthly() -> Operation {
    let answer = Response::json(
        "Of one month, one item for each service, workload and product, in this order, and none \
         where nothing is known. With `from` and `to`, each month with its items, or with the \
         reason why it has none.",
        Schema::any_of([
            Schema::named("MonthlyFigures"),
            Schema::named("MonthlyRange"),
        ]),
    );
    let month = |name, format, what: &'static str| {
        // An empty parameter counts as missing.
        let month = Schema::text().pattern("^([0-9]{4}-(0[1-9]|1[0-2]))?$");
        Parameter::query(name, month.format(format), what)
    };
    of_user(
        "getMonthlyFigures",
        MONTHS,
        "Figures of months",
        "How many of the seats of all customers were used or assigned in a month, as the downloads \
         `OfficeUsage` and `DynamicsUsage` report it; for one month, or for several. They are not the \
         figures of 28 days. Do not add up several months.",
    )
    .takes(metric())
    .takes(
        month(
            "month",
            "one-month",
            "The month; without it the newest of which something is known. Not together with \
             `from` and `to`.",
        )
        .such_as("2026-09"),
    )
    .takes(month(
        "from",
        "first-month",
        "The first of several months; at most 120 of them, and together with `to`.",
    ))
    .takes(month(
        "to",
        "last-month",
        "The last of several months, not before the first one.",
    ))
    .takes(service())
    .takes(workload())
    .takes(customer())
    .takes(product())
    .takes_named(&["knownAt"])
    .answers("200", of_holder(answer).such_as(samples::MONTHS))
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}
