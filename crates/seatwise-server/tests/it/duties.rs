//! Background tasks of a server continue after failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::bail;
use tokio::sync::Semaphore;

use crate::harness::TestServer;
use crate::recorder::Log;

const DONE: &str = "seatwise_duty_rounds_total{duty=\"testing\",outcome=\"done\"} 1\n";

#[tokio::test]
async fn a_duty_that_fails_or_panics_is_logged_counted_and_begun_again() {
    let server = TestServer::new().await;
    let duties = server.app.duties();
    let (log, guard) = Log::record();
    let (rounds, third) = (Arc::new(AtomicU32::new(0)), Arc::new(Semaphore::new(0)));
    let round = || {
        let (rounds, third) = (Arc::clone(&rounds), Arc::clone(&third));
        async move {
            match rounds.fetch_add(1, Ordering::Relaxed) {
                0 => bail!("the disk is away"),
                1 => panic!("of the engine"),
                _ => third.add_permits(1),
            }
            Ok(Duration::from_secs(3600))
        }
    };
    tokio::select! {
        never = duties.keep_on("testing", Duration::ZERO, round) => match never {},
        // The count follows a moment after the end.
        () = async {
            drop(third.acquire().await.unwrap());
            while !metrics(&server).await.contains(DONE) {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    drop(guard);
    let text = metrics(&server).await;
    for line in [
        DONE,
        "seatwise_duty_rounds_total{duty=\"testing\",outcome=\"failed\"} 2\n",
        "seatwise_duty_age_seconds{duty=\"testing\"} 0\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let log = log.text();
    assert!(
        log.contains("the disk is away") && log.contains("of the engine"),
        "{log}"
    );
}

async fn metrics(server: &TestServer) -> String {
    server.get("/metrics").await.text()
}
