//! The emulator of Partner Center and its failures.
//!
//! It injects failures of Partner Center and of the network, sets the clock, makes up partners,
//! limits requests as documented, and records requests. It is off in a server for other computers,
//! because it listens on loopback addresses only.
//!
//! [`faults`] decides which faults occur, `inject_fault` injects them, and [`control`] has the
//! endpoints for tests. All other responses are those of the server.

mod body;
mod clock;
mod control;
mod fault;
mod faults;
mod gateway;
mod grammar;
mod inject_fault;
mod line;
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
pub(crate) use self::inject_fault::inject_fault;
pub(crate) use self::line::{ConnectionCutter, Line};
pub use self::plan::{FaultPlan, FaultSyntaxError};
pub use self::portfolios::{MakePortfolio, PortfolioRecipe};
pub(crate) use self::quota::keep_quota;

/// The settings of the emulator.
#[derive(Clone)]
pub struct Emulator {
    /// The faults at the start. Default: none.
    pub faults: FaultPlan,
    /// The seed that selects the requests with faults. Default: 1.
    pub seed: u64,
    /// The limits on requests. Default: Partner Center's.
    pub limits: RateLimits,
    /// The time of the clock at the start and after a reset, from 1970 up to 3000; `None` for the
    /// real time.
    pub now: Option<Timestamp>,
    /// Makes the partners that a test requests.
    pub make_portfolio: MakePortfolio,
}

/// Limits on the requests of one partner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateLimits {
    /// 500 requests per minute for customers, as documented. Rejected requests count too.
    #[default]
    PartnerCenter,
    /// This many requests per minute for all of Partner Center's calls together. Rejected requests
    /// count too.
    PerMinute(u32),
    /// No limit.
    None,
}

impl Emulator {
    /// No faults, and Partner Center's limits.
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

/// The running emulator of a server.
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

    /// Sets the fault plan.
    pub(crate) fn set_faults(&self, plan: FaultPlan, seed: u64) {
        self.faults.set(plan, seed);
    }

    /// The emulator's clock.
    pub(crate) fn clock(&self) -> Clock {
        let clock = Arc::clone(&self.clock);
        Arc::new(move || clock.now())
    }
}
