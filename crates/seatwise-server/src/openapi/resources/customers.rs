//! The bodies of Partner Center's customers.

use seatwise_types::{Customer, CustomerCompanyProfile};

use super::fields::attributes;
use crate::openapi::schema::{Ordered, Schema};

/// The schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("Customer", customer()),
        ("CustomerCompanyProfile", company_profile()),
        ("Links", links()),
        ("Link", link()),
    ])
}

fn customer() -> Schema {
    Schema::object()
        .means("A customer of the partner, with what its deliveries contain.")
        .with(
            "id",
            Schema::guid().means("The customer's tenant, in lower case."),
        )
        .with("companyProfile", Schema::named("CustomerCompanyProfile"))
        .with(
            "relationshipToPartner",
            Schema::text()
                .such_as(["reseller"])
                .means("What the partner is to the customer; an open set."),
        )
        .with("links", Schema::named("Links"))
        .with("attributes", attributes(Customer::OBJECT_TYPE))
}

fn company_profile() -> Schema {
    Schema::object()
        .with(
            "tenantId",
            Schema::guid().means("The customer's tenant once more."),
        )
        .may_have(
            "domain",
            Schema::text()
                .such_as(["contoso.onmicrosoft.com"])
                .means("The newest domain that is known; left out if none is."),
        )
        .with(
            "companyName",
            Schema::text().means("The newest name that was delivered."),
        )
        .with("links", Schema::named("Links"))
        .with(
            "attributes",
            attributes(CustomerCompanyProfile::OBJECT_TYPE),
        )
}

fn links() -> Schema {
    let to = |what| Schema {
        description: Some(what),
        ..Schema::named("Link")
    };
    Schema::object()
        .means("Where this resource or page is, and the pages around it.")
        .with("self", to("What was asked for.".into()))
        .may_have("next", to("The next page; not on the last one.".into()))
        .may_have(
            "previous",
            to("The previous page; not on the first one.".into()),
        )
}

fn link() -> Schema {
    let header = Schema::object()
        .with("key", Schema::text().such_as(["MS-ContinuationToken"]))
        .with("value", Schema::text());
    Schema::object()
        .with(
            "uri",
            Schema::text()
                .such_as(["/customers?size=40&seekOperation=Next"])
                .means("A path with a query, relative to the root of the API, without `/v1`."),
        )
        .with("method", Schema::constant("GET"))
        .with(
            "headers",
            Schema::list(header).means("What to send with the request."),
        )
}

#[cfg(test)]
mod tests {
    use seatwise_types::{Collection, Link, LinkHeader, Links, RelationshipToPartner, wire};

    use super::super::describes::{describes, id, text};
    use super::*;

    #[test]
    fn customers() {
        let link_to = Link {
            uri: text(),
            method: "GET".to_owned(),
            headers: vec![LinkHeader {
                key: text(),
                value: text(),
            }],
        };
        describes(&link(), &wire::encode(&link_to));
        let all_links = Links {
            this: Some(link_to.clone()),
            next: Some(link_to.clone()),
            previous: Some(link_to),
        };
        describes(&links(), &wire::encode(&all_links));
        // Seatwise does not know other fields of Partner Center.
        let one = Customer {
            id: id(),
            commerce_id: None,
            company_profile: CustomerCompanyProfile {
                tenant_id: Some(id()),
                domain: Some(text()),
                company_name: Some(text()),
                links: Some(all_links.clone()),
                attributes: CustomerCompanyProfile::attributes(),
            },
            relationship_to_partner: Some(RelationshipToPartner::Reseller),
            allow_delegated_access: None,
            links: Some(all_links.clone()),
            attributes: Customer::attributes(),
        };
        describes(&customer(), &wire::encode(&one));
        describes(&company_profile(), &wire::encode(&one.company_profile));
        let mut list = Collection::new(vec![one]);
        list.continuation_token = Some(text());
        list.links = Some(all_links);
        describes(&super::super::paged_collection("Any"), &wire::encode(&list));
    }
}
