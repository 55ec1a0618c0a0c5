//! The subject of a row: a product, and one of its workloads. Sources differ in whether they have
//! ids and codes, so this module decides which subjects are the same.

use crate::model::fact::Fact;
use crate::model::kind::Kind;

/// The product and the workload of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) product: Thing,
    pub(crate) workload: Thing,
}

/// Something with a name, and perhaps an id or code: the numbers of these texts, 0 if absent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thing {
    pub(crate) id: u32,
    pub(crate) name: u32,
}

impl Thing {
    /// The number of a text that no row of the import has.
    pub(crate) const UNKNOWN: u32 = (1 << 30) - 1;

    const ID: u32 = 0;
    const NAME_BESIDE_ID: u32 = 1;
    const NAME_ALONE: u32 = 2;

    /// The keys under which it is indexed.
    fn found_by(self) -> [u32; 2] {
        match self.id {
            0 => [tagged(Self::NAME_ALONE, self.name); 2],
            id => [
                tagged(Self::ID, id),
                tagged(Self::NAME_BESIDE_ID, self.name),
            ],
        }
    }

    /// The keys that find equal things: if both have an id, the ids must be equal, otherwise the
    /// names.
    fn finds(self) -> [u32; 2] {
        let by_name = tagged(Self::NAME_ALONE, self.name);
        match self.id {
            0 => [by_name, tagged(Self::NAME_BESIDE_ID, self.name)],
            id => [by_name, tagged(Self::ID, id)],
        }
    }
}

fn tagged(tag: u32, number: u32) -> u32 {
    (tag << 30) | number
}

impl Subject {
    /// The subject of a row. Rows of months have no workload code.
    pub(crate) fn of(row: &Fact, kind: Kind) -> Self {
        let [_, _, product_id, product, code, workload] = row.text;
        Self {
            product: Thing {
                id: product_id,
                name: product,
            },
            workload: Thing {
                id: if kind.is_of_months() { 0 } else { code },
                name: workload,
            },
        }
    }
}

/// The subjects of a delivery's rows; empty for an empty delivery.
pub(crate) struct Subjects {
    /// Sorted for binary search.
    keys: Vec<u64>,
}

impl Subjects {
    pub(crate) fn of(rows: &[Fact], kind: Kind) -> Self {
        let rows = rows.iter().filter(|row| !row.is_empty_delivery());
        let mut keys: Vec<u64> = rows
            .flat_map(|row| {
                let Subject { product, workload } = Subject::of(row, kind);
                pairs(product.found_by(), workload.found_by())
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        Self { keys }
    }

    /// Whether one of the rows has the same product and workload.
    pub(crate) fn have(&self, subject: Subject) -> bool {
        let Subject { product, workload } = subject;
        pairs(product.finds(), workload.finds())
            .iter()
            .any(|key| self.keys.binary_search(key).is_ok())
    }
}

fn pairs(products: [u32; 2], workloads: [u32; 2]) -> [u64; 4] {
    let pair = |product: usize, workload: usize| {
        (u64::from(products[product]) << 32) | u64::from(workloads[workload])
    };
    [pair(0, 0), pair(0, 1), pair(1, 0), pair(1, 1)]
}
