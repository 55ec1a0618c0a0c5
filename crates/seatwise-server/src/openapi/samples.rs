//! Bodies as examples, without the byte-order mark: a document of JSON cannot hold it.

macro_rules! documented {
    ($name:literal) => {
        include_bytes!(concat!(
            "../../../seatwise-types/tests/fixtures/",
            $name,
            ".json"
        ))
    };
}

/// Microsoft's documented answers of A to D, to the byte.
pub(super) const PARTNER_USAGE: &[u8] = documented!("partner-usage");
pub(super) const PARTNER_DEPLOYMENT: &[u8] = documented!("partner-deployment");
pub(super) const CUSTOMER_USAGE: &[u8] = documented!("customer-usage");
pub(super) const CUSTOMER_DEPLOYMENT: &[u8] = documented!("customer-deployment");

/// Microsoft's sample of E is not JSON; this is one that this server answers.
pub(super) const USAGE_ROWS: &[u8] = concat!(
    r#"{"Value":[{"processedDateTime":"2018-10-14T00:00:00","workloadCode":"EXO","#,
    r#""workloadName":"Exchange","serviceCode":"o365","serviceName":"Microsoft Office 365","#,
    r#""channel":"reseller","customerTenantId":"4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04","#,
    r#""customerName":"Contoso","productId":"6FD2C87F-B296-42F0-B197-1E91E994B900","#,
    r#""productName":"OFFICE 365 ENTERPRISE E3","licensesActive":20,"licensesQualified":25}],"#,
    r#""@nextLink":"/v1/analytics/commercial/usage/license?top=1&skip=1&tableVersion=1","#,
    r#""TotalCount":36}"#,
)
.as_bytes();

/// In the form of Microsoft's sample of F.
pub(super) const DEPLOYMENT_ROWS: &[u8] = concat!(
    r#"{"Value":[{"processedDateTime":"2018-10-14T00:00:00","serviceCode":"o365","#,
    r#""serviceName":"Microsoft Office 365","channel":"reseller","#,
    r#""customerTenantId":"4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04","customerName":"Contoso","#,
    r#""productId":"6FD2C87F-B296-42F0-B197-1E91E994B900","#,
    r#""productName":"OFFICE 365 ENTERPRISE E3","licensesDeployed":5,"licensesSold":10}],"#,
    r#""@nextLink":null,"TotalCount":1}"#,
)
.as_bytes();
