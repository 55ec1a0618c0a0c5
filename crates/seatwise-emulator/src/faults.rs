//! The current fault plan, and counts of requests.

use std::collections::HashMap;

use axum::extract::Request;
use parking_lot::{Mutex, MutexGuard};
use xxhash_rust::xxh3::xxh3_64;

use crate::fault::Fault;
use crate::grammar::{self, FaultSyntaxError};
use crate::plan::{Dice, FaultPlan};

/// The request header that asks for faults.
pub(crate) const HEADER: &str = "Seatwise-Fault";

/// The most different requests to count. Beyond it, all counts start again.
const MOST_REQUESTS: usize = 65_536;

/// Decides the faults of each request.
pub(crate) struct Faults {
    current: Mutex<Current>,
}

struct Current {
    plan: FaultPlan,
    seed: u64,
    /// The number of earlier requests, by a hash of method and target.
    seen: HashMap<u64, u64>,
}

impl Faults {
    pub(crate) fn new(plan: FaultPlan, seed: u64) -> Self {
        let seen = HashMap::new();
        Self {
            current: Mutex::new(Current { plan, seed, seen }),
        }
    }

    /// Sets the plan, and restarts the counts, so that the same plan causes the same faults again.
    pub(crate) fn set(&self, plan: FaultPlan, seed: u64) {
        let seen = HashMap::new();
        *self.current() = Current { plan, seed, seen };
    }

    pub(crate) fn plan(&self) -> (FaultPlan, u64) {
        let current = self.current();
        (current.plan.clone(), current.seed)
    }

    /// The faults of a request: those in its header, else those of the plan. A request with the
    /// header is not counted.
    pub(crate) fn of(&self, request: &Request) -> Result<Vec<Fault>, FaultSyntaxError> {
        if let Some(asked) = request.headers().get(HEADER) {
            return grammar::of_one_request(&String::from_utf8_lossy(asked.as_bytes()));
        }
        let target = request.uri().path_and_query();
        let target = target.map_or("", |target| target.as_str());
        Ok(self.current().decide(request.method().as_str(), target))
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock()
    }
}

impl Current {
    fn decide(&mut self, method: &str, target: &str) -> Vec<Fault> {
        if self.plan.is_empty() {
            return Vec::new();
        }
        if self.seen.len() >= MOST_REQUESTS {
            self.seen.clear();
        }
        let request = xxh3_64(format!("{method} {target}").as_bytes());
        let seen = self.seen.entry(request).or_default();
        let before = *seen;
        *seen += 1;
        self.plan.decide(&Dice {
            seed: self.seed,
            method,
            target,
            before,
        })
    }
}
