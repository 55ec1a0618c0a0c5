//! `seatwise customers`: the list of customers, through the SDK alone.

use seatwise_client::TryStreamExt as _;
use seatwise_types::{Collection, Customer, CustomerField, CustomerFilter};

use crate::cli::{Customers, Output};
use crate::{connection, output};

pub(crate) async fn run(args: Customers) -> anyhow::Result<()> {
    let partner = connection::open(args.source)?;
    let mut list = partner.customers().list();
    if let Some(size) = args.size {
        list = list.size(size);
    }
    if let Some(name) = args.name {
        list = list.filter(CustomerFilter::starts_with(
            CustomerField::CompanyName,
            name,
        ));
    }
    if let Some(domain) = args.domain {
        list = list.filter(CustomerFilter::starts_with(CustomerField::Domain, domain));
    }
    let customers: Vec<Customer> = list.stream().try_collect().await?;
    match args.output {
        Output::Json => output::line(serde_json::to_string_pretty(&Collection::new(customers))?),
        Output::Csv => {
            let names = ["id", "companyName", "domain", "relationshipToPartner"];
            output::csv(&names, customers.iter().map(cells))
        }
        Output::Table if customers.is_empty() => {
            output::note("no customers");
            Ok(())
        }
        Output::Table => {
            let header = ["Customer", "Name", "Domain", "Relationship"];
            output::table(&header, &[], customers.iter().map(cells))
        }
    }
}

fn cells(customer: &Customer) -> Vec<String> {
    let company = &customer.company_profile;
    let relationship = customer.relationship_to_partner.as_ref();
    vec![
        customer.id.to_string(),
        company.company_name.clone().unwrap_or_default(),
        company.domain.clone().unwrap_or_default(),
        relationship.map(ToString::to_string).unwrap_or_default(),
    ]
}
