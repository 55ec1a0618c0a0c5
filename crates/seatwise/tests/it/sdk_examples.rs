//! The answers in the examples of the SDK are those of a Seatwise server.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use seatwise_server::{Config, LocalAnswers};
use seatwise_store::Store;
use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_types::PartnerId;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

/// Two customers.
const USAGE: &str = "\
processedDateTime,workloadCode,workloadName,serviceCode,serviceName,channel,customerTenantId,customerName,productName,licensesActive,licensesQualified
2018-10-14,EXO,Exchange,o365,Microsoft Office 365,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Contoso,OFFICE 365 ENTERPRISE E3,3,4
2018-10-14,EXO,Exchange,o365,Microsoft Office 365,reseller,b1d0b5a3-1c5e-4f0e-8f4f-3a7f7f3c2d10,Fabrikam,OFFICE 365 ENTERPRISE E3,1,1
";

const DEPLOYMENT: &str = "\
processedDateTime,serviceCode,serviceName,channel,customerTenantId,customerName,productName,licensesDeployed,licensesSold
2018-10-14,o365,Microsoft Office 365,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Contoso,OFFICE 365 ENTERPRISE E3,4,5
2018-10-14,o365,Microsoft Office 365,reseller,b1d0b5a3-1c5e-4f0e-8f4f-3a7f7f3c2d10,Fabrikam,OFFICE 365 ENTERPRISE E3,1,1
";

/// A month of one of them, as in a download of Insights.
const MONTH: &str = "\
CustomerTenantId,CustomerName,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Contoso,Exchange,2018-09,8,5
";

/// A partner's data folder, and the answers of a server for it.
struct Partner {
    answers: LocalAnswers,
    _folder: TempDir,
}

impl Partner {
    /// A partner with the rows above, imported one minute after the other, an hour ago.
    async fn new() -> Self {
        let partner: PartnerId = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let files = [
            ("usage.csv", USAGE, "2018-10-15T08:00:00Z"),
            ("deployment.csv", DEPLOYMENT, "2018-10-15T08:01:00Z"),
            ("month.csv", MONTH, "2018-10-15T08:02:00Z"),
        ];
        for (name, rows, now) in files {
            let file = folder.path().join(name);
            fs::write(&file, rows).unwrap();
            let options = ImportOptions::new(partner);
            let (now, progress) = (now.parse().unwrap(), Arc::new(Progress::default()));
            let inputs = vec![Input::File(file)];
            import(&store, &options, inputs, now, progress)
                .await
                .unwrap();
        }
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let now: Timestamp = "2018-10-15T09:00:00Z".parse().unwrap();
        let config = Config::new(nowhere, Arc::new(move || now), Arc::new(Uuid::nil));
        Self {
            answers: LocalAnswers::new(&config, store, partner).unwrap(),
            _folder: folder,
        }
    }

    /// The answer to a request of an example.
    async fn answer(&self, example: &Value) -> Value {
        let target = example["request"].as_str().unwrap();
        let mut request = http::Request::get(target);
        if let Some(token) = example["continuationToken"].as_str() {
            request = request.header("MS-ContinuationToken", token);
        }
        let answer = self.answers.answer(request.body(()).unwrap()).await;
        let body = String::from_utf8(answer.into_body()).unwrap();
        serde_json::from_str(body.trim_start_matches('\u{feff}')).unwrap()
    }
}

/// Like the snapshots of insta: `INSTA_UPDATE=always` writes the answers instead of comparing them.
#[tokio::test]
async fn the_answers_in_the_examples_of_the_sdk_are_those_of_the_server() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = folder.join("../seatwise-client/tests/examples/answers");
    #[expect(
        clippy::disallowed_methods,
        reason = "the switch for snapshots is a variable of the environment"
    )]
    let update = std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "always");
    let partner = Partner::new().await;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let mut example: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let answer = partner.answer(&example).await;
        if update {
            example["body"] = answer;
            fs::write(
                &path,
                serde_json::to_string_pretty(&example).unwrap() + "\n",
            )
            .unwrap();
        } else {
            assert_eq!(example["body"], answer, "{}", path.display());
        }
    }
}
