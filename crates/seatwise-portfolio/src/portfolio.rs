//! The portfolio and its recipe.

use std::io;

use jiff::civil::{Date, DateTime};
use uuid::Uuid;

use crate::csv;
use crate::customer::Customer;
use crate::day::Day;
use crate::delivery::{Delivery, DeploymentRow, UsageRow};
use crate::feed::Feed;
use crate::seeded_hash::SeededHash;

/// The number of newest days that are restated.
const RESTATED_DAYS: i32 = 7;

/// The parameters of a portfolio, which determine every byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The seed. Another seed makes another partner with other customers.
    pub seed: u64,
    /// The number of customers. From 31 on, every [`EdgeCase`](crate::EdgeCase) is included.
    pub customers: u32,
    /// The number of days with deliveries, of each service. From 31 on, every case happens within
    /// them. Days before the year -9999 have none.
    pub days: u16,
    /// The day of the newest deployment of `o365`, in UTC. All other deliveries are older:
    /// deployment of `crm` by 4 days, usage of `o365` by 5, usage of `crm` by 6.
    pub last_day: Date,
}

impl Recipe {
    /// Seed 1, 250 customers, 90 days.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use seatwise_portfolio::Recipe;
    ///
    /// let small = Recipe { customers: 40, ..Recipe::new(date(2026, 3, 31)) };
    /// assert_eq!((small.seed, small.customers, small.days), (1, 40, 90));
    /// ```
    pub fn new(last_day: Date) -> Recipe {
        Recipe {
            seed: 1,
            customers: 250,
            days: 90,
            last_day,
        }
    }
}

/// A made-up partner with the history of its customers.
///
/// Customers are in memory, with a few hundred bytes per product. Deliveries are made on demand.
#[derive(Clone, Debug)]
pub struct Portfolio {
    recipe: Recipe,
    customers: Vec<Customer>,
}

impl Portfolio {
    /// The portfolio of this recipe.
    pub fn new(recipe: Recipe) -> Portfolio {
        let hash = SeededHash::new(recipe.seed).of("customers");
        let customers = (0..recipe.customers)
            .map(|index| Customer::new(hash, index))
            .collect();
        Portfolio { recipe, customers }
    }

    /// The partner's tenant id: a GUID from the seed, in the form of a random one.
    ///
    /// Nothing else depends on it. You can import the figures for any partner.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use seatwise_portfolio::{Portfolio, Recipe};
    ///
    /// let portfolio = Portfolio::new(Recipe::new(date(2026, 3, 31)));
    /// assert_eq!(portfolio.partner_id().get_version_num(), 4);
    /// ```
    pub fn partner_id(&self) -> Uuid {
        SeededHash::new(self.recipe.seed).of("partner").guid()
    }

    /// The customers, by index.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use seatwise_portfolio::{EdgeCase, Portfolio, Recipe};
    ///
    /// let portfolio = Portfolio::new(Recipe::new(date(2026, 3, 31)));
    /// let customer = &portfolio.customers()[EdgeCase::CommaInName.customer() as usize];
    /// assert_eq!(customer.name, "Fjord & Söhne, Ltd.");
    /// ```
    pub fn customers(&self) -> &[Customer] {
        &self.customers
    }

    /// The usage figures in the order of delivery: day by day, customer by customer.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use seatwise_portfolio::{Portfolio, Recipe};
    ///
    /// let portfolio = Portfolio::new(Recipe::new(date(2026, 3, 31)));
    /// let newest = portfolio.usage_deliveries().map(|delivery| delivery.processed).max();
    /// // Usage figures are days old when they are delivered.
    /// assert_eq!(newest, Some(date(2026, 3, 26).at(0, 0, 0, 0)));
    /// ```
    pub fn usage_deliveries(&self) -> impl Iterator<Item = Delivery<'_, UsageRow>> {
        self.arrivals(i32::from(self.recipe.days))
            .filter_map(|it| self.usage(it))
    }

    /// The deployment figures in the order of delivery.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use seatwise_portfolio::{Portfolio, Recipe};
    ///
    /// let portfolio = Portfolio::new(Recipe::new(date(2026, 3, 31)));
    /// let (deployed, sold) = portfolio
    ///     .deployment_deliveries()
    ///     .flat_map(|delivery| delivery.rows)
    ///     .fold((0, 0), |(d, s), row| (d + row.licenses_deployed, s + row.licenses_sold));
    /// assert!(0 < deployed && deployed < sold);
    /// ```
    pub fn deployment_deliveries(&self) -> impl Iterator<Item = Delivery<'_, DeploymentRow>> {
        self.arrivals(i32::from(self.recipe.days))
            .filter_map(|it| self.deployment(it))
    }

    /// Restatements of usage: some with other content, some with the same.
    ///
    /// They are those of customers 27 to 29, for `o365` and the seven newest days (fewer in a
    /// shorter history): see [`EdgeCase::RestatedHigher`](crate::EdgeCase::RestatedHigher) and the two
    /// cases after it.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use seatwise_portfolio::{Portfolio, Recipe};
    ///
    /// let portfolio = Portfolio::new(Recipe::new(date(2026, 3, 31)));
    /// assert_eq!(portfolio.usage_restatements().count(), 3 * 7);
    /// ```
    pub fn usage_restatements(&self) -> impl Iterator<Item = Delivery<'_, UsageRow>> {
        self.arrivals(RESTATED_DAYS.min(i32::from(self.recipe.days)))
            .filter_map(|arrival| {
                let restated = arrival.feed.restated?;
                let delivery = self.usage(arrival)?;
                Some(Delivery {
                    rows: restated.usage(delivery.rows),
                    ..delivery
                })
            })
    }

    /// Writes [`usage_deliveries`](Portfolio::usage_deliveries) as CSV and returns the number of
    /// lines after the header.
    ///
    /// There is one line per row. A delivery without rows has one line with its own fields only
    /// (processed date, service, channel, customer). `out` gets large writes and needs no buffer.
    ///
    /// # Errors
    ///
    /// If a write to `out` fails.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use seatwise_portfolio::{Portfolio, Recipe};
    ///
    /// let recipe = Recipe { customers: 1, days: 1, ..Recipe::new(date(2026, 3, 31)) };
    /// let mut csv = Vec::new();
    /// let lines = Portfolio::new(recipe).usage_csv(&mut csv)?;
    /// let csv = String::from_utf8(csv).unwrap();
    /// assert!(csv.starts_with("processedDateTime,workloadCode,workloadName,serviceCode,"));
    /// assert_eq!(csv.lines().count() as u64, lines + 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn usage_csv(&self, out: impl io::Write) -> io::Result<u64> {
        csv::write(self.usage_deliveries(), out)
    }

    /// Writes [`deployment_deliveries`](Portfolio::deployment_deliveries) as CSV, like
    /// [`usage_csv`](Portfolio::usage_csv).
    ///
    /// # Errors
    ///
    /// If a write to `out` fails.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use seatwise_portfolio::{Portfolio, Recipe};
    ///
    /// let recipe = Recipe { customers: 31, days: 1, ..Recipe::new(date(2026, 3, 31)) };
    /// let lines = Portfolio::new(recipe).deployment_csv(std::io::sink())?;
    /// assert!(lines > 20);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn deployment_csv(&self, out: impl io::Write) -> io::Result<u64> {
        csv::write(self.deployment_deliveries(), out)
    }

    /// Writes [`usage_restatements`](Portfolio::usage_restatements) as CSV, like
    /// [`usage_csv`](Portfolio::usage_csv). Import this file after that one.
    ///
    /// # Errors
    ///
    /// If a write to `out` fails.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use seatwise_portfolio::{Portfolio, Recipe};
    ///
    /// let recipe = Recipe { customers: 31, days: 1, ..Recipe::new(date(2026, 3, 31)) };
    /// let lines = Portfolio::new(recipe).usage_restatement_csv(std::io::sink())?;
    /// assert!(lines > 20);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn usage_restatement_csv(&self, out: impl io::Write) -> io::Result<u64> {
        csv::write(self.usage_restatements(), out)
    }

    /// The deliveries of the newest `days`, without their rows.
    fn arrivals(&self, days: i32) -> impl Iterator<Item = Arrival<'_>> {
        (0..days).rev().flat_map(|age| {
            self.customers.iter().flat_map(move |customer| {
                let feeds = customer.feeds.iter().filter(move |feed| feed.delivers(age));
                feeds.map(move |feed| Arrival {
                    customer,
                    feed,
                    age,
                })
            })
        })
    }

    fn usage<'a>(&self, arrival: Arrival<'a>) -> Option<Delivery<'a, UsageRow>> {
        let Arrival { feed, age, .. } = arrival;
        let day = arrival.day(self.recipe.last_day, feed.service.lag.usage);
        Some(arrival.delivery(day, day.midnight()?, feed.usage(age, day)))
    }

    fn deployment<'a>(&self, arrival: Arrival<'a>) -> Option<Delivery<'a, DeploymentRow>> {
        let Arrival { feed, age, .. } = arrival;
        let day = arrival.day(self.recipe.last_day, feed.service.lag.deployment);
        // Only figures that arrive on the same day have a time of day.
        let processed = if feed.service.lag.deployment == 0 {
            day.deployment_run(SeededHash::new(self.recipe.seed).of("deployment runs"))?
        } else {
            day.midnight()?
        };
        Some(arrival.delivery(day, processed, feed.deployment(age, day)))
    }
}

/// A delivery without its rows.
#[derive(Clone, Copy)]
struct Arrival<'a> {
    customer: &'a Customer,
    feed: &'a Feed,
    age: i32,
}

impl<'a> Arrival<'a> {
    /// The day of figures with this lag.
    fn day(self, last_day: Date, lag: i32) -> Day {
        Day::from(last_day) - lag - self.feed.late - self.age
    }

    fn delivery<Row>(self, day: Day, processed: DateTime, rows: Vec<Row>) -> Delivery<'a, Row> {
        Delivery {
            processed,
            customer: self.customer,
            customer_name: self.customer.name_at(self.age),
            capitals: self.customer.capitals_on(day),
            service: self.feed.service,
            channel: self.feed.channel,
            rows,
        }
    }
}
