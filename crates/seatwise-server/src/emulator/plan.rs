//! Which requests a fault happens to: shares, and the dice that decide.

use std::fmt;
use std::str::FromStr;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::fault::Fault;
use super::grammar;
pub use super::grammar::FaultSyntaxError;

/// The faults of a share of requests.
///
/// Written as in `429=5%;retry-after=7,503=2%,latency=200ms..2s,reset=1%,truncate=1%,no-bom=10%`.
/// The faults that take the place of the answer exclude each other; the others happen on top of
/// whatever is answered. `docs/emulator.md` has every fault.
///
/// ```
/// use seatwise_server::FaultPlan;
///
/// let plan: FaultPlan = "429 = 5% ; retry-after=7, latency=200ms..2000ms".parse()?;
/// assert_eq!(plan.to_string(), "429=5%;retry-after=7,latency=200ms..2s");
///
/// let err = "429=5".parse::<FaultPlan>().unwrap_err();
/// assert_eq!(
///     err.to_string(),
///     "`5` at character 5 is not a share: write a percentage above 0 and up to 100, such as `5%`",
/// );
/// # Ok::<(), seatwise_server::FaultSyntaxError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultPlan {
    pub(super) entries: Vec<Entry>,
}

/// One fault and its share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) fault: Fault,
    /// In percent.
    pub(super) share: f64,
}

/// All requests.
pub(super) const ALWAYS: f64 = 100.0;

impl FaultPlan {
    /// Whether nothing goes wrong.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What happens to the request that throws these dice.
    pub(super) fn decide(&self, dice: &Dice<'_>) -> Vec<Fault> {
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

impl FromStr for FaultPlan {
    type Err = FaultSyntaxError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        grammar::plan(text)
    }
}

/// As it can be given again.
impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str(grammar::NONE);
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

/// The throws of one request. They depend on nothing but these four, so that the same requests
/// meet the same faults, whatever comes in between from elsewhere.
pub(super) struct Dice<'a> {
    pub(super) seed: u64,
    pub(super) method: &'a str,
    /// Path and query.
    pub(super) target: &'a str,
    /// How often this very request came before.
    pub(super) before: u64,
}

impl Dice<'_> {
    /// From 0 up to, and without, 100.
    fn percent(&self, about: &str) -> f64 {
        let Self {
            seed,
            method,
            target,
            before,
        } = self;
        let thrown = format!("{method}\n{target}\n{before}\n{about}");
        let thrown = xxh3_64_with_seed(thrown.as_bytes(), *seed);
        // 53 bits are what a double holds exactly.
        (thrown >> 11) as f64 / (1_u64 << 53) as f64 * 100.0
    }
}
