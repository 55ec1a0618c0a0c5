//! A customer on the command line: a tenant id or a name.
//!
//! The client looks names up, because a name is not a key: a request with a name could mean another
//! customer after a renaming.

use seatwise_client::{PartnerOperations, TryStreamExt as _};
use seatwise_service::{ExitCode, Failure, Result};
use seatwise_types::{Customer, CustomerField, CustomerFilter, CustomerId};

/// The number of first letters that a suggested name shares with one that was not found.
const SAME_LETTERS: usize = 3;

/// The most customers in a hint.
const SHOWN: usize = 5;

/// The page size of the look-up.
const PAGE: u32 = 500;

/// A customer as given on the command line.
#[derive(Clone, Debug)]
pub(crate) enum Named {
    /// The tenant id.
    Id(CustomerId),
    /// The newest name.
    Name(String),
}

impl Named {
    /// Parses a GUID or a name.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.parse() {
            _ if text.is_empty() => Err("a tenant id or a name is expected".to_owned()),
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => Ok(Self::Name(text.to_owned())),
        }
    }
}

/// The id of the given customer; `None` if none was given.
///
/// # Errors
/// If a request fails, or if the name is that of no customer or of several.
pub(crate) async fn id(
    partner: &PartnerOperations,
    given: Option<Named>,
) -> Result<Option<CustomerId>> {
    let name = match given {
        None => return Ok(None),
        Some(Named::Id(id)) => return Ok(Some(id)),
        Some(Named::Name(name)) => name,
    };
    let beginning = |start: String| {
        let filter = CustomerFilter::starts_with(CustomerField::CompanyName, start);
        partner.customers().list().size(PAGE).filter(filter)
    };
    let found: Vec<Customer> = beginning(name.clone()).stream().try_collect().await?;
    let is_called = |it: &&Customer| called(it).to_lowercase() == name.to_lowercase();
    let same: Vec<&Customer> = found.iter().filter(is_called).collect();
    match same[..] {
        [one] => Ok(Some(one.id)),
        [] => {
            let mut near = found;
            if near.is_empty() {
                let start = name.chars().take(SAME_LETTERS).collect();
                near = beginning(start).send().await?.items;
            }
            Err(not_called(&name, near).into())
        }
        _ => Err(Failure {
            code: ExitCode::Arguments,
            message: format!("{} customers are called `{name}`", same.len()),
            hint: Some(format!("give the id of one: {}", shown(same))),
        }
        .into()),
    }
}

fn called(customer: &Customer) -> &str {
    let name = customer.company_profile.company_name.as_deref();
    name.unwrap_or_default()
}

fn not_called(name: &str, mut near: Vec<Customer>) -> Failure {
    // Most equal first letters first.
    let wanted = name.to_lowercase();
    let same_letters = |it: &Customer| {
        let name = called(it).to_lowercase();
        let pairs = name.chars().zip(wanted.chars());
        pairs.take_while(|(one, other)| one == other).count()
    };
    near.sort_by_key(|it| (std::cmp::Reverse(same_letters(it)), called(it).len(), it.id));
    Failure {
        code: ExitCode::NotFound,
        message: format!("no customer is called `{name}`"),
        hint: Some(match near.is_empty() {
            true => "`seatwise customers` shows all customers".to_owned(),
            false => format!("the nearest names: {}", shown(near.iter().collect())),
        }),
    }
}

/// The first few customers, with their ids.
fn shown(customers: Vec<&Customer>) -> String {
    let first = customers.iter().take(SHOWN);
    let first = first.map(|it| format!("{} ({})", called(it), it.id));
    let mut text = first.collect::<Vec<_>>().join(", ");
    if customers.len() > SHOWN {
        text += &format!(" and {} more", customers.len() - SHOWN);
    }
    crate::output::visible(&text)
}
