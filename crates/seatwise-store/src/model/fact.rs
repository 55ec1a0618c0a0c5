//! A row as an import holds it, and what its delivery is about: numbers in the place of texts.

use std::cmp::Ordering;

use seatwise_types::CustomerId;
use uuid::Uuid;

/// The columns of text before this one are those of the [`Unit`]; the others are a row's own.
pub(crate) const OWN_TEXT: usize = 2;

/// What one row says about its unit; text by its number in [`Texts`](crate::model::texts::Texts).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    /// In the order of [`TEXTS`](crate::model::columns::TEXTS), from [`OWN_TEXT`] on; 0 is "absent".
    pub(crate) text: [u32; 6],
    /// The part and the whole; [`NO_COUNT`] twice in the row that says "this delivery is empty".
    pub(crate) counts: [u32; 2],
    /// `processedDateTime` in microseconds since 1970, UTC.
    pub(crate) processed: i64,
    /// Where the row stands: in an import a [`Place`] as a number.
    pub(crate) line: u64,
}

/// Where a row of an import stands. Places are ordered by file, then by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The number of the file in this import, from 0.
    pub(crate) file: u32,
    /// The line in it, from 1.
    pub(crate) line: u64,
}

impl Place {
    /// No file has more than 2^40 lines.
    const LINE_BITS: u32 = 40;

    /// The place of a row that was taken in.
    pub(crate) fn of(row: &Fact) -> Self {
        Self {
            file: (row.line >> Self::LINE_BITS) as u32,
            line: row.line & ((1 << Self::LINE_BITS) - 1),
        }
    }

    /// The place in one number, in the same order.
    pub(crate) fn number(self) -> u64 {
        (u64::from(self.file) << Self::LINE_BITS) | self.line
    }
}

/// Stands for "no count".
pub(crate) const NO_COUNT: u32 = u32::MAX;

/// What a delivery is about: the thing that a later delivery replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Unit {
    pub(crate) service: u32,
    pub(crate) channel: u32,
    /// The GUID as two halves, the first one first.
    pub(crate) customer: (u64, u64),
    /// Days since 1970.
    pub(crate) day: i32,
}

/// A customer by the halves of its GUID.
pub(crate) fn customer((high, low): (u64, u64)) -> CustomerId {
    CustomerId::new(Uuid::from_u64_pair(high, low))
}

/// What the rows of one delivery have in common: all of a unit in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct DeliveryKey {
    pub(crate) unit: Unit,
    /// The number of the file in this import.
    pub(crate) file: u32,
}

impl DeliveryKey {
    /// How many bytes it takes on the disk.
    pub(crate) const BYTES: usize = 32;

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let Unit {
            service,
            channel,
            customer,
            day,
        } = self.unit;
        let mut bytes = [0; Self::BYTES];
        bytes[..4].copy_from_slice(&service.to_le_bytes());
        bytes[4..8].copy_from_slice(&channel.to_le_bytes());
        bytes[8..16].copy_from_slice(&customer.0.to_le_bytes());
        bytes[16..24].copy_from_slice(&customer.1.to_le_bytes());
        bytes[24..28].copy_from_slice(&day.to_le_bytes());
        bytes[28..].copy_from_slice(&self.file.to_le_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let at = &mut 0;
        Self {
            unit: Unit {
                service: u32::from_le_bytes(take(bytes, at)),
                channel: u32::from_le_bytes(take(bytes, at)),
                customer: (
                    u64::from_le_bytes(take(bytes, at)),
                    u64::from_le_bytes(take(bytes, at)),
                ),
                day: i32::from_le_bytes(take(bytes, at)),
            },
            file: u32::from_le_bytes(take(bytes, at)),
        }
    }

    /// Customers of one span of days stand together, and later files come after earlier ones.
    fn order(&self) -> impl Ord + use<> {
        let Self {
            unit:
                Unit {
                    service,
                    channel,
                    customer,
                    day,
                },
            file,
        } = *self;
        (service, channel, span(day), customer, day, file)
    }
}

impl Ord for DeliveryKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for DeliveryKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Fact {
    /// How many bytes it takes on the disk.
    pub(crate) const BYTES: usize = 48;

    pub(crate) fn is_empty_delivery(&self) -> bool {
        self.counts[1] == NO_COUNT
    }

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let numbers = self.text.iter().chain(&self.counts);
        for (bytes, number) in bytes.chunks_exact_mut(4).zip(numbers) {
            bytes.copy_from_slice(&number.to_le_bytes());
        }
        bytes[32..40].copy_from_slice(&self.processed.to_le_bytes());
        bytes[40..].copy_from_slice(&self.line.to_le_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let at = &mut 0;
        Self {
            text: std::array::from_fn(|_| u32::from_le_bytes(take(bytes, at))),
            counts: std::array::from_fn(|_| u32::from_le_bytes(take(bytes, at))),
            processed: i64::from_le_bytes(take(bytes, at)),
            line: u64::from_le_bytes(take(bytes, at)),
        }
    }
}

/// The next bytes from `at`, which moves behind them.
fn take<const N: usize>(bytes: &[u8], at: &mut usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[*at..*at + N]);
    *at += N;
    part
}

/// The span of 32 days that a day is in. Files hold few spans, so that a month, or the newest
/// figures, are in few files.
pub(crate) fn span(day: i32) -> i32 {
    day >> 5
}
