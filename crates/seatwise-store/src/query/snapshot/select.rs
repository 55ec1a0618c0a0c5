//! Selection of rows by a filter, in pages or grouped.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use seatwise_types::query::{CommercialField, Comparison, Filter, GroupBy};
use seatwise_types::{CustomerId, ProcessedDateTime};

use super::counted::Counted;
use super::{Row, Snapshot};
use crate::model::columns::{
    CHANNEL, CODE, CUSTOMER_NAME, PRODUCT, PRODUCT_ID, SERVICE, SERVICE_NAME, WORKLOAD,
};
use crate::model::days::days;
use crate::model::percent::percent;

/// A row, or the sum of rows that share its remaining fields.
#[derive(Clone, Copy)]
pub struct SnapshotRow<'a> {
    snapshot: &'a Snapshot,
    /// The numbers of texts; 0 is absent.
    text: [u32; 8],
    /// The index of the customer; `None` in a sum over several.
    customer: Option<u32>,
    /// In microseconds since 1970; `None` in a sum.
    processed: Option<i64>,
    part: u64,
    whole: u64,
}

/// The rows or sums of a selection.
pub struct Selected<'a> {
    snapshot: &'a Snapshot,
    picked: Picked,
    count: usize,
}

enum Picked {
    /// Single rows: all, or those that match.
    Rows(Option<Wanted>),
    /// Sums of rows.
    Sums(Vec<Sum>),
}

/// The sum of rows with the same texts, and perhaps the same customer.
struct Sum {
    text: [u32; 8],
    customer: Option<u32>,
    part: u64,
    whole: u64,
}

/// The key of a sum: the number of the common texts, the number of the customer's name or 0, and
/// the index of the customer.
type SumKey = (u32, u32, Option<u32>);

impl Snapshot {
    /// The rows of current customers that match a filter. With fields to group by, the sums of each
    /// group, ordered by the texts of these fields. A field that rows of this kind lack counts as
    /// empty.
    pub fn select(&self, filter: Option<&Filter>, group_by: &GroupBy) -> Selected<'_> {
        let wanted = filter.map(|filter| Wanted::new(self, filter));
        if !group_by.is_empty() {
            let sums = self.sums(wanted.as_ref(), group_by);
            return Selected {
                snapshot: self,
                count: sums.len(),
                picked: Picked::Sums(sums),
            };
        }
        let counts = self.counting().map(|it| match &wanted {
            None => it.rows().len(),
            Some(wanted) => {
                let rows = it.rows().iter();
                rows.filter(|row| wanted.includes(it.place, row)).count()
            }
        });
        Selected {
            snapshot: self,
            count: counts.sum(),
            picked: Picked::Rows(wanted),
        }
    }

    /// The current deliveries.
    fn counting(&self) -> impl Iterator<Item = Counted<'_>> {
        self.deliveries().filter(|it| !it.is_late())
    }

    pub(super) fn row(&self, place: u32, row: &Row) -> SnapshotRow<'_> {
        let mut text = *self.numbers(row);
        text[CUSTOMER_NAME] = row.name;
        SnapshotRow {
            snapshot: self,
            text,
            customer: Some(place),
            processed: Some(row.processed),
            part: row.part.into(),
            whole: row.whole.into(),
        }
    }

    fn sums(&self, wanted: Option<&Wanted>, group_by: &GroupBy) -> Vec<Sum> {
        let fields = group_by.fields();
        let by_customer = fields.contains(&CommercialField::CustomerTenantId);
        let by_name = fields.contains(&CommercialField::CustomerName);
        // The common texts of each group, by number.
        let mut kept: Vec<[u32; 8]> = Vec::new();
        let mut known: HashMap<[u32; 8], u32, RandomState> = HashMap::default();
        let columns: Vec<usize> = fields.iter().filter_map(|field| column(*field)).collect();
        let groups = self.vocabulary.groups().iter().map(|group| {
            let mut text = [0; 8];
            for column in &columns {
                text[*column] = group[*column];
            }
            *known.entry(text).or_insert_with(|| {
                kept.push(text);
                kept.len() as u32 - 1
            })
        });
        let groups: Vec<u32> = groups.collect();
        let mut sums: HashMap<SumKey, (u64, u64), RandomState> = HashMap::default();
        for it in self.counting() {
            for row in it.rows() {
                if wanted.is_some_and(|wanted| !wanted.includes(it.place, row)) {
                    continue;
                }
                let name = if by_name { row.name } else { 0 };
                let key = (
                    groups[row.group as usize],
                    name,
                    by_customer.then_some(it.place),
                );
                let sum = sums.entry(key).or_default();
                sum.0 += u64::from(row.part);
                sum.1 += u64::from(row.whole);
            }
        }
        let sums = sums.into_iter();
        let sums = sums.map(|((group, name, customer), (part, whole))| {
            let mut text = kept[group as usize];
            text[CUSTOMER_NAME] = name;
            Sum {
                text,
                customer,
                part,
                whole,
            }
        });
        let mut sums: Vec<Sum> = sums.collect();
        sums.sort_by_cached_key(|sum| {
            let row = self.sum(sum);
            let texts = fields.iter().map(|field| row.field(*field));
            texts
                .map(|text| text.map(Cow::into_owned))
                .collect::<Vec<_>>()
        });
        sums
    }

    fn sum(&self, sum: &Sum) -> SnapshotRow<'_> {
        SnapshotRow {
            snapshot: self,
            text: sum.text,
            customer: sum.customer,
            processed: None,
            part: sum.part,
            whole: sum.whole,
        }
    }
}

impl<'a> Selected<'a> {
    /// The number of rows or sums.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no rows or sums.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// A page of them; shorter at the end, and empty after it.
    pub fn page(&self, skip: usize, top: usize) -> Vec<SnapshotRow<'a>> {
        match &self.picked {
            Picked::Rows(wanted) => self.rows(wanted.as_ref(), skip, top),
            Picked::Sums(sums) => {
                let page = sums.iter().skip(skip).take(top);
                page.map(|sum| self.snapshot.sum(sum)).collect()
            }
        }
    }

    fn rows(&self, wanted: Option<&Wanted>, skip: usize, top: usize) -> Vec<SnapshotRow<'a>> {
        let (mut skip, mut page) = (skip, Vec::new());
        for it in self.snapshot.counting() {
            if wanted.is_none() && it.rows().len() <= skip {
                skip -= it.rows().len();
                continue;
            }
            for row in it.rows() {
                if wanted.is_some_and(|wanted| !wanted.includes(it.place, row)) {
                    continue;
                }
                if page.len() == top {
                    return page;
                }
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                page.push(self.snapshot.row(it.place, row));
            }
        }
        page
    }
}

impl<'a> SnapshotRow<'a> {
    /// The text of a field in the form of the commercial endpoints, GUIDs in upper case; `None`
    /// if absent.
    pub fn field(&self, field: CommercialField) -> Option<Cow<'a, str>> {
        if field == CommercialField::CustomerTenantId {
            return Some(self.customer()?.to_string().to_uppercase().into());
        }
        let column = column(field)?;
        let number = self.text[column];
        if number == 0 {
            return None;
        }
        Some(wire_text(field, self.snapshot.text(column, number)))
    }

    /// The customer; `None` in a sum over several.
    pub fn customer(&self) -> Option<CustomerId> {
        let place = self.customer?;
        Some(self.snapshot.customers[place as usize].id)
    }

    /// When the source aggregated the row; `None` in a sum.
    pub fn processed(&self) -> Option<ProcessedDateTime> {
        ProcessedDateTime::from_microsecond(self.processed?).ok()
    }

    /// Whether it is of a delivery that is too old to count among all customers; `false` for a sum.
    pub fn is_late(&self) -> bool {
        let texts = [SERVICE, CHANNEL].map(|column| self.text[column]);
        let feed = self.snapshot.feeds.iter().find(|it| it.texts() == texts);
        let at = feed.zip(self.processed());
        at.is_some_and(|(feed, at)| self.snapshot.is_too_old(feed, days(at.day())))
    }

    /// Seats active or deployed.
    pub fn part(&self) -> u64 {
        self.part
    }

    /// Seats qualified or sold.
    pub fn whole(&self) -> u64 {
        self.whole
    }

    /// The percent of the part in the whole, by [`percent()`].
    pub fn percent(&self) -> f64 {
        percent(self.part, self.whole)
    }
}

/// The text column of a field; `None` for the customer's id, which is not a text.
fn column(field: CommercialField) -> Option<usize> {
    Some(match field {
        CommercialField::WorkloadCode => CODE,
        CommercialField::WorkloadName => WORKLOAD,
        CommercialField::ServiceCode => SERVICE,
        CommercialField::ServiceName => SERVICE_NAME,
        CommercialField::Channel => CHANNEL,
        CommercialField::CustomerTenantId => return None,
        CommercialField::CustomerName => CUSTOMER_NAME,
        CommercialField::ProductId => PRODUCT_ID,
        CommercialField::ProductName => PRODUCT,
    })
}

/// The form of a text in the commercial endpoints.
pub(crate) fn wire_text(field: CommercialField, text: &str) -> Cow<'_, str> {
    if field == CommercialField::ProductId && uuid::Uuid::try_parse(text).is_ok() {
        text.to_uppercase().into()
    } else {
        text.into()
    }
}

/// A filter, evaluated once for each text instead of each row.
enum Wanted {
    All(Vec<Wanted>),
    Any(Vec<Wanted>),
    /// Which groups of texts match.
    Group(Vec<bool>),
    /// Which names of customers match, by number.
    Name(Vec<bool>),
    /// Which customers match, by index.
    Customer(Vec<bool>),
}

impl Wanted {
    fn new(snapshot: &Snapshot, filter: &Filter) -> Self {
        let each = |parts: &[Filter]| {
            let parts = parts.iter();
            parts.map(|part| Self::new(snapshot, part)).collect()
        };
        match filter {
            Filter::And { parts, .. } => Self::All(each(parts)),
            Filter::Or { parts, .. } => Self::Any(each(parts)),
            Filter::Condition {
                field,
                comparison,
                value,
                ..
            } => {
                let value = value.to_lowercase();
                let holds =
                    |text: &str| (text.to_lowercase() == value) == (*comparison == Comparison::Eq);
                let texts = |column| {
                    let texts = snapshot.vocabulary.texts.values(column);
                    texts.map(holds).collect::<Vec<bool>>()
                };
                match column(*field) {
                    Some(CUSTOMER_NAME) => Self::Name(texts(CUSTOMER_NAME)),
                    Some(column) => {
                        let texts = texts(column);
                        let groups = snapshot.vocabulary.groups().iter();
                        Self::Group(groups.map(|it| texts[it[column] as usize]).collect())
                    }
                    None => {
                        let customers = snapshot.customers.iter();
                        Self::Customer(customers.map(|it| holds(&it.id.to_string())).collect())
                    }
                }
            }
        }
    }

    fn includes(&self, place: u32, row: &Row) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.includes(place, row)),
            Self::Any(parts) => parts.iter().any(|part| part.includes(place, row)),
            Self::Group(holds) => holds[row.group as usize],
            Self::Name(holds) => holds[row.name as usize],
            Self::Customer(holds) => holds[place as usize],
        }
    }
}
