//! Limits on requests: those documented for customers, or one for all calls.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use parking_lot::{Mutex, MutexGuard};
use seatwise_types::PartnerId;

use crate::partner_center::is_of_partner_center;

/// Requests of one partner per minute, for customers (documented).
const PER_MINUTE: u32 = 500;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Counts the requests of each partner. A request is answered if fewer than the limit arrived in
/// the minute before. Rejected requests count too (documented), so a client that does not wait is
/// never answered again.
pub(crate) struct Quota {
    per_minute: usize,
    partners: Mutex<HashMap<PartnerId, VecDeque<Timestamp>>>,
}

impl Quota {
    fn new(per_minute: u32) -> Self {
        Self {
            per_minute: per_minute as usize,
            partners: Mutex::default(),
        }
    }

    /// Counts a request. The error is the number of seconds until a request is answered again, if
    /// none arrives before.
    pub(crate) fn take(&self, partner: PartnerId, now: Timestamp) -> Result<(), u32> {
        let mut partners = self.partners();
        if !partners.contains_key(&partner) {
            // Drop partners that sent no request in the last minute.
            partners.retain(|_, times| times.back().is_some_and(|last| is_recent(*last, now)));
        }
        let times = partners.entry(partner).or_default();
        times.retain(|time| is_recent(*time, now));
        let refused = times.len() >= self.per_minute;
        if refused {
            times.pop_front();
        }
        times.push_back(now);
        if !refused {
            return Ok(());
        }
        let free = times
            .front()
            .map_or(MINUTE, |oldest| MINUTE - now.duration_since(*oldest));
        let seconds = free.as_millis_f64() / 1000.0;
        Err(seconds.ceil().max(1.0) as u32)
    }

    pub(crate) fn reset(&self) {
        self.partners().clear();
    }

    fn partners(&self) -> MutexGuard<'_, HashMap<PartnerId, VecDeque<Timestamp>>> {
        self.partners.lock()
    }
}

/// Whether a time is within the last minute. Future times do not count: the clock was set back.
fn is_recent(time: Timestamp, now: Timestamp) -> bool {
    time <= now && now.duration_since(time) < MINUTE
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

impl RateLimits {
    /// Counts requests for these limits; `None` without a limit.
    pub(crate) fn quota(self) -> Option<Quota> {
        match self {
            Self::PartnerCenter => Some(Quota::new(PER_MINUTE)),
            Self::PerMinute(requests) => Some(Quota::new(requests)),
            Self::None => None,
        }
    }

    /// Whether calls of this path are limited. Partner Center limits customers, but not their
    /// analytics.
    pub(crate) fn apply_to(self, path: &str) -> bool {
        match self {
            Self::PartnerCenter => {
                matches!(path, "/v1/customers" | "/v1/customers/{customer-id}")
            }
            Self::PerMinute(_) => is_of_partner_center(path),
            Self::None => false,
        }
    }
}
