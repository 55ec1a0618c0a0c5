//! The domains of customers, from the list of customers of a source.

use std::io::Write as _;
use std::sync::Arc;

use seatwise_collect::{Outcome, Settings, Way};
use seatwise_store::Store;
use seatwise_store::import::{ImportOptions, Input, import};
use seatwise_types::PartnerId;

use crate::source::{Source, start, target};

const HEADER: &str = "processedDateTime,workloadName,serviceCode,serviceName,channel,\
    customerTenantId,customerName,productName,licensesActive,licensesQualified,customerDomain";

/// The customers of the documented sample of a search, and one without a known domain.
const ROWS: &str = "\
2026-10-30,Exchange,o365,,reseller,bfbd6ef0-311f-47ec-bbd7-0fcb7846661b,Contoso,E3,0,1,contosocorpdemo.onmicrosoft.com
2026-10-30,Exchange,o365,,reseller,7b26b357-9ca3-48b8-a58e-4febe2662a5d,Contoso,E3,0,1,ContosoCorpCo.onmicrosoft.com
2026-10-30,Exchange,o365,,reseller,c5757d70-06f3-4f23-8367-5a9e55019f94,Contoso190,E3,0,1,contoso190.onmicrosoft.com
2026-10-30,Exchange,o365,,reseller,0a000000-0000-4000-8000-000000000000,Unknown,E3,0,1,";

const SEARCH: &str = "/v1/customers?size=0&filter=%7B%22Field%22%3A%22Domain%22%2C%22Value%22%3A\
    %22cont%22%2C%22Operator%22%3A%22starts_with%22%7D";

async fn fill(store: &Store, partner: PartnerId) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{HEADER}\n{ROWS}").unwrap();
    let inputs = vec![Input::File(file.path().to_owned())];
    let options = ImportOptions::new(partner);
    import(store, &options, inputs, start(), Arc::default())
        .await
        .unwrap();
}

/// Asserts that two servers return the same about the customers, and that the answer to the
/// documented search has the documented length.
async fn assert_same(source: &Source, collected: &Source) {
    for path in [
        SEARCH,
        "/v1/customers",
        "/v1/customers/c5757d70-06f3-4f23-8367-5a9e55019f94",
        "/v1/customers/0a000000-0000-4000-8000-000000000000",
    ] {
        let (source, collected) = (source.client(), collected.client());
        let body = source.get_raw(path).await.unwrap();
        assert_eq!(collected.get_raw(path).await.unwrap(), body, "{path}");
        if path == SEARCH {
            assert_eq!(body.len(), 1839);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_collected_answers_the_documented_search_to_the_byte() {
    let (origin, _origin_folder) = target();
    let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
    fill(&origin, partner).await;
    let source = Source::of(&origin, partner).await;
    for way in [Way::Commercial, Way::Customer] {
        let (store, _folder) = target();
        let settings = Settings {
            way: Some(way),
            ..source.settings()
        };
        let client = source.client();
        let run = source.collect(&store, &client, &settings).await.unwrap();
        assert_eq!(run.outcome, Outcome::Done, "{run:?}");
        assert_same(&source, &Source::of(&store, partner).await).await;
        // A second collection finds nothing new.
        let recorded_at = store.domains(partner).await.unwrap().recorded_at();
        assert!(recorded_at.is_some());
        let again = source.collect(&store, &client, &settings).await.unwrap();
        assert_eq!(
            again.deliveries.new + again.deliveries.restated,
            0,
            "{again:?}"
        );
        let domains = store.domains(partner).await.unwrap();
        assert_eq!(domains.recorded_at(), recorded_at);
    }
}
