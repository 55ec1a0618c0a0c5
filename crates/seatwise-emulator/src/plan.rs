//! Fault plans, and the choice of requests for each fault.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::fault::Fault;

/// Faults, each with its share of requests.
///
/// The text form is that of
/// `429=5%;retry-after=7,503=2%,latency=200ms..2s,reset=1%,truncate=1%,no-bom=10%`. Faults that
/// replace the response exclude each other. The others are added to any response.
/// `docs/emulator.md` lists all faults.
///
/// ```
/// use seatwise_emulator::FaultPlan;
///
/// let plan: FaultPlan = "429 = 5% ; retry-after=7, latency=200ms..2000ms".parse()?;
/// assert_eq!(plan.to_string(), "429=5%;retry-after=7,latency=200ms..2s");
///
/// let err = "429=5".parse::<FaultPlan>().unwrap_err();
/// assert_eq!(
///     err.to_string(),
///     "`5` at character 5 is not a share: write a percentage above 0 and up to 100, such as `5%`",
/// );
/// # Ok::<(), seatwise_emulator::FaultSyntaxError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultPlan {
    pub(crate) entries: Vec<Entry>,
}

/// A fault and its share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) fault: Fault,
    /// The share in percent.
    pub(crate) share: f64,
}

/// The text of a plan without faults.
pub(crate) const NONE: &str = "none";

/// The share of all requests.
pub(crate) const ALWAYS: f64 = 100.0;

impl FaultPlan {
    /// Whether the plan has no faults.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The faults of the request with these random numbers.
    pub(crate) fn decide(&self, dice: &Dice<'_>) -> Vec<Fault> {
        let thrown = dice.percent("instead of the answer");
        let mut begin = 0.0;
        let mut chosen = Vec::new();
        for Entry { fault, share } in self.entries.iter().copied() {
            let happens = if fault.is_instead() {
                let hit = (begin..begin + share).contains(&thrown);
                begin += share;
                hit
            } else {
                dice.percent(fault.name()) < share
            };
            if happens {
                let part = dice.percent(&format!("length of {}", fault.name())) / 100.0;
                chosen.push(fault.with_length(part));
            }
        }
        chosen
    }
}

/// The text form, which can be parsed again.
impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str(NONE);
        }
        for (number, entry) in self.entries.iter().enumerate() {
            if number > 0 {
                f.write_str(",")?;
            }
            write!(f, "{entry}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fault, share } = *self;
        if share >= ALWAYS {
            return write!(f, "{fault}");
        }
        if fault.span().is_some() {
            return write!(f, "{fault};share={share}%");
        }
        write!(f, "{}={share}%", fault.name())?;
        fault.write_details(f)
    }
}

/// Random numbers for one request. They depend only on these four fields, so the same requests get
/// the same faults, whatever other requests arrive in between.
pub(crate) struct Dice<'a> {
    pub(crate) seed: u64,
    pub(crate) method: &'a str,
    /// Path and query.
    pub(crate) target: &'a str,
    /// The number of earlier requests with the same method and target.
    pub(crate) before: u64,
}

impl Dice<'_> {
    /// A number from 0 to below 100.
    fn percent(&self, about: &str) -> f64 {
        let Self {
            seed,
            method,
            target,
            before,
        } = self;
        let thrown = format!("{method}\n{target}\n{before}\n{about}");
        let thrown = xxh3_64_with_seed(thrown.as_bytes(), *seed);
        // A double holds 53 bits exactly.
        (thrown >> 11) as f64 / (1_u64 << 53) as f64 * 100.0
    }
}
