//! Identifiers and open sets of values.

use std::collections::{BTreeSet, HashSet};

use seatwise_types::{Channel, CustomerId, PartnerId, ServiceCode, workload_code, workload_name};
use uuid::Uuid;

#[test]
fn id_in_any_case() {
    let lower: CustomerId = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse().unwrap();
    let upper: CustomerId = "4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04".parse().unwrap();
    assert_eq!(lower, upper);
    assert_eq!(upper.to_string(), "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04");
    assert_eq!(
        format!("{upper:?}"),
        "CustomerId(4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04)"
    );
    assert_eq!(
        *upper.as_uuid(),
        Uuid::from_u128(0x4d3cf487_70f4_4e1e_9ff1_b2bfce8d9f04)
    );
}

#[test]
fn id_in_json() {
    let id: PartnerId = serde_json::from_str(r#""4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04""#).unwrap();
    assert_eq!(
        serde_json::to_string(&id).unwrap(),
        r#""4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04""#
    );
    assert!(serde_json::from_str::<PartnerId>(r#""4d3cf487""#).is_err());
}

#[test]
fn id_in_other_forms_is_refused() {
    for text in [
        "",
        "4d3cf487",
        "4d3cf48770f44e1e9ff1b2bfce8d9f04",
        "{4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04}",
        "urn:uuid:4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04",
        "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f0g",
        "4d3cf48770f4-4e1e-9ff1-b2bfce8d9f04-",
        " d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04",
        "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04 ",
    ] {
        let err = text.parse::<CustomerId>().unwrap_err();
        assert!(
            err.to_string()
                .starts_with(&format!("`{text}` is not a GUID")),
            "{err}"
        );
    }
}

#[test]
fn known_values_in_any_case() {
    for text in ["o365", "O365"] {
        assert!(matches!(ServiceCode::from(text), ServiceCode::O365));
    }
    assert!(matches!("CRM".parse(), Ok(ServiceCode::Crm)));
    assert!(matches!(
        Channel::from("RESELLER".to_owned()),
        Channel::Reseller
    ));
    assert!(matches!(Channel::from("direct"), Channel::Direct));
}

#[test]
fn unknown_values_stay_as_they_are() {
    assert_eq!(ServiceCode::from("ViVa").to_string(), "ViVa");
    assert_eq!(serde_json::to_string(&Channel::from("")).unwrap(), r#""""#);
    assert_eq!(format!("{:>8}|", Channel::from("x")), "       x|");
}

#[test]
fn open_values_compare_as_their_text() {
    assert_eq!(ServiceCode::Other("o365".to_owned()), ServiceCode::O365);
    assert_eq!(
        HashSet::from([ServiceCode::Other("crm".to_owned()), ServiceCode::Crm]).len(),
        1,
    );
    let ordered = BTreeSet::from(["o365", "viva", "azure", "crm"].map(ServiceCode::from));
    let ordered: Vec<_> = ordered.iter().map(ServiceCode::as_str).collect();
    assert_eq!(ordered, ["azure", "crm", "o365", "viva"]);
}

#[test]
fn names_of_services_and_workloads() {
    for service in [ServiceCode::O365, ServiceCode::Crm] {
        let name = service.display_name().unwrap();
        assert_eq!(ServiceCode::from_name(name), service);
        assert_eq!(ServiceCode::from_name(&name.to_uppercase()), service);
        assert_eq!(ServiceCode::from_name(service.as_str()), service);
    }
    for (code, name) in [
        ("EXO", "Exchange"),
        ("SPO", "SharePoint"),
        ("SFB", "Skype For Business"),
    ] {
        assert_eq!(workload_name(code), Some(name));
        assert_eq!(workload_code(name), Some(code));
        assert_eq!(workload_code(&name.to_lowercase()), Some(code));
    }
}
