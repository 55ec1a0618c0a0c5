//! In object storage, no answer as known at an instant changes, whatever two processes do at once.

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::Kind;
use seatwise_store::import::Receipt;

use crate::domains::with_domains;
use crate::figures::{Delivery, delivery, without_repeated_units};
use crate::settled::{Process, Shared, deployment, minute};
use crate::test_store::{USAGE_HEADER, partner};

/// What a process does.
#[derive(Debug, Clone)]
enum Act {
    Import(Vec<Delivery>),
    Deployment(u32),
    Domain(u32, u32),
    Prices(u32),
    /// A question known this many milliseconds ago.
    Ask(i64),
}

/// Two processes act, the second while the first waits before one of its writes.
#[derive(Debug, Clone)]
struct Step {
    first: Act,
    second: Act,
    /// The write of the first before which it waits.
    at_write: u32,
    /// The clocks of both, in milliseconds since the step before.
    clocks: [i64; 2],
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => vec(delivery(), 1..3).prop_map(Act::Import),
        1 => (1..9_u32).prop_map(Act::Deployment),
        1 => (0..5_u32, 0..3_u32).prop_map(|(customer, domain)| Act::Domain(customer, domain)),
        1 => (1..9_u32).prop_map(Act::Prices),
        4 => prop_oneof![Just(0), 0..4_i64, 0..5_000_i64].prop_map(Act::Ask),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    (act(), act(), 0..12_u32, [-50..2_000_i64, -50..2_000_i64]).prop_map(
        |(first, second, at_write, clocks)| Step {
            first,
            second,
            at_write,
            clocks,
        },
    )
}

/// What an act stored or answered.
#[derive(Default)]
struct Done {
    deliveries: u64,
    domains: u64,
    answer: Option<(Timestamp, String)>,
}

async fn run(process: Process, act: Act, now: Timestamp) -> Done {
    let imported = |receipt: Receipt| Done {
        deliveries: receipt.deliveries_new + receipt.deliveries_restated,
        domains: receipt.domains_stored,
        answer: None,
    };
    match act {
        Act::Import(mut deliveries) => {
            without_repeated_units(&mut deliveries);
            let rows: String = deliveries.iter().map(Delivery::rows).collect();
            imported(
                process
                    .import(&format!("{USAGE_HEADER}\n{rows}"), now)
                    .await,
            )
        }
        Act::Deployment(number) => imported(process.import(&deployment(number), now).await),
        Act::Domain(customer, domain) => {
            let rows = with_domains(&[("2026-04-30", customer, &format!("d{domain}.example"))]);
            imported(process.import(&rows, now).await)
        }
        Act::Prices(price) => {
            process.set_prices(price, now).await;
            Done::default()
        }
        Act::Ask(ago) => {
            let at = now - SignedDuration::from_millis(ago);
            let text = process.known(at, now).await;
            Done {
                answer: Some((at, text)),
                ..Done::default()
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    /// Any write of one process can fall between any two of another.
    #[test]
    fn no_answer_of_two_processes_ever_changes(steps in vec(step(), 2..8)) {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let shared = Shared::new();
            let mut processes = [shared.start("one"), shared.start("two")];
            let mut now = minute(0);
            let mut all = Done::default();
            let mut answers: Vec<(Timestamp, String)> = Vec::new();
            for Step { first, second, at_write, clocks } in steps {
                let [one, two] = processes.clone();
                let clocks = clocks.map(|after| now + SignedDuration::from_millis(after));
                let (is_held, go_on) = one.client.hold("", at_write);
                let mut running = tokio::spawn(run(one.clone(), first, clocks[0]));
                let (first, second) = tokio::select! {
                    _ = is_held => {
                        let second = run(two, second, clocks[1]).await;
                        go_on.send(()).ok();
                        (running.await.unwrap(), second)
                    }
                    first = &mut running => {
                        one.client.release();
                        (first.unwrap(), run(two, second, clocks[1]).await)
                    }
                };
                for done in [first, second] {
                    all.deliveries += done.deliveries;
                    all.domains += done.domains;
                    answers.extend(done.answer);
                }
                now = now.max(clocks[0]).max(clocks[1]);
                processes.reverse();
                if let Some((at, before)) = answers.first() {
                    assert_eq!(processes[0].known(*at, now).await, *before, "{at}");
                }
            }
            let third = shared.start("three");
            for (at, before) in answers {
                assert_eq!(third.known(at, now).await, before, "{at}");
            }
            let mut deliveries = 0;
            for kind in [Kind::Usage, Kind::Deployment] {
                let status = third.store.table_status(partner(), kind).await.unwrap();
                deliveries += status.map_or(0, |it| it.deliveries);
                let verified = third.store.verify(partner(), kind).await.unwrap();
                if let Some(verified) = verified {
                    assert_eq!(verified.damages, 0, "{:?}", verified.findings);
                }
            }
            assert_eq!(deliveries, all.deliveries);
            let domains = third.store.verify_domains(partner()).await.unwrap();
            assert_eq!(domains.map_or(0, |it| it.rows), all.domains);
        });
    }
}
