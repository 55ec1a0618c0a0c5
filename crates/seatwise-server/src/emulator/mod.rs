//! The emulator: every good and bad day of Partner Center, on one computer.
//!
//! While it is on, requests can be made to fail in the ways in which they fail at Partner Center
//! and on the way there, the clock can be set, partners can be made up, customers are limited as
//! documented, and the requests that came can be asked for. All of that is off in a server that
//! others use: it answers on loopback only.
//!
//! What goes wrong is decided in [`faults`] and done in `misbehave`; [`control`] is how tests set
//! it all up. The answers themselves are those of the server: nothing else is made up here.

mod body;
mod clock;
mod control;
mod fault;
mod faults;
mod gateway;
mod grammar;
mod line;
mod misbehave;
mod overview;
mod plan;
mod portfolios;
mod quota;
mod requests;
mod times;
mod token;

use std::sync::Arc;

use jiff::Timestamp;
use seatwise_store::Store;

use self::clock::SettableClock;
use self::faults::Faults;
use self::portfolios::Portfolios;
use self::quota::{PER_MINUTE, Quota};
use self::requests::RequestLog;
use crate::config::{Clock, StartError};

pub(crate) use self::control::routes;
pub(crate) use self::line::{Line, Scissors};
pub(crate) use self::misbehave::misbehave;
pub use self::plan::{FaultPlan, FaultSyntaxError};
pub use self::portfolios::{MakePortfolio, PortfolioRecipe};
pub(crate) use self::quota::keep_quota;

/// What is emulated beyond the answers.
#[derive(Clone)]
pub struct Emulator {
    /// The faults at the start; none.
    pub faults: FaultPlan,
    /// Decides which requests they happen to; 1.
    pub seed: u64,
    /// How often partners may ask; as often as at Partner Center.
    pub limits: RateLimits,
    /// The time to which the start and a reset set the clock, from 1970 up to 3000; the real time if
    /// there is none.
    pub now: Option<Timestamp>,
    /// Makes up the partners that are asked for while the server runs.
    pub make_portfolio: MakePortfolio,
}

/// How often one partner may ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateLimits {
    /// 500 requests a minute for customers, as documented. Those that are refused count too.
    #[default]
    PartnerCenter,
    /// So many requests a minute for all of Partner Center's calls together, counted in the same way.
    PerMinute(u32),
    /// As often as it likes.
    None,
}

impl Emulator {
    /// Without faults, and with Partner Center's limits.
    pub fn new(make_portfolio: MakePortfolio) -> Self {
        Self {
            faults: FaultPlan::default(),
            seed: 1,
            limits: RateLimits::default(),
            now: None,
            make_portfolio,
        }
    }
}

/// The emulator of a server.
pub(crate) struct Emulation {
    clock: Arc<SettableClock>,
    faults: Faults,
    /// The seed at the start.
    seed: u64,
    limits: RateLimits,
    quota: Option<Quota>,
    portfolios: Arc<Portfolios>,
    requests: RequestLog,
}

impl Emulation {
    pub(crate) fn new(settings: Emulator, real: Clock, store: Store) -> Result<Self, StartError> {
        let clock = SettableClock::new(real, settings.now);
        let clock = clock.map_err(|source| StartError::EmulatorClock {
            source: source.into(),
        })?;
        Ok(Self {
            clock: Arc::new(clock),
            faults: Faults::new(settings.faults, settings.seed),
            seed: settings.seed,
            limits: settings.limits,
            quota: match settings.limits {
                RateLimits::PartnerCenter => Some(Quota::new(PER_MINUTE)),
                RateLimits::PerMinute(requests) => Some(Quota::new(requests)),
                RateLimits::None => None,
            },
            portfolios: Arc::new(Portfolios::new(store, settings.make_portfolio)),
            requests: RequestLog::new(),
        })
    }

    /// Another plan of faults.
    pub(crate) fn set_faults(&self, plan: FaultPlan, seed: u64) {
        self.faults.set(plan, seed);
    }

    /// The clock that the control sets, for all that ask for the time.
    pub(crate) fn clock(&self) -> Clock {
        let clock = Arc::clone(&self.clock);
        Arc::new(move || clock.now())
    }
}
