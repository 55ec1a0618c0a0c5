//! The promises of a portfolio, tested from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cases;
mod figures;
mod files;
mod stable;

use jiff::civil::{Date, date};
use seatwise_portfolio::{Portfolio, Recipe};

const LAST_DAY: Date = date(2026, 3, 31);

fn recipe(seed: u64, customers: u32, days: u16) -> Recipe {
    Recipe {
        seed,
        customers,
        days,
        last_day: LAST_DAY,
    }
}

fn portfolio(seed: u64, customers: u32, days: u16) -> Portfolio {
    Portfolio::new(recipe(seed, customers, days))
}

fn usage_csv(portfolio: &Portfolio) -> String {
    let mut csv = Vec::new();
    portfolio.usage_csv(&mut csv).unwrap();
    String::from_utf8(csv).unwrap()
}

fn deployment_csv(portfolio: &Portfolio) -> String {
    let mut csv = Vec::new();
    portfolio.deployment_csv(&mut csv).unwrap();
    String::from_utf8(csv).unwrap()
}

fn restatement_csv(portfolio: &Portfolio) -> String {
    let mut csv = Vec::new();
    portfolio.usage_restatement_csv(&mut csv).unwrap();
    String::from_utf8(csv).unwrap()
}
