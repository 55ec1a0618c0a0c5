//! Customers, their list, and its filters.

use proptest::prelude::*;
use seatwise_types::{
    Collection, Customer, CustomerCompanyProfile, CustomerField, CustomerFilter,
    InvalidCustomerFilter, Link, Links, RelationshipToPartner, SeekOperation, wire,
};

fn contoso() -> Customer {
    let id = "4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04".parse().unwrap();
    Customer::new(id, "contoso.onmicrosoft.com", "Contoso & Söhne")
}

#[test]
fn list_as_documented() {
    let json = concat!(
        r#"{"totalCount":1,"items":[{"id":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","#,
        r#""companyProfile":{"tenantId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","#,
        r#""domain":"contoso.onmicrosoft.com","companyName":"Contoso & Söhne","#,
        r#""attributes":{"objectType":"CustomerCompanyProfile"}},"#,
        r#""relationshipToPartner":"reseller","attributes":{"objectType":"Customer"}}],"#,
        r#""links":{"self":{"uri":"/customers?size=40","method":"GET","headers":[]}},"#,
        r#""attributes":{"objectType":"Collection"}}"#,
    );
    let list = Collection {
        links: Some(Links {
            this: Some(Link {
                uri: "/customers?size=40".to_owned(),
                method: "GET".to_owned(),
                headers: Vec::new(),
            }),
            ..Links::default()
        }),
        ..Collection::new(vec![contoso()])
    };
    assert_eq!(String::from_utf8(wire::encode(&list)).unwrap(), json);
    assert_eq!(
        wire::decode::<Collection<Customer>>(json.as_bytes()).unwrap(),
        list
    );
}

#[test]
fn one_customer_has_more() {
    let customer = Customer {
        commerce_id: Some("7d6a4a5e-1b7e-4d0a-9f0e-0a4b5c6d7e8f".to_owned()),
        allow_delegated_access: Some(true),
        relationship_to_partner: Some(RelationshipToPartner::None),
        links: Some(Links {
            this: Some(Link {
                uri: "/customers/4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".to_owned(),
                method: "GET".to_owned(),
                headers: Vec::new(),
            }),
            ..Links::default()
        }),
        ..contoso()
    };
    let json = String::from_utf8(wire::encode(&customer)).unwrap();
    let order = [
        "\"id\"",
        "\"commerceId\"",
        "\"companyProfile\"",
        "\"relationshipToPartner\":\"none\"",
        "\"allowDelegatedAccess\":true",
        "\"links\"",
        "\"objectType\":\"Customer\"}}",
    ];
    let places: Vec<_> = order
        .iter()
        .map(|part| {
            json.find(part)
                .unwrap_or_else(|| panic!("no {part} in {json}"))
        })
        .collect();
    assert!(places.is_sorted(), "{json}");
    assert_eq!(wire::decode::<Customer>(json.as_bytes()).unwrap(), customer);
}

#[test]
fn customers_in_other_spellings() {
    for json in [
        r#"{"Id":"4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04"}"#,
        r#"{"id":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","companyProfile":null,"links":null,
            "customDomains":["a"],"billingProfile":{"email":"someone@contoso.com"}}"#,
    ] {
        let customer: Customer = wire::decode(json.as_bytes()).unwrap();
        assert_eq!(customer.id, contoso().id);
        assert_eq!(customer.company_profile, CustomerCompanyProfile::default());
        assert_eq!(customer.relationship_to_partner, None);
        assert_eq!(customer.attributes, Customer::attributes());
    }
    let json = r#"{"id":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04",
        "relationshipToPartner":"distributor"}"#;
    let customer: Customer = wire::decode(json.as_bytes()).unwrap();
    assert_eq!(
        customer.relationship_to_partner.unwrap().as_str(),
        "distributor"
    );
}

#[test]
fn filter_in_other_spellings() {
    let expected = CustomerFilter::starts_with(CustomerField::IndirectReseller, "a\"b");
    for text in [
        r#"{"Field":"IndirectReseller","Value":"a\"b","Operator":"starts_with"}"#,
        r#" { "operator" : "STARTS_WITH", "value": "a\u0022b", "field": "indirectReseller", "x": 1 }"#,
        // The Java SDK also writes the type of the filter, and the operator as in the Swagger file.
        r#"{"fieldType":"simple","field":"IndirectReseller","value":"a\"b","operator":"StartsWith"}"#,
        r#"{"FIELD":"IndirectReseller","VALUE":"a\"b","OPERATOR":"startswith","more":[{"a":null}]}"#,
    ] {
        assert_eq!(text.parse(), Ok(expected.clone()), "{text}");
    }
}

#[test]
fn what_is_no_filter() {
    use InvalidCustomerFilter as Invalid;
    let parse = |text: &str| text.parse::<CustomerFilter>().unwrap_err();
    for text in [
        "",
        "Contoso",
        "[]",
        "null",
        r#"{"Field":"Domain","Value":"x"}"#,
        r#"{"Field":"Domain","Value":"x","value":"y","Operator":"starts_with"}"#,
        r#"{"Field":"Domain","Value":null,"Operator":"starts_with"}"#,
        r#"{"Field":"Domain","Value":7,"Operator":"starts_with"}"#,
        r#"{"Field":"Domain","Value":"x","Operator":"starts_with"} and more"#,
    ] {
        assert_eq!(parse(text), Invalid::Shape, "{text}");
    }
    assert_eq!(
        parse(r#"{"Field":"Name","Value":"x","Operator":"starts_with"}"#),
        Invalid::Field("Name".to_owned())
    );
    assert_eq!(
        parse(r#"{"Field":"Domain","Value":"x","Operator":"substring"}"#),
        Invalid::Operator("substring".to_owned())
    );
    assert_eq!(
        parse(&" ".repeat(CustomerFilter::MAX_LENGTH + 1)),
        Invalid::TooLong
    );
    assert_eq!(
        parse(&"[".repeat(CustomerFilter::MAX_LENGTH)),
        Invalid::Shape
    );
}

#[test]
fn a_value_begins_with_the_filter_in_any_case() {
    let filter = CustomerFilter::starts_with(CustomerField::CompanyName, "größe");
    assert!(filter.matches("GRÖßE & Co"));
    assert!(!filter.matches("Große"));
    assert!(CustomerFilter::starts_with(CustomerField::Domain, "").matches(""));
}

#[test]
fn seek_operations() {
    for (text, expected) in [
        ("Next", SeekOperation::Next),
        ("previous", SeekOperation::Previous),
        ("FIRST", SeekOperation::First),
        ("3", SeekOperation::Last),
        ("pageIndex", SeekOperation::PageIndex),
    ] {
        assert_eq!(text.parse(), Ok(expected), "{text}");
    }
    for text in ["", " Next", "Nexts", "00", "5", "-1", "é"] {
        assert!(text.parse::<SeekOperation>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_value_of_a_filter_survives(value in ".{0,200}", field in 0..4_usize) {
        let filter = CustomerFilter::starts_with(CustomerField::ALL[field], value);
        prop_assert_eq!(filter.to_string().parse(), Ok(filter));
    }

    #[test]
    fn no_text_is_too_strange(text in any::<String>()) {
        let _ = text.parse::<CustomerFilter>();
        let _ = text.parse::<SeekOperation>();
    }
}
