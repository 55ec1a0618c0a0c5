//! Measures how fast usage rows are made: `cargo run --release -p seatwise-portfolio --example
//! speed`.

use std::io;
use std::time::Instant;

use jiff::civil::date;
use seatwise_portfolio::{Portfolio, Recipe};

#[expect(clippy::print_stdout, reason = "the figure is what the example is for")]
fn main() -> io::Result<()> {
    let start = Instant::now();
    let recipe = Recipe {
        customers: 2_000,
        ..Recipe::new(date(2026, 3, 31))
    };
    let lines = Portfolio::new(recipe).usage_csv(io::sink())?;
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{lines} lines in {seconds:.2} s: {:.0} a second",
        lines as f64 / seconds
    );
    Ok(())
}
