//! Benchmarks of the store, compared with peers in the same run.
//!
//! `cargo bench --workspace --bench store` generates about three million usage rows in a temporary
//! folder and prints one line per measurement, with the ratio to its peer. Append `-- small` to
//! measure only the small imports.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print")]

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::prelude::{CsvReadOptions, ParquetReadOptions, SessionContext};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use seatwise_portfolio::{Portfolio, Recipe};
use seatwise_store::import::{ImportOptions, Input, Progress, Receipt, import};
use seatwise_store::{Kind, Moment, Store};
use seatwise_types::PartnerId;
use seatwise_types::query::{CommercialField, GroupBy};

type Failed = Box<dyn std::error::Error>;

const LAST_DAY: Date = date(2026, 10, 31);

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    // First, while the disk has little to write, because these imports often wait for it.
    small_imports(&folder.path().join("small")).await?;
    if std::env::args().any(|argument| argument == "small") {
        return Ok(());
    }
    let portfolio = Portfolio::new(Recipe {
        seed: 1,
        customers: 1_850,
        days: 90,
        last_day: LAST_DAY,
    });
    let partner = PartnerId::new(portfolio.partner_id());
    let csv = folder.path().join("usage.csv");
    let rows = portfolio.usage_csv(BufWriter::new(File::create(&csv)?))?;
    let bytes = std::fs::metadata(&csv)?.len();
    println!("{rows} usage rows, {:.0} MB of CSV", bytes as f64 / 1e6);

    large_import(folder.path(), &csv, partner, rows).await?;
    figures(folder.path(), partner).await?;
    rows_that_count(folder.path(), partner).await
}

/// One import of all rows, compared with DataFusion's conversion from CSV to Parquet, which does
/// not check, sort or compare deliveries.
async fn large_import(
    folder: &Path,
    csv: &Path,
    partner: PartnerId,
    rows: u64,
) -> Result<(), Failed> {
    let mut peer = Duration::MAX;
    let mut ours = Duration::MAX;
    for round in 0..3 {
        let started = Instant::now();
        let session = SessionContext::new();
        let path = csv.to_str().ok_or("a path in UTF-8")?;
        let options = CsvReadOptions::new().schema_infer_max_records(1000);
        let target = folder.join(format!("peer-{round}"));
        let target = target.to_str().ok_or("a path in UTF-8")?;
        let frame = session.read_csv(path, options).await?;
        frame
            .write_parquet(target, DataFrameWriteOptions::new(), None)
            .await?;
        peer = peer.min(started.elapsed());

        let data = folder.join(format!("data-{round}"));
        let started = Instant::now();
        let store = Store::create(&data)?;
        let receipt = import_file(&store, partner, csv).await?;
        ours = ours.min(started.elapsed());
        assert_eq!(receipt.rows_stored, rows);
    }
    let rate = |took: Duration| rows as f64 / took.as_secs_f64() / 1e6;
    println!(
        "import: {:.2} s, {:.2} million rows/s; DataFusion CSV to Parquet: {:.2} s, {:.2} million \
         rows/s; ratio {:.2}",
        ours.as_secs_f64(),
        rate(ours),
        peer.as_secs_f64(),
        rate(peer),
        ours.as_secs_f64() / peer.as_secs_f64()
    );
    Ok(())
}

/// The current figures, compared with a sum over all rows of the same files.
async fn figures(folder: &Path, partner: PartnerId) -> Result<(), Failed> {
    let data = folder.join("data-0");
    let store = Store::open(&data)?;
    let session = plain_session(&data, partner).await?;
    let (mut ours, mut peer) = (Duration::MAX, Duration::MAX);
    for _ in 0..10 {
        let started = Instant::now();
        let figures = store.usage_figures(partner).await?;
        ours = ours.min(started.elapsed());
        assert!(!figures.is_empty());
        let started = Instant::now();
        sum_of_all_rows(&session).await?;
        peer = peer.min(started.elapsed());
    }
    println!(
        "current figures: {:.1} ms; sum over all rows of the same files: {:.1} ms; ratio {:.2}",
        ours.as_secs_f64() * 1e3,
        peer.as_secs_f64() * 1e3,
        ours.as_secs_f64() / peer.as_secs_f64()
    );
    Ok(())
}

/// A session with the files of the table as plain Parquet.
async fn plain_session(data: &Path, partner: PartnerId) -> Result<SessionContext, Failed> {
    let session = SessionContext::new();
    let table = data.join(format!("partners/{partner}/usage"));
    let table = format!("{}/", table.to_str().ok_or("a path in UTF-8")?);
    session
        .register_parquet("facts", table, ParquetReadOptions::default())
        .await?;
    Ok(session)
}

/// The engine's time for one pass over all rows, counting or not.
#[expect(
    clippy::disallowed_methods,
    reason = "a query of this benchmark alone, which is in no binary"
)]
async fn sum_of_all_rows(session: &SessionContext) -> Result<(), Failed> {
    let sum = "select service_code, channel, workload_name, sum(licenses_active), \
               sum(licenses_qualified) from facts group by 1, 2, 3";
    session.sql(sum).await?.collect().await?;
    Ok(())
}

/// Reading the rows that count, compared with a sum over all rows of the same files; then, from
/// memory, a page of them, a filter and sums, each compared with the reading.
async fn rows_that_count(folder: &Path, partner: PartnerId) -> Result<(), Failed> {
    let data = folder.join("data-0");
    let store = Store::open(&data)?;
    let session = plain_session(&data, partner).await?;
    let (mut read, mut peer) = (Duration::MAX, Duration::MAX);
    let [mut page, mut filtered, mut added_up] = [Duration::MAX; 3];
    let mut count = 0;
    let filter = CommercialField::WorkloadCode
        .eq("EXO")
        .and(CommercialField::CustomerName.ne("Contoso"));
    let by = GroupBy::from_iter([CommercialField::ServiceCode, CommercialField::WorkloadName]);
    let timed = |best: &mut Duration, started: Instant| *best = started.elapsed().min(*best);
    for _ in 0..5 {
        let started = Instant::now();
        let facts = store
            .read_snapshot(partner, Kind::Usage, Moment::NEWEST, None, None)
            .await?;
        timed(&mut read, started);
        count = facts.len();
        let started = Instant::now();
        sum_of_all_rows(&session).await?;
        timed(&mut peer, started);

        let started = Instant::now();
        let all = facts.select(None, &GroupBy::default());
        assert_eq!(all.page(0, 10_000).len(), count.min(10_000));
        timed(&mut page, started);
        let started = Instant::now();
        assert!(!facts.select(Some(&filter), &GroupBy::default()).is_empty());
        timed(&mut filtered, started);
        let started = Instant::now();
        assert!(!facts.select(None, &by).is_empty());
        timed(&mut added_up, started);
    }
    let ms = |took: Duration| took.as_secs_f64() * 1e3;
    println!(
        "rows that count: {count}, read in {:.1} ms; sum over all rows of the same files: {:.1} ms; \
         ratio {:.2}",
        ms(read),
        ms(peer),
        ms(read) / ms(peer)
    );
    println!(
        "from memory: all rows {:.2} ms, a filter {:.2} ms, sums {:.2} ms; ratios to the reading \
         {:.4}, {:.4}, {:.4}",
        ms(page),
        ms(filtered),
        ms(added_up),
        ms(page) / ms(read),
        ms(filtered) / ms(read),
        ms(added_up) / ms(read)
    );
    Ok(())
}

/// Sequential imports of one customer's twenty rows, each by a newly opened store as in a new
/// process: the thousandth compared with the tenth.
async fn small_imports(folder: &Path) -> Result<(), Failed> {
    let partner: PartnerId = "3551480e-dd16-44af-9f36-5a86e3c418ad".parse()?;
    std::fs::create_dir_all(folder)?;
    let data = folder.join("data");
    Store::create(&data)?;
    let csv = folder.join("one.csv");
    let mut took = Vec::new();
    for number in 0..1_010_i64 {
        std::fs::write(&csv, twenty_rows(number))?;
        let started = Instant::now();
        let store = Store::open(&data)?;
        let receipt = import_file(&store, partner, &csv).await?;
        took.push(started.elapsed());
        assert_eq!((receipt.rows_stored, receipt.deliveries_new), (20, 1));
    }
    // Ten neighbours each: every eighth also merges files, every sixteenth writes a checkpoint.
    let mean = |range: std::ops::Range<usize>| {
        took[range.clone()].iter().sum::<Duration>().as_secs_f64() * 1e3 / range.len() as f64
    };
    let (tenth, thousandth) = (mean(2..18), mean(992..1_008));
    let status = Store::open(&data)?.status().await?;
    println!(
        "import of 20 rows: the tenth {tenth:.1} ms, the thousandth {thousandth:.1} ms (means of 16 \
         neighbours); ratio {:.2}; {} files",
        thousandth / tenth,
        status[0].tables[0].files
    );
    Ok(())
}

async fn import_file(store: &Store, partner: PartnerId, csv: &Path) -> Result<Receipt, Failed> {
    let now: Timestamp = "2026-11-01T00:00:00Z".parse()?;
    let inputs = vec![Input::File(csv.to_owned())];
    let options = ImportOptions::new(partner);
    Ok(import(store, &options, inputs, now, Arc::new(Progress::default())).await?)
}

fn twenty_rows(number: i64) -> String {
    let day = LAST_DAY.saturating_sub(jiff::Span::new().days(number));
    let mut rows = String::from(
        "processedDateTime,workloadCode,workloadName,serviceCode,serviceName,channel,\
         customerTenantId,customerName,productId,productName,licensesActive,licensesQualified\n",
    );
    for product in 0..20 {
        rows += &format!(
            "{day},EXO,Exchange,o365,Microsoft Office 365,reseller,\
             4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Fabrikam,product-{product},PRODUCT {product},{},9\n",
            number % 10
        );
    }
    rows
}
