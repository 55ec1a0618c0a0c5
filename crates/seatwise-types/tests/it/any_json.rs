//! Any JSON ends in a value that can be written and read again, or in an error that names the
//! position.

use std::error::Error;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use seatwise_types::{
    Collection, CommercialPage, Customer, CustomerLicensesDeploymentInsights,
    CustomerLicensesUsageInsights, ErrorBody, GatewayError, LicensesDeploymentRow,
    LicensesUsageRow, PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights, wire,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Members of resources, each with a valid value.
const MEMBERS: [(&str, &str); 44] = [
    ("totalCount", "1"),
    ("TotalCount", "2.0"),
    ("continuationToken", r#""AQ==""#),
    ("@nextLink", r#""?skip=1""#),
    (
        "links",
        r#"{"next":{"uri":"/customers","method":"GET","headers":[]}}"#,
    ),
    ("self", r#"{"uri":"/customers"}"#),
    ("uri", r#""/customers""#),
    (
        "headers",
        r#"[{"key":"MS-ContinuationToken","value":"AQ=="}]"#,
    ),
    ("attributes", r#"{"objectType":"Collection"}"#),
    ("objectType", r#""Customer""#),
    ("id", r#""4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04""#),
    (
        "companyProfile",
        r#"{"tenantId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04"}"#,
    ),
    ("relationshipToPartner", r#""reseller""#),
    ("allowDelegatedAccess", "true"),
    ("customDomains", r#"["contoso.example"]"#),
    ("customerId", r#""4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04""#),
    (
        "customerTenantId",
        r#""4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04""#,
    ),
    ("customerName", r#""Contoso""#),
    ("productName", r#""E3""#),
    ("productId", r#""6FD2C87F-B296-42F0-B197-1E91E994B900""#),
    ("workloadName", r#""Exchange""#),
    ("workloadCode", r#""EXO""#),
    ("serviceName", r#""Microsoft Office 365""#),
    ("serviceCode", r#""o365""#),
    ("channel", r#""reseller""#),
    ("processedDateTime", r#""2017-03-14T03:25:16.36+00:00""#),
    ("ProcessedDateTime", r#""2018-10-14""#),
    ("licensesActive", "206.0"),
    ("licenseActive", r#""63""#),
    ("licensesQualified", "206"),
    ("licensesDeployed", "0"),
    ("licensesSold", "18446744073709551615"),
    ("usagePercent", "2.43"),
    ("deploymentPercent", r#""26.16""#),
    ("proratedLicensesUsagePercent", "1e300"),
    ("proratedDeploymentPercent", "-0.0"),
    ("code", r#""900420""#),
    ("Code", "2000"),
    ("description", r#""no""#),
    ("data", r#"["Field1",2,null]"#),
    ("source", r#""here""#),
    ("statusCode", "429"),
    ("message", r#""slowly""#),
    ("unknown", "[[[]]]"),
];

fn anything() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        select(vec![
            "null", "true", "-1", "0.5", "1e400", "65536", r#""""#, r#""NaN""#, "{}", "[]"
        ])
        .prop_map(str::to_owned),
        any::<f64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| format!("{text:?}")),
        select(MEMBERS.map(|(_, value)| value.to_owned()).to_vec()),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|elements| format!("[{}]", elements.join(","))),
            inner.prop_map(|inner| format!(r#"{{"items":{inner}}}"#)),
        ]
    })
}

/// Some of the members in order, a few with a value that may be invalid.
fn object() -> impl Strategy<Value = String> {
    let values = vec(
        prop_oneof![9 => Just(None), 1 => anything().prop_map(Some)],
        MEMBERS.len(),
    );
    let chosen = prop_oneof![
        Just(MEMBERS.to_vec()),
        subsequence(MEMBERS.to_vec(), 0..MEMBERS.len()),
    ];
    (chosen, values).prop_map(|(chosen, values)| {
        let members = chosen.iter().zip(values).map(|((name, usual), value)| {
            format!(r#""{name}":{}"#, value.as_deref().unwrap_or(usual))
        });
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let collection = |name: &'static str| {
        vec(object(), 0..3).prop_map(move |items| format!(r#"{{"{name}":[{}]}}"#, items.join(",")))
    };
    let text = prop_oneof![
        2 => object(),
        2 => collection("items"),
        2 => collection("Value"),
        1 => anything(),
        1 => any::<String>(),
    ];
    let bytes = text.prop_map(String::into_bytes);
    let marked = bytes.prop_map(|bytes| [wire::BYTE_ORDER_MARK.as_slice(), &bytes].concat());
    prop_oneof![9 => marked, 1 => vec(any::<u8>(), 0..100)]
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    wire::decode(body)
        .map_err(|err| assert!(!err.path().is_empty() && err.source().is_some()))
        .ok()
}

fn read_and_written<T: DeserializeOwned + Serialize>(body: &[u8]) {
    if let Some(value) = read::<T>(body) {
        let written = wire::encode(&value);
        let again: T = wire::decode(&written).unwrap();
        assert_eq!(wire::encode(&again), written);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_resource_is_read_or_refused(body in body()) {
        read_and_written::<Collection<PartnerLicensesUsageInsights>>(&body);
        read_and_written::<Collection<PartnerLicensesDeploymentInsights>>(&body);
        read_and_written::<Collection<CustomerLicensesUsageInsights>>(&body);
        read_and_written::<Collection<CustomerLicensesDeploymentInsights>>(&body);
        read_and_written::<Collection<Customer>>(&body);
        read_and_written::<Customer>(&body);
        read_and_written::<CommercialPage<LicensesUsageRow>>(&body);
        read_and_written::<CommercialPage<LicensesDeploymentRow>>(&body);
        read_and_written::<ErrorBody>(&body);
        if let Some(error) = read::<GatewayError>(&body) {
            let again: GatewayError = wire::decode(&error.to_bytes()).unwrap();
            assert_eq!(again, error);
        }
    }
}

/// Any depth: rejected before it exhausts the stack.
#[test]
fn depth_has_an_end() {
    for open in ["[", r#"{"items":["#, r#"{"a":"#] {
        let deep = open.repeat(100_000);
        assert!(wire::decode::<Collection<Customer>>(deep.as_bytes()).is_err());
        assert!(wire::decode::<ErrorBody>(format!(r#"{{"data":{deep}"#).as_bytes()).is_err());
    }
}
