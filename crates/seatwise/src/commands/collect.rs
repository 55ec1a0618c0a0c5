//! `seatwise collect`: from Partner Center into the store, with a receipt.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use seatwise_client::PartnerOperations;
use seatwise_collect::{Progress, Run};
use seatwise_service::{Collection, Failure, Result, signed_in};
use seatwise_store::Store;
use serde::Serialize;

use crate::cli::{Collect, TextOrJson};
use crate::output::{self, counted, grouped};
use crate::system;
use crate::system::{Asked, EndSignals};

/// The interval between progress lines if there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(30);

/// The receipt, with the time it took.
#[derive(Serialize)]
struct Timed<'a> {
    #[serde(flatten)]
    run: &'a Run,
    seconds: f64,
}

pub(crate) async fn run(args: Collect) -> Result<()> {
    let started = Instant::now();
    let store = Store::create(args.data.folder()?)?;
    let signed_in = signed_in(args.connection.into())?;
    let mut collection = Collection::prepare(store, signed_in, args.partner, args.manner.into())?;
    collection.settings.wait = args.wait;
    let (clock, progress) = (system::clock(), Arc::new(Progress::default()));
    let signals = EndSignals::listen()?;
    let showing = tokio::spawn(show(collection.client.clone(), Arc::clone(&progress)));
    let ended = tokio::select! {
        ended = collection.run(&clock, &progress) => Ok(ended),
        asked = signals.first() => Err(asked),
    };
    showing.abort();
    // Wait for the end of the task, which removes its bar.
    showing.await.ok();
    let run = match ended {
        Ok(ended) => ended?,
        Err(asked) => return Err(stopped(asked).into()),
    };
    print(&run, started.elapsed(), args.output)
}

fn stopped(asked: Asked) -> Failure {
    Failure {
        code: asked.code(),
        message: "the collection was stopped before its end".to_owned(),
        hint: Some("run the same command again: it continues where it stopped".to_owned()),
    }
}

/// Shows the progress until it is aborted: a bar on a terminal, else lines.
async fn show(client: PartnerOperations, progress: Arc<Progress>) {
    if !std::io::stderr().is_terminal() {
        loop {
            tokio::time::sleep(BETWEEN_LINES).await;
            output::note(message(&client, &progress));
        }
    }
    let bar = ProgressBar::new(0);
    let style = |template: &str| ProgressStyle::with_template(template).ok();
    let (known, unknown) = (
        style("{bar:30} {pos}/{len} {msg}; {eta} left"),
        style("{spinner} {msg}"),
    );
    loop {
        let style = match progress.share() {
            Some((done, to_do)) => {
                bar.set_length(to_do);
                bar.set_position(done);
                &known
            }
            None => &unknown,
        };
        if let Some(style) = style {
            bar.set_style(style.clone());
        }
        bar.set_message(message(&client, &progress));
        bar.tick();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn message(client: &PartnerOperations, progress: &Progress) -> String {
    let traffic = client.traffic();
    let wait = match client.wait().as_secs() {
        0 => String::new(),
        seconds => format!("; waiting {seconds} s, the service asked for it"),
    };
    format!(
        "{}, {}, {}, throttled {}{wait}",
        counted(progress.customers(), "customer", "customers"),
        counted(progress.rows(), "row", "rows"),
        counted(traffic.requests, "request", "requests"),
        counted(traffic.throttled, "time", "times"),
    )
}

fn print(run: &Run, took: Duration, output: TextOrJson) -> Result<()> {
    let seconds = took.as_secs_f64();
    match output {
        TextOrJson::Json => output::line(serde_json::to_string_pretty(&Timed { run, seconds })?),
        TextOrJson::Text => {
            output::line(format_args!(
                "collected {} of {} with {} in {seconds:.1} s ({}, throttled {}){}",
                counted(run.rows, "row", "rows"),
                counted(run.customers, "customer", "customers"),
                counted(run.requests, "request", "requests"),
                counted(run.retries, "retry", "retries"),
                counted(run.throttled, "time", "times"),
                if run.resumed {
                    ", continued from where it stopped"
                } else {
                    ""
                },
            ))?;
            let deliveries = run.deliveries;
            output::line(format_args!(
                "deliveries: {} new, {} unchanged, {} restated, {} rejected; {} of them without \
                 rows",
                grouped(deliveries.new),
                grouped(deliveries.unchanged),
                grouped(deliveries.restated),
                grouped(deliveries.rejected),
                grouped(deliveries.empty),
            ))?;
            notes(run);
            Ok(())
        }
    }
}

fn notes(run: &Run) {
    for gap in run.gaps.iter().take(10) {
        output::note(format_args!(
            "no data: {} of customer {}: {}",
            gap.metric,
            gap.customer,
            output::visible(&gap.reason)
        ));
    }
    match run.gap_count.saturating_sub(10) {
        0 => {}
        more => output::note(format_args!(
            "no data: and {} more; `seatwise runs --output json` has the first hundred",
            grouped(more)
        )),
    }
    for note in &run.notes {
        output::note(format_args!("note: {}", output::visible(note)));
    }
}
