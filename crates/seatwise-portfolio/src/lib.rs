//! A made-up partner with customers and licence data, reproducible from a seed.
//!
//! It serves the demo, the emulator, tests and benchmarks: it is realistic, has edge cases that
//! break naive code, and makes millions of rows quickly.
//!
//! ```
//! use jiff::civil::date;
//! use seatwise_portfolio::{Portfolio, Recipe};
//!
//! let recipe = Recipe { seed: 7, customers: 40, days: 3, ..Recipe::new(date(2026, 3, 31)) };
//! let portfolio = Portfolio::new(recipe);
//!
//! let mut csv = Vec::new();
//! portfolio.usage_csv(&mut csv)?;
//! portfolio.deployment_csv(std::io::sink())?;
//!
//! let again = Portfolio::new(recipe);
//! let mut same = Vec::new();
//! again.usage_csv(&mut same)?;
//! assert_eq!(csv, same);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What stays the same
//!
//! - The same [`Recipe`] makes the same bytes, on every machine and in every release. A test pins
//!   this, because it is a part of the contract.
//! - More customers add customers: existing ones keep ids, names and figures.
//! - More days add older days: existing deliveries stay.
//! - A later `last_day` adds newer days. Ordinary figures of a day stay. Everything counted back
//!   from the newest delivery (each [`EdgeCase`], customers that join, leave or are late) moves with it.
//!
//! # What it looks like
//!
//! - Sizes from 3 to 5,000 seats, many small and few large; business plans up to 250 seats,
//!   enterprise plans above. The names of products are real, those of customers cannot be.
//! - About 20 usage rows a day and customer, of `o365` (Exchange, SharePoint, Skype For Business,
//!   Teams, Yammer) and `crm` (Microsoft Dynamics CRM, SharePoint). [`Service`] and [`Workload`] say
//!   which codes are documented and which are inferred.
//! - The share of active seats grows and falls over months, with what a 28-day window leaves of the
//!   week's rhythm; seats change in steps.
//! - Of a hundred ordinary customers about 4 joined within the last 80 days, 3 left within the last
//!   60, and 7 are one to three days late. A customer that leaves has a last delivery without rows.
//!   About 6 in 100 buy `direct`, all others through a `reseller`.
//! - Customers 1 to 30 are edge cases, one [`EdgeCase`] each.

mod catalog;
mod company;
mod csv;
mod curve;
mod customer;
mod day;
mod delivery;
mod edge_case;
mod feed;
mod holding;
mod portfolio;
mod product;
mod scenario;
mod seeded_hash;
mod service;

pub use customer::Customer;
pub use delivery::{Delivery, DeploymentRow, UsageRow};
pub use edge_case::EdgeCase;
pub use portfolio::{Portfolio, Recipe};
pub use service::{Service, Workload};
