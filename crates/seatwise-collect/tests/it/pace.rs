//! A collection takes about the number of its requests divided by the allowed rate.

use seatwise_client::Pace;
use seatwise_collect::{Settings, Way};
use seatwise_emulator::RateLimits;

use crate::source::{Source, target};

#[tokio::test]
async fn the_total_time_is_near_requests_over_the_allowed_rate() {
    // Sequential: each wait advances the clock, regardless of other tasks.
    let pace = Pace {
        in_flight: 1,
        ..Pace::default()
    };
    for allowed in [500, 240, 60] {
        let source = Source::with_customers(600, "none", RateLimits::PerMinute(allowed)).await;
        let (store, _folder) = target();
        let settings = Settings {
            way: Some(Way::Customer),
            in_flight: 1,
            ..source.settings()
        };
        let client = source.paced(pace);
        let before = source.time.now();
        let run = source.collect(&store, &client, &settings).await.unwrap();
        let minutes = source.time.now().duration_since(before).as_secs_f64() / 60.0;
        assert_eq!(run.gap_count, 0, "{run:?}");
        let rate = f64::from(allowed.min(pace.per_minute));
        let least = (1.0 + 2.0 * run.customers as f64) / rate;
        println!(
            "allowed {allowed}: {} requests, {} refused, {minutes:.2} min, least {least:.2} min",
            run.requests, run.throttled
        );
        // The first minute's requests may come at once.
        assert!(
            (least - 1.0..least * 1.2).contains(&minutes),
            "{minutes} of {least} minutes: {run:?}"
        );
    }
}
