//! The emulator of Partner Center and its failures: its settings, and what runs in a server.
//!
//! It injects failures of Partner Center and of the network, sets the clock, makes up partners,
//! limits requests as documented, and records requests. All other responses are those of the server.

use std::sync::Arc;

use jiff::Timestamp;
use seatwise_server::Clock;

use crate::clock::{OutOfRange, SettableClock};
use crate::dev_identity::DevIdentity;
use crate::faults::Faults;
use crate::plan::FaultPlan;
use crate::portfolios::{MakePortfolio, Portfolios};
use crate::quota::{Quota, RateLimits};
use crate::requests::RequestLog;

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
    /// Signs the tokens that a test requests, if the server trusts it. Default: none.
    pub identity: Option<DevIdentity>,
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
            identity: None,
        }
    }

    /// Starts the emulator with this real clock, which must be that of the server's
    /// [`Config`](seatwise_server::Config).
    ///
    /// # Errors
    ///
    /// If its clock cannot start at [`now`](Self::now).
    pub fn start(self, real: Clock) -> Result<Arc<Emulation>, ClockStartError> {
        Ok(Arc::new(Emulation {
            clock: SettableClock::new(real, self.now).map_err(ClockStartError)?,
            faults: Faults::new(self.faults, self.seed),
            seed: self.seed,
            limits: self.limits,
            quota: self.limits.quota(),
            portfolios: Arc::new(Portfolios::new(self.make_portfolio)),
            requests: RequestLog::new(),
            identity: self.identity,
        }))
    }
}

/// The emulator's clock cannot start at a time outside its range.
#[derive(Debug, thiserror::Error)]
#[error("the emulator's clock cannot start at that time")]
pub struct ClockStartError(#[source] OutOfRange);

/// A running emulator. Servers that share it share its clock, faults and requests.
pub struct Emulation {
    pub(crate) clock: SettableClock,
    pub(crate) faults: Faults,
    /// The seed at the start.
    pub(crate) seed: u64,
    pub(crate) limits: RateLimits,
    pub(crate) quota: Option<Quota>,
    pub(crate) portfolios: Arc<Portfolios>,
    pub(crate) requests: RequestLog,
    pub(crate) identity: Option<DevIdentity>,
}

impl Emulation {
    /// Sets the fault plan for requests from now on.
    pub fn set_faults(&self, plan: FaultPlan, seed: u64) {
        self.faults.set(plan, seed);
    }
}
