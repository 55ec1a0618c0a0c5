//! Rows of an import and their units, with numbers in place of texts.

use std::cmp::Ordering;

use seatwise_types::CustomerId;
use uuid::Uuid;

/// The text columns before this one belong to the [`Unit`], the others to the row.
pub(crate) const OWN_TEXT: usize = 2;

/// One row of a delivery. Texts are numbers in [`Texts`](crate::model::texts::Texts).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    /// In the order of [`TEXTS`](crate::model::columns::TEXTS), from [`OWN_TEXT`] on; 0 is absent.
    pub(crate) text: [u32; 6],
    /// The part and the whole; twice [`NO_COUNT`] in the row that marks an empty delivery.
    pub(crate) counts: [u32; 2],
    /// `processedDateTime` in microseconds since 1970, UTC.
    pub(crate) processed: i64,
    /// The position of the row: in an import, a [`RowPlace`] as a number.
    pub(crate) line: u64,
}

/// The position of a row in an import, ordered by file, then by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowPlace {
    /// The number of the file in this import, from 0.
    pub(crate) file: u32,
    /// The line in it, from 1.
    pub(crate) line: u64,
}

impl RowPlace {
    /// The bits of a line number: no file has more than 2^40 lines.
    const LINE_BITS: u32 = 40;

    /// The place of an imported row.
    pub(crate) fn of(row: &Fact) -> Self {
        Self {
            file: (row.line >> Self::LINE_BITS) as u32,
            line: row.line & ((1 << Self::LINE_BITS) - 1),
        }
    }

    /// The place as one number, in the same order.
    pub(crate) fn number(self) -> u64 {
        (u64::from(self.file) << Self::LINE_BITS) | self.line
    }
}

/// Marks a missing count.
pub(crate) const NO_COUNT: u32 = u32::MAX;

/// The unit of a delivery: what a later delivery replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Unit {
    pub(crate) service: u32,
    pub(crate) channel: u32,
    /// The GUID as two halves, the high one first.
    pub(crate) customer: (u64, u64),
    /// Days since 1970.
    pub(crate) day: i32,
}

/// The customer with these halves of its GUID.
pub(crate) fn customer((high, low): (u64, u64)) -> CustomerId {
    CustomerId::new(Uuid::from_u64_pair(high, low))
}

/// The key of a delivery in an import: all rows of a unit in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct DeliveryKey {
    pub(crate) unit: Unit,
    /// The number of the file in this import.
    pub(crate) file: u32,
}

impl DeliveryKey {
    /// Its size on the disk, in bytes.
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

    /// Sorts customers of one span of days together, and later files after earlier ones.
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
    /// Its size on the disk, in bytes.
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

/// The next bytes from `at`, which it advances.
fn take<const N: usize>(bytes: &[u8], at: &mut usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[*at..*at + N]);
    *at += N;
    part
}

/// The span of 32 days of a day. Files cover few spans, so that a month, or the newest figures,
/// need few files.
pub(crate) fn span(day: i32) -> i32 {
    day >> 5
}
