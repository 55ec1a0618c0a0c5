//! Details of the encoding that the documented samples do not show.

use seatwise_types::{
    Channel, Collection, CommercialPage, CustomerLicensesUsageInsights, LicensesDeploymentRow,
    LicensesUsageRow, Link, LinkHeader, Links, PartnerLicensesUsageInsights, ResourceAttributes,
    ServiceCode, wire,
};
use serde::Serialize;

#[track_caller]
fn check<T: Serialize>(value: &T, expected: &str) {
    assert_eq!(String::from_utf8(wire::encode(value)).unwrap(), expected);
}

#[test]
fn doubles_have_a_point_and_no_exponent() {
    check(&0.0, "0.0");
    check(&100.0, "100.0");
    check(&26.16, "26.16");
    check(&133.33, "133.33");
    check(&1e15, "1000000000000000.0");
    check(&1e16, "10000000000000000.0");
    check(&1e21, "1000000000000000000000.0");
    check(&1e-7, "0.0000001");
    check(&f64::MIN_POSITIVE, &format!("{}", f64::MIN_POSITIVE));
    assert!(wire::encode(&f64::MAX).ends_with(b"000.0"));
}

#[test]
fn counts_have_no_point() {
    check(&u64::MAX, "18446744073709551615");
}

#[test]
fn characters_stay_as_they_are() {
    check(
        &"Größe & Söhne 日本 <b>/'😀'",
        r#""Größe & Söhne 日本 <b>/'😀'""#,
    );
    check(&"a\"b\\c\n\u{1}", r#""a\"b\\c\n\u0001""#);
}

fn usage(percent: Option<f64>) -> PartnerLicensesUsageInsights {
    PartnerLicensesUsageInsights {
        prorated_licenses_usage_percent: percent,
        workload_name: "Teams".to_owned(),
        processed_date_time: "2024-01-31T23:59:59.000001Z".parse().unwrap(),
        service_name: ServiceCode::O365,
        channel: Channel::Other("Marketplace".to_owned()),
        attributes: PartnerLicensesUsageInsights::attributes(),
    }
}

#[test]
fn percent_that_does_not_exist_is_left_out() {
    let without = concat!(
        r#"{"workloadName":"Teams","processedDateTime":"2024-01-31T23:59:59.000001+00:00","#,
        r#""serviceName":"o365","channel":"Marketplace","#,
        r#""attributes":{"objectType":"PartnerLicensesUsageInsights"}}"#,
    );
    check(&usage(None), without);
    check(&usage(Some(f64::NAN)), without);
    check(&usage(Some(f64::INFINITY)), without);
}

#[test]
fn documented_extra_members_come_last_if_they_are_set() {
    let row = CustomerLicensesUsageInsights {
        customer_name: None,
        product_name: "EXCHANGE ONLINE (PLAN 1)".to_owned(),
        licenses_active: Some(3),
        licenses_qualified: None,
        usage_percent: None,
        workload_name: "Exchange".to_owned(),
        processed_date_time: "2017-03-09".parse().unwrap(),
        service_name: ServiceCode::O365,
        channel: Channel::Reseller,
        attributes: CustomerLicensesUsageInsights::attributes(),
        customer_id: Some("4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04".parse().unwrap()),
        service_code: Some(ServiceCode::O365),
        workload_code: Some("EXO".to_owned()),
    };
    check(
        &row,
        concat!(
            r#"{"productName":"EXCHANGE ONLINE (PLAN 1)","licensesActive":3,"#,
            r#""workloadName":"Exchange","processedDateTime":"2017-03-09T00:00:00+00:00","#,
            r#""serviceName":"o365","channel":"reseller","#,
            r#""attributes":{"objectType":"CustomerLicensesUsageInsights"},"#,
            r#""customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","serviceCode":"o365","#,
            r#""workloadCode":"EXO"}"#,
        ),
    );
}

#[test]
fn paged_collection() {
    let next = Link {
        uri: "/customers?size=40&seekOperation=Next".to_owned(),
        method: "GET".to_owned(),
        headers: vec![LinkHeader {
            key: "MS-ContinuationToken".to_owned(),
            value: "AQAAAA==".to_owned(),
        }],
    };
    let answer = Collection::<u8> {
        continuation_token: Some("AQAAAA==".to_owned()),
        links: Some(Links {
            next: Some(next),
            ..Links::default()
        }),
        attributes: ResourceAttributes {
            etag: Some("\"3\"".to_owned()),
            object_type: Collection::<u8>::OBJECT_TYPE.into(),
        },
        ..Collection::new(Vec::new())
    };
    check(
        &answer,
        concat!(
            r#"{"totalCount":0,"items":[],"continuationToken":"AQAAAA==","links":{"next":{"#,
            r#""uri":"/customers?size=40&seekOperation=Next","method":"GET","headers":["#,
            r#"{"key":"MS-ContinuationToken","value":"AQAAAA=="}]}},"#,
            r#""attributes":{"etag":"\"3\"","objectType":"Collection"}}"#,
        ),
    );
}

#[test]
fn commercial_usage() {
    let row = LicensesUsageRow {
        processed_date_time: Some("2018-10-14".parse().unwrap()),
        workload_code: Some("EXO".to_owned()),
        workload_name: Some("Exchange".to_owned()),
        service_code: Some(ServiceCode::O365),
        service_name: Some("Microsoft Office 365".to_owned()),
        channel: Some(Channel::Reseller),
        customer_tenant_id: Some("0B5F7B5F-0000-4E1E-9FF1-B2BFCE8D9F04".parse().unwrap()),
        customer_name: Some("Contoso".to_owned()),
        product_id: Some("6FD2C87F-B296-42F0-B197-1E91E994B900".to_owned()),
        product_name: Some("OFFICE 365 ENTERPRISE E3".to_owned()),
        licenses_active: Some(0),
        licenses_qualified: Some(25),
    };
    let page = CommercialPage {
        value: vec![row],
        next_link: None,
        total_count: Some(1),
    };
    check(
        &page,
        concat!(
            r#"{"Value":[{"processedDateTime":"2018-10-14T00:00:00","workloadCode":"EXO","#,
            r#""workloadName":"Exchange","serviceCode":"o365","#,
            r#""serviceName":"Microsoft Office 365","channel":"reseller","#,
            r#""customerTenantId":"0B5F7B5F-0000-4E1E-9FF1-B2BFCE8D9F04","#,
            r#""customerName":"Contoso","productId":"6FD2C87F-B296-42F0-B197-1E91E994B900","#,
            r#""productName":"OFFICE 365 ENTERPRISE E3","licensesActive":0,"#,
            r#""licensesQualified":25}],"@nextLink":null,"TotalCount":1}"#,
        ),
    );
}

#[test]
fn commercial_group() {
    let row = LicensesDeploymentRow {
        channel: Some(Channel::Reseller),
        licenses_deployed: Some(0),
        licenses_sold: Some(12),
        ..LicensesDeploymentRow::default()
    };
    check(
        &row,
        r#"{"channel":"reseller","licensesDeployed":0,"licensesSold":12}"#,
    );
}
