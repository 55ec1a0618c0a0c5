//! Example bodies, without the byte-order mark, which a JSON document cannot contain.

macro_rules! documented {
    ($name:literal) => {
        include_bytes!(concat!(
            "../../../seatwise-types/tests/fixtures/",
            $name,
            ".json"
        ))
    };
}

/// Microsoft's documented responses of A to D, byte for byte.
pub(super) const PARTNER_USAGE: &[u8] = documented!("partner-usage");
pub(super) const PARTNER_DEPLOYMENT: &[u8] = documented!("partner-deployment");
pub(super) const CUSTOMER_USAGE: &[u8] = documented!("customer-usage");
pub(super) const CUSTOMER_DEPLOYMENT: &[u8] = documented!("customer-deployment");

/// Microsoft's sample of E is not valid JSON. This response is one of this server.
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

/// A response of this server.
pub(super) const HISTORY: &[u8] = concat!(
    r#"{"metric":"usage","by":"workload","step":"day","from":"2026-10-01","to":"2026-10-02","#,
    r#""knownAt":"2026-10-03T08:00:00Z","series":[{"serviceCode":"o365","channel":"reseller","#,
    r#""workloadCode":"EXO","workloadName":"Exchange","points":[{"date":"2026-10-01","#,
    r#""numerator":16,"denominator":58,"percent":27.59,"#,
    r#""processedDateTime":"2026-10-01T00:00:00+00:00"},{"date":"2026-10-02","#,
    r#""gap":"noDelivery"}]}]}"#,
)
.as_bytes();

/// A file from the watched folder with a bad row.
pub(super) const IMPORTS: &[u8] = concat!(
    r#"{"imports":{"totalCount":1,"items":[{"number":1,"at":"2026-10-03T08:00:00Z","way":"folder","#,
    r#""outcome":"refused","given":1,"files":["usage.csv"],"rowsRead":2,"rowsStored":0,"#,
    r#""deliveriesNew":0,"deliveriesUnchanged":0,"deliveriesRestated":0,"deliveriesRejected":0,"#,
    r#""badRows":1,"firstBadRows":[{"file":"usage.csv","line":3,"column":"licensesActive","#,
    r#""value":"-1","remedy":"a whole number from 0 to 1000000000 is expected"}],"#,
    r#""reason":"`usage.csv` has a bad row: nothing of it was stored"}]}}"#,
)
.as_bytes();

/// Five of eighteen: the worked example in docs/semantics.md.
pub(super) const EXPLANATION: &[u8] = concat!(
    r#"{"metric":"usage","serviceCode":"o365","channel":"reseller","workload":"EXO","#,
    r#""knownAt":"2026-10-03T08:00:00Z","tableVersion":3,"numerator":5,"denominator":18,"#,
    r#""exactPercent":"250/9","percent":27.78,"#,
    r#""processedDateTime":"2026-10-02T00:00:00+00:00","reasons":[],"#,
    r#""deliveries":{"totalCount":2,"items":[{"#,
    r#""customerId":"0a000000-0000-4000-8000-000000000001","customerName":"Northwind","#,
    r#""processedDate":"2026-10-01","recordedAt":"2026-10-02T08:00:00Z","delivery":4,"rows":1,"#,
    r#""numerator":4,"denominator":10}]},"rows":{"totalCount":2,"items":[{"delivery":4,"#,
    r#""customerId":"0a000000-0000-4000-8000-000000000001","#,
    r#""productId":"6fd2c87f-b296-42f0-b197-1e91e994b900","#,
    r#""productName":"OFFICE 365 ENTERPRISE E3","workloadCode":"EXO","workloadName":"Exchange","#,
    r#""numerator":4,"denominator":10}]},"leftOut":{"totalCount":3,"items":[{"reason":"late","#,
    r#""customerId":"0a000000-0000-4000-8000-000000000003","customerName":"Late Bakery","#,
    r#""processedDate":"2026-08-20","recordedAt":"2026-10-01T08:00:00Z","delivery":3,"#,
    r#""numerator":100,"denominator":100}]},"#,
    r#""nextLink":"/seatwise/v1/explain?service=o365&channel=reseller&workload=EXO"#,
    r#"&knownAt=2026-10-03T08%3A00%3A00Z&top=1&skip=1"}"#,
)
.as_bytes();

pub(super) const COVERAGE: &[u8] = concat!(
    r#"{"metric":"usage","knownAt":"2026-10-03T08:00:00Z","services":[{"serviceCode":"o365","#,
    r#""channel":"reseller","expected":3,"current":2,"late":1,"missing":0,"#,
    r#""oldestProcessedDate":"2026-10-01","newestProcessedDate":"2026-10-02","#,
    r#""lastRecordedAt":"2026-10-03T08:00:00Z","currentSeats":18,"lateSeats":100,"#,
    r#""lateShare":84.75,"missingSeats":0,"missingShare":0.0}],"#,
    r#""leftOut":{"totalCount":1,"items":[{"serviceCode":"o365","channel":"reseller","#,
    r#""customerId":"0a000000-0000-4000-8000-000000000003","customerName":"Late Bakery","#,
    r#""reason":"late","processedDate":"2026-08-20","seats":100}]}}"#,
)
.as_bytes();

pub(super) const CHANGES: &[u8] = concat!(
    r#"{"metric":"usage","from":"2026-10-01","to":"2026-10-02","#,
    r#""changes":[{"serviceCode":"o365","channel":"reseller","workloadName":"Exchange","#,
    r#""from":{"numerator":16,"denominator":58,"percent":27.59},"#,
    r#""to":{"numerator":5,"denominator":18,"percent":27.78},"points":0.19,"steps":["#,
    r#"{"cause":"restated","customers":0,"numerator":0,"denominator":0,"points":0.0},"#,
    r#"{"cause":"late","customers":0,"numerator":0,"denominator":0,"points":0.0},"#,
    r#"{"cause":"newCustomers","customers":0,"numerator":0,"denominator":0,"points":0.0},"#,
    r#"{"cause":"lostCustomers","customers":0,"numerator":0,"denominator":0,"points":0.0},"#,
    r#"{"cause":"seats","customers":1,"numerator":0,"denominator":-40,"points":61.3},"#,
    r#"{"cause":"use","customers":1,"numerator":-11,"denominator":0,"points":-61.11}]}]}"#,
)
.as_bytes();

pub(super) const RESTATEMENTS: &[u8] = concat!(
    r#"{"metric":"usage","from":"2026-10-01","to":"2026-10-02","#,
    r#""knownAt":"2026-10-03T08:00:00Z","units":{"totalCount":1,"items":[{"#,
    r#""serviceCode":"o365","channel":"reseller","#,
    r#""customerId":"0a000000-0000-4000-8000-000000000001","customerName":"Northwind","#,
    r#""processedDate":"2026-10-01","versions":[{"delivery":1,"#,
    r#""recordedAt":"2026-10-01T08:00:00Z","rows":1,"numerator":9,"denominator":10},"#,
    r#"{"delivery":4,"recordedAt":"2026-10-02T08:00:00Z","rows":1,"numerator":4,"#,
    r#""denominator":10}]}]}}"#,
)
.as_bytes();

pub(super) const MONTHS: &[u8] = concat!(
    r#"{"metric":"usage","window":"month","month":"2026-09","processedDate":"2026-09-30","#,
    r#""items":[{"serviceCode":"o365","serviceName":"Microsoft Office 365","#,
    r#""workloadName":"Exchange","licensesActive":5,"licensesQualified":8,"usagePercent":62.5}]}"#,
)
.as_bytes();

/// Northwind: the worked example in docs/semantics.md.
pub(super) const IDLE: &[u8] = concat!(
    r#"{"knownAt":"2026-10-03T08:00:00Z","sort":"idle","show":"idle","totals":{"rows":1,"rowsWithDeployment":1,"rowsWithUsage":1,"sold":100,"#,
    r#""deployed":70,"unassigned":30,"overAssigned":0,"idle":20,"new":10,"excluded":0,"#,
    r#""neverAssigned":0,"unpriced":0,"reassignable":5,"reducible":15,"unusedAtLeast":0,"#,
    r#""unusedAtMost":25},"worth":[{"currency":"EUR","seats":20,"exposure":"450.00","#,
    r#""reassignable":"112.50","reducible":"337.50"}],"coverage":[{"serviceCode":"o365","#,
    r#""channel":"reseller","deployment":{"current":1,"late":0,"missing":0,"#,
    r#""oldestProcessedDate":"2026-10-01","newestProcessedDate":"2026-10-01"},"usage":{"current":1,"#,
    r#""late":0,"missing":0,"oldestProcessedDate":"2026-10-01","#,
    r#""newestProcessedDate":"2026-10-01"}}],"prices":{"recordedAt":"2026-09-01T08:00:00Z","#,
    r#""sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},"warnings":[],"#,
    r#""products":{"totalCount":0,"items":[]},"rows":{"totalCount":1,"items":[{"#,
    r#""serviceCode":"o365","channel":"reseller","#,
    r#""customerId":"0a000000-0000-4000-8000-000000000001","customerName":"Northwind","#,
    r#""productId":"6fd2c87f-b296-42f0-b197-1e91e994b900","#,
    r#""productName":"OFFICE 365 ENTERPRISE E3","deployment":{"delivery":4,"#,
    r#""processedDate":"2026-10-01","recordedAt":"2026-10-02T08:00:00Z","sold":100,"deployed":70,"#,
    r#""unassigned":30,"overAssigned":0,"new":10,"soldBefore":90,"soldBeforeDate":"2026-09-03"},"#,
    r#""usage":{"delivery":4,"processedDate":"2026-10-01","recordedAt":"2026-10-02T08:00:00Z","#,
    r#""unusedAtLeast":0,"unusedAtMost":25,"workloads":[{"workloadCode":"EXO","#,
    r#""workloadName":"Exchange","qualified":70,"active":45,"unused":25},{"workloadCode":"MicrosoftTeams","#,
    r#""workloadName":"Teams","qualified":60,"active":65,"unused":0}]},"buffer":{"seats":5,"line":2},"#,
    r#""idle":20,"reassignable":5,"reducible":15,"price":{"currency":"EUR","#,
    r#""pricePerSeatMonth":"22.50","validFrom":"2026-01-01","termEnd":"2026-12-31","#,
    r#""ofCustomer":false,"line":2},"worth":{"currency":"EUR","seats":20,"exposure":"450.00","#,
    r#""reassignable":"112.50","reducible":"337.50"}}]}}"#,
)
.as_bytes();
