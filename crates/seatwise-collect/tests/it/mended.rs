//! A collection into a store with damaged data files restores them, and also stores new data.

use std::fs;
use std::io::Write as _;
use std::sync::Arc;

use seatwise_collect::Outcome;
use seatwise_store::import::{ImportOptions, Input, import};
use seatwise_store::{Kind, Store};
use seatwise_types::PartnerId;

use crate::source::{Source, start, target};

const HEADER: &str = "processedDateTime,workloadName,serviceCode,serviceName,channel,\
    customerTenantId,customerName,productName,licensesActive,licensesQualified";

async fn fill(store: &Store, partner: PartnerId, customers: &[&str]) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{HEADER}").unwrap();
    for of in customers {
        let customer = format!("{of}a000000-0000-4000-8000-000000000000,Customer {of}");
        writeln!(file, "2026-10-30,Exchange,o365,,reseller,{customer},E3,1,2").unwrap();
    }
    let inputs = vec![Input::File(file.path().to_owned())];
    let options = ImportOptions::new(partner);
    import(store, &options, inputs, start(), Arc::default())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_that_mends_stores_its_news_too() {
    let (origin, _origin_folder) = target();
    let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
    fill(&origin, partner, &["1", "2"]).await;
    let source = Source::of(&origin, partner).await;
    let (store, _folder) = target();
    let (client, settings) = (source.client(), source.settings());
    let run = source.collect(&store, &client, &settings).await.unwrap();
    assert_eq!((run.outcome, run.deliveries.new), (Outcome::Done, 2));
    let table = store.work_dir().join(format!("partners/{partner}/usage"));
    for entry in fs::read_dir(&table).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::remove_file(path).unwrap();
        }
    }

    fill(&origin, partner, &["3"]).await;
    let source = Source::of(&origin, partner).await;
    let store = Store::open(store.work_dir()).unwrap();
    let (client, settings) = (source.client(), source.settings());
    let run = source.collect(&store, &client, &settings).await.unwrap();
    assert_eq!((run.outcome, run.deliveries.new), (Outcome::Done, 1));
    let verified = store.verify(partner, Kind::Usage).await.unwrap().unwrap();
    assert_eq!((verified.damages, verified.deliveries), (0, 3));
}
