//! The four documented answers.

use std::fmt::Debug;

use seatwise_types::{
    Channel, Collection, CustomerLicensesDeploymentInsights, CustomerLicensesUsageInsights,
    PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights, ProcessedDateTime,
    ServiceCode, wire,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

const CUSTOMER: &str = "DT DEMO CSP CUSTOMER 005";
const BUSINESS: &str = "OFFICE 365 BUSINESS ESSENTIALS";
const EXCHANGE: &str = "EXCHANGE ONLINE (PLAN 1)";
const ARCHIVING: &str = "EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE";

/// Asserts that the resource equals the sample: in both directions, with and without the mark.
#[track_caller]
fn check<T>(resource: &Collection<T>, sample: &str, length: usize)
where
    T: Debug + PartialEq + Serialize + DeserializeOwned,
{
    let bytes = wire::encode(resource);
    assert_eq!(String::from_utf8_lossy(&bytes), sample);
    assert_eq!(bytes.len(), length);

    let marked = wire::encode_with_mark(resource);
    assert_eq!(marked.len(), length + 3);
    assert_eq!(marked, ["\u{feff}", sample].concat().as_bytes());

    for body in [bytes, marked] {
        let decoded: Collection<T> = wire::decode(&body).unwrap();
        assert_eq!(&decoded, resource);
        assert_eq!(wire::encode(&decoded), sample.as_bytes());
    }
}

fn date(text: &str) -> ProcessedDateTime {
    text.parse().unwrap()
}

#[test]
fn partner_usage() {
    let row = |workload: &str, processed, service| PartnerLicensesUsageInsights {
        prorated_licenses_usage_percent: Some(0.0),
        workload_name: workload.to_owned(),
        processed_date_time: date(processed),
        service_name: service,
        channel: Channel::Reseller,
        attributes: PartnerLicensesUsageInsights::attributes(),
    };
    let answer = Collection::new(vec![
        row("Microsoft Dynamics CRM", "2017-03-10", ServiceCode::Crm),
        row("SharePoint", "2017-03-10", ServiceCode::Crm),
        row("Exchange", "2017-03-09", ServiceCode::O365),
        row("SharePoint", "2017-03-09", ServiceCode::O365),
        row("Skype For Business", "2017-03-09", ServiceCode::O365),
    ]);
    check(
        &answer,
        include_str!("../fixtures/partner-usage.json"),
        1153,
    );
}

#[test]
fn partner_deployment() {
    let row = |percent, sold, processed, service| PartnerLicensesDeploymentInsights {
        prorated_deployment_percent: Some(percent),
        licenses_sold: Some(sold),
        processed_date_time: date(processed),
        service_name: service,
        channel: Channel::Reseller,
        attributes: PartnerLicensesDeploymentInsights::attributes(),
    };
    let answer = Collection::new(vec![
        row(0.0, 343, "2017-03-10", ServiceCode::Crm),
        row(1.0, 4464, "2017-03-14T03:25:16.36Z", ServiceCode::O365),
    ]);
    check(
        &answer,
        include_str!("../fixtures/partner-deployment.json"),
        484,
    );
}

#[test]
fn customer_usage() {
    let row = |product: &str, qualified, workload: &str| CustomerLicensesUsageInsights {
        customer_name: Some(CUSTOMER.to_owned()),
        product_name: product.to_owned(),
        licenses_active: Some(0),
        licenses_qualified: Some(qualified),
        usage_percent: Some(0.0),
        workload_name: workload.to_owned(),
        processed_date_time: date("2017-03-09"),
        service_name: ServiceCode::O365,
        channel: Channel::Reseller,
        attributes: CustomerLicensesUsageInsights::attributes(),
        customer_id: None,
        service_code: None,
        workload_code: None,
    };
    let answer = Collection::new(vec![
        row(BUSINESS, 1, "Exchange"),
        row(BUSINESS, 1, "SharePoint"),
        row(BUSINESS, 1, "Skype For Business"),
        row(EXCHANGE, 5, "Exchange"),
        row(ARCHIVING, 2, "Exchange"),
    ]);
    check(
        &answer,
        include_str!("../fixtures/customer-usage.json"),
        1723,
    );
}

#[test]
fn customer_deployment() {
    let row = |product: &str, sold| CustomerLicensesDeploymentInsights {
        customer_name: Some(CUSTOMER.to_owned()),
        product_name: product.to_owned(),
        licenses_deployed: Some(0),
        deployment_percent: Some(0.0),
        licenses_sold: Some(sold),
        processed_date_time: date("2017-03-14T03:25:16.36Z"),
        service_name: ServiceCode::O365,
        channel: Channel::Reseller,
        attributes: CustomerLicensesDeploymentInsights::attributes(),
        customer_id: None,
        service_code: None,
    };
    let answer = Collection::new(vec![row(BUSINESS, 1), row(EXCHANGE, 5), row(ARCHIVING, 2)]);
    check(
        &answer,
        include_str!("../fixtures/customer-deployment.json"),
        1009,
    );
}
