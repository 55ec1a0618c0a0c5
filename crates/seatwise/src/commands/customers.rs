//! `seatwise customers`: the list of customers. Uses the SDK only.

use seatwise_client::TryStreamExt as _;
use seatwise_service::Result;
use seatwise_types::{Collection, Customer, CustomerField, CustomerFilter};

use super::extensions::{print, shown};
use crate::cli::Customers;
use crate::table::{Column, minor};
use crate::{connection, output};

pub(crate) async fn run(args: Customers) -> Result<()> {
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
    let columns: &[Column<&Customer>] = &[
        Column::text("Customer", "id", |it| it.id.to_string()),
        Column::name("Name", "companyName", |it| {
            shown(it.company_profile.company_name.as_ref())
        }),
        Column::name("Domain", "domain", |it| {
            shown(it.company_profile.domain.as_ref())
        }),
        minor(Column::text(
            "Relationship",
            "relationshipToPartner",
            |it| shown(it.relationship_to_partner.as_ref()),
        )),
    ];
    let customers = Collection::new(customers);
    if args.output.is_table() && customers.items.is_empty() {
        output::note("no customers");
        return Ok(());
    }
    print(&customers, args.output, columns, customers.items.iter())
}
