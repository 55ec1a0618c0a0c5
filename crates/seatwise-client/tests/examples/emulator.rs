// The server and helpers of the examples in the documentation, included as hidden lines.

use std::error::Error;
use std::sync::Arc;

use jiff::Timestamp;
use seatwise_client::{Application, Cloud, Credential, DeviceCode, PartnerOperations};
use seatwise_emulator::{DevIdentity, Emulator, TokenRequest};
use seatwise_server::{Config, Server};
use seatwise_store::Store;
use seatwise_store::import::{ImportOptions, Input, Progress, import};
use uuid::Uuid;

const PARTNER: &str = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7";

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

/// Runs an example with a user of a partner and an emulator on this machine.
pub fn emulator(example: impl AsyncFnOnce(PartnerOperations) -> Result<(), Box<dyn Error>>) {
    emulator_at(async |url, token| {
        let partner = PartnerOperations::builder(Credential::token(token));
        example(partner.base_url(url).build()?).await
    });
}

/// Runs an example with the address of an emulator, and a user's token for it.
pub fn emulator_at(example: impl AsyncFnOnce(&str, String) -> Result<(), Box<dyn Error>>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let ran = runtime.enable_all().build().unwrap().block_on(async {
        let folder = tempfile::tempdir()?;
        let store = Store::create(&folder.path().join("data"))?;
        let files = [("usage.csv", USAGE), ("deployment.csv", DEPLOYMENT), ("month.csv", MONTH)];
        for (name, rows) in files {
            let file = folder.path().join(name);
            std::fs::write(&file, rows)?;
            let options = ImportOptions::new(PARTNER.parse()?);
            let progress = Arc::new(Progress::default());
            import(&store, &options, vec![Input::File(file)], Timestamp::now(), progress).await?;
        }
        let identity = DevIdentity::open_or_create(store.path())?;
        let request = TokenRequest {
            partner: PARTNER.parse()?,
            user: "developer@localhost".to_owned(),
            app_only: false,
            write: false,
            expires_in: std::time::Duration::from_secs(3600),
        };
        let token = identity.issue(&request, Timestamp::now())?;
        let listen = "127.0.0.1:0".parse()?;
        let mut config = Config::new(listen, Arc::new(Timestamp::now), Arc::new(Uuid::new_v4));
        config.dev_identity = Some(identity.sign_in());
        let emulator = Emulator::new(Arc::new(|_, _| Err(std::io::ErrorKind::Unsupported.into())));
        config.emulator = Some(emulator.start(Arc::new(Timestamp::now))?.additions());
        let server = Server::bind(config, store).await?;
        server.refresh_now().await;
        let url = format!("http://{}", server.local_addr());
        tokio::select! {
            () = server.serve(std::future::pending()) => unreachable!("nothing ends it"),
            ran = example(&url, token) => ran,
        }
    });
    ran.unwrap();
}

/// An application registered with the emulator's development identity.
pub fn application_at(url: &str) -> Application {
    let client_id = "6c8b2d4e-0f1a-4b3c-8d5e-7f9a1b2c3d4e";
    Application::new(Cloud::Global, PARTNER, client_id).authority(format!("{url}/dev/identity"))
}

/// Acts as the user who opens the page and enters the code.
pub async fn enter(code: &DeviceCode) -> Result<(), reqwest::Error> {
    let form = format!("user_code={}", code.user_code());
    let page = reqwest::Client::new().post(code.verification_uri());
    let page = page.header("content-type", "application/x-www-form-urlencoded");
    page.body(form).send().await?.error_for_status()?;
    Ok(())
}
