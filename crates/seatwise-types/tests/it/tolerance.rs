//! Every spelling that a reader must accept or reject.

use std::error::Error;

use seatwise_types::{
    Channel, Collection, CommercialPage, CustomerLicensesDeploymentInsights,
    CustomerLicensesUsageInsights, LicensesDeploymentRow, LicensesUsageRow,
    PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights, ServiceCode, wire,
};
use serde::de::DeserializeOwned;

fn active(json: &str) -> Result<Option<u64>, String> {
    wire::decode::<LicensesUsageRow>(format!(r#"{{"licensesActive":{json}}}"#).as_bytes())
        .map(|row| row.licenses_active)
        .map_err(|err| err.source().unwrap().to_string())
}

#[test]
fn counts_in_all_spellings() {
    for json in ["206", "206.0", "206.00", "2.06e2", r#""206""#, r#""206.0""#] {
        assert_eq!(active(json), Ok(Some(206)), "{json}");
    }
    for json in ["0", "0.0", "-0", "-0.0", r#""0""#] {
        assert_eq!(active(json), Ok(Some(0)), "{json}");
    }
    assert_eq!(active("9007199254740993"), Ok(Some(9_007_199_254_740_993)));
    assert_eq!(active("null"), Ok(None));
}

#[test]
fn counts_that_are_none() {
    for json in [
        "206.5",
        "-1",
        "-1.0",
        "-0.5",
        "1e300",
        r#""""#,
        r#""63.5""#,
        r#""-63""#,
        r#""many""#,
        r#""NaN""#,
        r#""inf""#,
        "true",
        "[]",
    ] {
        let err = active(json).unwrap_err();
        assert!(
            err.contains("expected a whole number of seats, zero or more"),
            "{json}: {err}"
        );
    }
}

fn percent(json: &str) -> Result<Option<f64>, String> {
    let row = format!(
        r#"{{"productName":"P","workloadName":"Exchange","processedDateTime":"2017-03-09",
            "serviceName":"o365","channel":"reseller","usagePercent":{json}}}"#
    );
    wire::decode::<CustomerLicensesUsageInsights>(row.as_bytes())
        .map(|row| row.usage_percent)
        .map_err(|err| err.source().unwrap().to_string())
}

#[test]
fn percents_in_all_spellings() {
    assert_eq!(percent("26.16"), Ok(Some(26.16)));
    assert_eq!(percent("26"), Ok(Some(26.0)));
    assert_eq!(percent("2.616e1"), Ok(Some(26.16)));
    assert_eq!(percent(r#""26.16""#), Ok(Some(26.16)));
    assert_eq!(percent("400.0"), Ok(Some(400.0)));
    assert_eq!(percent("0"), Ok(Some(0.0)));
    assert_eq!(percent("null"), Ok(None));
}

#[test]
fn percents_that_are_none() {
    for json in [r#""NaN""#, r#""Infinity""#, r#""26.16%""#, r#""""#, "false"] {
        let err = percent(json).unwrap_err();
        assert!(
            err.contains("expected a percent as a decimal number"),
            "{json}: {err}"
        );
    }
    assert!(percent("1e400").is_err());
    assert!(percent("NaN").is_err());
}

#[test]
fn missing_figure_is_not_zero() {
    let row: LicensesDeploymentRow = wire::decode(br#"{"licensesSold":0}"#).unwrap();
    assert_eq!((row.licenses_deployed, row.licenses_sold), (None, Some(0)));

    let row: CustomerLicensesDeploymentInsights = wire::decode(
        br#"{"productName":"P","processedDateTime":"2017-03-09","serviceName":"o365",
            "channel":"reseller","licensesDeployed":0}"#,
    )
    .unwrap();
    assert_eq!(row.licenses_deployed, Some(0));
    assert_eq!(row.licenses_sold, None);
    assert_eq!(row.deployment_percent, None);
    assert_eq!(row.customer_name, None);
}

#[test]
fn active_seats_under_both_names() {
    let active = |json: &str| {
        wire::decode::<LicensesUsageRow>(json.as_bytes())
            .unwrap()
            .licenses_active
    };
    assert_eq!(active(r#"{"licensesActive":3}"#), Some(3));
    assert_eq!(active(r#"{"licenseActive":3}"#), Some(3));
    assert_eq!(active(r#"{"LicenseActive":3}"#), Some(3));
    assert_eq!(active(r#"{"licenseActive":4,"licensesActive":3}"#), Some(3));
    assert_eq!(active("{}"), None);
}

#[test]
fn commercial_envelope_in_all_spellings() {
    for json in [
        r#"{"Value":[{"licensesSold":1}],"@nextLink":"?skip=1","TotalCount":2}"#,
        r#"{"value":[{"licensesSold":1}],"nextLink":"?skip=1","totalCount":2}"#,
        r#"{"totalCount":"2","nextLink":"?skip=1","items":[{"licensesSold":1}]}"#,
    ] {
        let page: CommercialPage<LicensesDeploymentRow> = wire::decode(json.as_bytes()).unwrap();
        assert_eq!(page.value[0].licenses_sold, Some(1));
        assert_eq!(page.next_link.as_deref(), Some("?skip=1"));
        assert_eq!(page.total_count, Some(2));
    }

    let page: CommercialPage<LicensesUsageRow> = wire::decode(br#"{"Value":[]}"#).unwrap();
    assert_eq!((page.next_link, page.total_count), (None, None));
}

#[test]
fn commercial_page_without_rows_is_refused() {
    let err = wire::decode::<CommercialPage<LicensesUsageRow>>(br#"{"TotalCount":2}"#).unwrap_err();
    assert!(err.source().unwrap().to_string().contains("`Value`"));
}

const ROW: &str = r#"{"proratedDeploymentPercent":26.16,"licensesSold":474.0,
    "processedDateTime":"2017-10-13T03:55:46.21Z","serviceName":"o365","channel":"reseller",
    "attributes":{"objectType":"PartnerLicensesDeploymentInsights"}}"#;

#[test]
fn collection_with_members_missing_or_null() {
    for json in [
        format!(r#"{{"items":[{ROW}],"totalCount":1}}"#),
        format!(r#"{{"items":[{ROW}]}}"#),
        format!(r#"{{"items":[{ROW}],"totalCount":null,"links":null,"attributes":null}}"#),
        format!(
            r#"{{"Items":[{ROW}],"TotalCount":"1","Attributes":{{"ObjectType":"Collection"}}}}"#
        ),
    ] {
        let answer: Collection<PartnerLicensesDeploymentInsights> =
            wire::decode(json.as_bytes()).unwrap();
        let row: PartnerLicensesDeploymentInsights = wire::decode(ROW.as_bytes()).unwrap();
        assert_eq!(row.licenses_sold, Some(474));
        assert_eq!(answer, Collection::new(vec![row]));
    }
    for json in ["{}", r#"{"items":null}"#] {
        let answer: Collection<PartnerLicensesDeploymentInsights> =
            wire::decode(json.as_bytes()).unwrap();
        assert_eq!(answer, Collection::new(Vec::new()));
    }
}

#[test]
fn links_with_either_case() {
    let answer: Collection<u8> = wire::decode(
        br#"{"items":[],"continuationToken":"AQAAAA==","links":{"self":{"uri":"/customers"},
            "Next":{"Uri":"/v1/customers","Method":"GET","Headers":[{"Key":"K","Value":"V"}]}}}"#,
    )
    .unwrap();
    let links = answer.links.unwrap();
    assert_eq!(links.this.unwrap().method, "GET");
    assert_eq!(links.next.unwrap().headers[0].value, "V");
    assert_eq!(links.previous, None);
    assert_eq!(answer.continuation_token.as_deref(), Some("AQAAAA=="));
}

/// Asserts that a resource decodes to the same value if all names are capitalised.
#[track_caller]
fn check_capitals<T: DeserializeOwned + std::fmt::Debug + PartialEq>(json: &str) {
    let mut capitals = String::new();
    let mut before = ' ';
    for char in json.chars() {
        // A name follows a brace or a comma.
        let begins_name = before == '"' && capitals.trim_end_matches('"').ends_with(['{', ',']);
        capitals.push(if begins_name {
            char.to_ascii_uppercase()
        } else {
            char
        });
        before = char;
    }
    assert_ne!(capitals, json);
    assert_eq!(
        wire::decode::<T>(capitals.as_bytes()).unwrap(),
        wire::decode::<T>(json.as_bytes()).unwrap(),
    );
}

#[test]
fn names_with_a_capital() {
    check_capitals::<Collection<PartnerLicensesUsageInsights>>(include_str!(
        "../fixtures/partner-usage.json"
    ));
    check_capitals::<Collection<PartnerLicensesDeploymentInsights>>(include_str!(
        "../fixtures/partner-deployment.json"
    ));
    check_capitals::<Collection<CustomerLicensesUsageInsights>>(include_str!(
        "../fixtures/customer-usage.json"
    ));
    check_capitals::<Collection<CustomerLicensesDeploymentInsights>>(include_str!(
        "../fixtures/customer-deployment.json"
    ));
    check_capitals::<LicensesUsageRow>(
        r#"{"processedDateTime":"2018-10-14T00:00:00","workloadCode":"EXO","workloadName":"Exchange","serviceCode":"o365","serviceName":"Microsoft Office 365","channel":"reseller","customerTenantId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":"Contoso","productId":"x","productName":"y","licensesActive":1,"licensesQualified":2}"#,
    );
    check_capitals::<LicensesDeploymentRow>(
        r#"{"processedDateTime":"2018-10-14T00:00:00","serviceCode":"o365","serviceName":"Microsoft Office 365","channel":"reseller","customerTenantId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":"Contoso","productId":"x","productName":"y","licensesDeployed":1,"licensesSold":2}"#,
    );
}

#[test]
fn unknown_members_and_values() {
    let row: PartnerLicensesUsageInsights = wire::decode(
        br#"{"id":7,"workloadName":"Viva","processedDateTime":"2024-03-09","serviceName":"Viva",
            "channel":"Marketplace","links":{"self":null}}"#,
    )
    .unwrap();
    assert_eq!(row.service_name, ServiceCode::Other("Viva".to_owned()));
    assert_eq!(row.channel, Channel::Other("Marketplace".to_owned()));
    assert_eq!(row.attributes, PartnerLicensesUsageInsights::attributes());
}

#[test]
fn service_by_its_display_name() {
    let row: PartnerLicensesUsageInsights = wire::decode(
        br#"{"workloadName":"Exchange","processedDateTime":"2024-03-09",
            "serviceName":"Microsoft 365","channel":"Reseller"}"#,
    )
    .unwrap();
    assert_eq!(row.service_name, ServiceCode::O365);
    assert_eq!(row.channel, Channel::Reseller);
}

#[test]
fn what_is_no_answer() {
    for body in [
        "",
        "null",
        "[]",
        "<html></html>",
        r#"{"items":["#,
        r#"{"items":[]} x"#,
        "\u{feff}",
    ] {
        let err = wire::decode::<Collection<u8>>(body.as_bytes()).unwrap_err();
        assert!(
            err.to_string().starts_with("failed to decode `"),
            "{body}: {err}"
        );
    }
}

#[test]
fn error_names_the_path() {
    let err = wire::decode::<Collection<PartnerLicensesUsageInsights>>(
        br#"{"items":[{"workloadName":"Exchange","processedDateTime":"09.03.2017"}]}"#,
    )
    .unwrap_err();
    assert_eq!(
        err.to_string(),
        "failed to decode `items[0].processedDateTime`"
    );
    assert_eq!(
        err.source().unwrap().to_string(),
        "`09.03.2017` is not a processed date: \
         expected a form like `2017-03-10T00:00:00+00:00` at line 1 column 70",
    );
}
