//! The calls of Partner Center for customers.

use seatwise_types::{Customer, CustomerFilter, ErrorCode, Links, SeekOperation, wire};

use super::common::{of_holder, of_user_or_application};
use crate::openapi::operation::{Link, Operation, Parameter, Response};
use crate::openapi::resources::paged_collection;
use crate::openapi::schema::{Ordered, Schema};
use crate::openapi::tags::CUSTOMERS;
use crate::partner_center::customer_page::{LARGEST_PAGE, MAX_SIZE};
use crate::partner_center::customers;

pub(crate) fn customers() -> Operation {
    let seeks = SeekOperation::ALL.iter().copied();
    let seeks = seeks.filter(|seek| *seek != SeekOperation::PageIndex);
    let seeks = seeks.map(SeekOperation::as_str).chain(["0", "1", "2", "3"]);
    of_user_or_application(
        "getCustomers",
        CUSTOMERS,
        "List of customers",
        "The partner's customers, page by page. A next page is asked for as `links.next` says, or \
         with `seekOperation=Next` and the header `MS-ContinuationToken`: the token knows size and \
         filter, which need not be repeated, and keeps all pages those of one time.",
    )
    .takes(Parameter::query(
        "size",
        Schema::whole_number(0, MAX_SIZE, 0),
        format!("Customers per page. 0, and more than {LARGEST_PAGE}, ask for {LARGEST_PAGE}."),
    ))
    .takes(
        Parameter::query(
            "filter",
            customer_filter(),
            format!(
                "Customers whose name or domain begins with a text, without regard to case: JSON of \
                 at most {} bytes. Names of its members may have any case, others are ignored.",
                CustomerFilter::MAX_LENGTH
            ),
        )
        .holding_json(),
    )
    .takes(Parameter::query(
        "seekOperation",
        Schema::one_of(seeks),
        "Which page; `Next` and `Previous` are seen from that of the token. In any case; the \
         numbers mean the same in this order. `PageIndex` is refused.",
    ))
    .takes_named(&["MS-ContinuationToken"])
    .answers("200", of_holder(a_page()).such_as(&customer_list()))
    .finish(
        &[
            ErrorCode::InvalidProperty,
            ErrorCode::InvalidInput,
            ErrorCode::UnsupportedSearch,
            ErrorCode::InvalidEnumValue,
        ],
        &[],
    )
}

/// A page of customers, with the calls that it leads to.
fn a_page() -> Response {
    let token = "$response.body#/continuationToken";
    let first = "$response.body#/items/0/id";
    let of_first = |operation_id| Link {
        operation_id,
        parameters: Ordered::from_iter([("path.customer-id", first)]),
    };
    Response::json(
        "A page of customers, ordered by what is searched by, else by id.",
        paged_collection("Customer"),
    )
    .leads_to(
        "NextPage",
        Link {
            operation_id: "getCustomers",
            parameters: Ordered::from_iter([("header.MS-ContinuationToken", token)]),
        },
    )
    .leads_to("Customer", of_first("getCustomer"))
    .leads_to("CustomerUsage", of_first("getCustomerLicensesUsage"))
    .leads_to(
        "CustomerDeployment",
        of_first("getCustomerLicensesDeployment"),
    )
}

pub(crate) fn customer() -> Operation {
    let answer = Response::json("What is known of the customer.", Schema::named("Customer"));
    of_user_or_application(
        "getCustomer",
        CUSTOMERS,
        "One customer",
        "A customer of the partner. One of another partner is answered as one that does not exist.",
    )
    .takes(customer_id())
    .answers("200", of_holder(answer).such_as(&one_customer()))
    .finish(
        &[ErrorCode::InvalidCustomerId],
        &[ErrorCode::TenantNotFound],
    )
}

pub(super) fn customer_id() -> Parameter {
    Parameter::path(
        "customer-id",
        Schema::guid().pattern("^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"),
        "The customer's tenant: a GUID with hyphens, in any case.",
    )
}

fn customer_filter() -> Schema {
    Schema::object()
        .with("Field", Schema::one_of(["CompanyName", "Domain"]))
        .with("Value", Schema::text())
        .with("Operator", Schema::one_of(["starts_with", "StartsWith"]))
}

fn example_customer() -> Option<Customer> {
    let id = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse().ok()?;
    Some(customers::resource(
        id,
        "Contoso",
        Some("contoso.onmicrosoft.com"),
    ))
}

fn customer_list() -> Vec<u8> {
    let mut list = seatwise_types::Collection::new(example_customer().into_iter().collect());
    list.links = Some(Links::to_itself("/customers?size=40"));
    wire::encode(&list)
}

fn one_customer() -> Vec<u8> {
    wire::encode(&example_customer())
}
