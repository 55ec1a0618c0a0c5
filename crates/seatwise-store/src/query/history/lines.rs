//! The lines of a history: the rows that count at each date.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use seatwise_types::extensions::{By, Gap};
use seatwise_types::{CustomerId, ProcessedDateTime};

use super::points::{Line, LineOf, Point, check_points};
use super::question::HistoryQuestion;
use crate::ledger::Counts;
use crate::model::columns::{CODE, PRODUCT, PRODUCT_ID, WORKLOAD};
use crate::model::texts::Texts;
use crate::query::question::QuestionError;
use crate::query::workload::{Naming, Workload, Workloads};

/// The approximate memory of a group's sum, in bytes.
const GROUP_BYTES: usize = 384;

/// The rows that count at a date in one service and channel, in the groups that a question needs.
pub(super) struct CountingRows<'a> {
    texts: &'a Texts,
    question: &'a HistoryQuestion,
    totals: HashMap<Group, Total, RandomState>,
}

/// The key of a group.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Group {
    code: u32,
    workload: u32,
    /// Whether the question selects it. The others are kept because they determine the names of
    /// workloads.
    is_selected: bool,
    customer: Option<CustomerId>,
    product_id: u32,
    product: u32,
}

/// The sum of the rows of a group that count.
#[derive(Default)]
struct Total {
    counts: Counts,
    /// The number of rows of each processed date, so that the newest can be removed.
    processed: BTreeMap<ProcessedDateTime, i64>,
}

impl<'a> CountingRows<'a> {
    /// Starts empty. `texts` has the texts of the rows to be added.
    pub(super) fn new(texts: &'a Texts, question: &'a HistoryQuestion) -> Self {
        Self {
            texts,
            question,
            totals: HashMap::default(),
        }
    }

    /// Adds rows of a customer, or of several; negative counts remove them. `text` has the numbers
    /// of their texts.
    pub(super) fn add(
        &mut self,
        text: &[u32; 8],
        customer: Option<CustomerId>,
        processed: ProcessedDateTime,
        counts: Counts,
    ) {
        let group = self.group(text, customer);
        let total = self.totals.entry(group).or_default();
        total.counts.add(counts);
        let rows = total.processed.entry(processed).or_default();
        *rows += counts.rows;
        if *rows == 0 {
            total.processed.remove(&processed);
        }
        if total.processed.is_empty() && total.counts == Counts::default() {
            self.totals.remove(&group);
        }
    }

    /// The approximate memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.totals.len() * GROUP_BYTES
    }

    fn group(&self, text: &[u32; 8], customer: Option<CustomerId>) -> Group {
        let HistoryQuestion { by, selection, .. } = self.question;
        let is_product = |wanted: &String| {
            self.texts.is(PRODUCT_ID, text[PRODUCT_ID], wanted)
                || self.texts.is(PRODUCT, text[PRODUCT], wanted)
        };
        let is_selected = selection.customer.is_none_or(|it| Some(it) == customer)
            && selection.product.as_ref().is_none_or(is_product);
        let [product_id, product] = if *by == By::Product {
            [text[PRODUCT_ID], text[PRODUCT]]
        } else {
            [0; 2]
        };
        Group {
            code: text[CODE],
            workload: text[WORKLOAD],
            is_selected,
            customer: customer.filter(|_| *by == By::Customer),
            product_id,
            product,
        }
    }

    fn naming(&self, group: &Group) -> Naming<'a> {
        let code = Some(group.code).filter(|code| *code != 0);
        let code = code.map(|code| self.texts.text(CODE, code));
        // Service and channel are the same for all rows here.
        ("", "", code, self.texts.text(WORKLOAD, group.workload))
    }
}

/// The key of a line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LineKey<'a> {
    Partner,
    Customer(CustomerId),
    Workload(Workload<'a>),
    /// The product's id, or its name if it has none.
    Product(Result<&'a str, &'a str>),
}

/// A line under construction: its newest name, and its points by the index of their dates.
#[derive(Default)]
struct Making<'a> {
    name: Option<(ProcessedDateTime, &'a str)>,
    points: BTreeMap<usize, Point>,
}

/// The lines of one service and channel under construction.
pub(super) struct Lines<'a> {
    dates: usize,
    making: BTreeMap<LineKey<'a>, Making<'a>>,
    /// Whether there was a delivery, for each date so far.
    delivered: Vec<bool>,
}

impl<'a> Lines<'a> {
    /// Lines with this number of dates.
    pub(super) fn new(dates: usize) -> Self {
        Self {
            dates,
            making: BTreeMap::new(),
            delivered: Vec::with_capacity(dates),
        }
    }

    /// Notes the figures at the next date. Without a delivery since the previous date, they would
    /// repeat an earlier date and are left out.
    ///
    /// # Errors
    /// If there are too many points.
    pub(super) fn note(
        &mut self,
        counting: &CountingRows<'a>,
        is_delivered: bool,
    ) -> Result<(), QuestionError> {
        let date = self.delivered.len();
        self.delivered.push(is_delivered);
        if is_delivered {
            self.note_points(date, counting);
        }
        check_points(self.making.len(), self.dates)
    }

    fn note_points(&mut self, date: usize, counting: &CountingRows<'a>) {
        let CountingRows {
            texts,
            question,
            totals,
        } = counting;
        let naming = |group: &Group| counting.naming(group);
        let workloads = Workloads::of(totals.keys().map(naming));
        let wanted: Option<Vec<Workload<'_>>> =
            question.selection.workload.as_ref().map(|wanted| {
                let called = totals.keys().filter(|group| {
                    texts.is(CODE, group.code, wanted) || texts.is(WORKLOAD, group.workload, wanted)
                });
                called
                    .map(|group| workloads.workload(naming(group)))
                    .collect()
            });
        for (group, total) in totals.iter().filter(|(group, _)| group.is_selected) {
            let workload = workloads.workload(naming(group));
            if wanted
                .as_ref()
                .is_some_and(|wanted| !wanted.contains(&workload))
            {
                continue;
            }
            let Some((processed, _)) = total.processed.last_key_value() else {
                continue;
            };
            let product = texts.text(PRODUCT, group.product);
            let (key, name) = match (question.by, group.customer) {
                (By::Customer, Some(id)) => (LineKey::Customer(id), ""),
                (By::Workload, _) => {
                    let name = texts.text(WORKLOAD, group.workload);
                    (LineKey::Workload(workload), name)
                }
                (By::Product, _) => {
                    let id = texts.text(PRODUCT_ID, group.product_id);
                    let id = Some(id).filter(|id| !id.is_empty());
                    (LineKey::Product(id.ok_or(product)), product)
                }
                (By::Partner | By::Customer, _) => (LineKey::Partner, ""),
            };
            let line = self.making.entry(key).or_default();
            line.name = line.name.max(Some((*processed, name)));
            let point = line.points.entry(date).or_insert(Point {
                part: 0,
                whole: 0,
                processed: *processed,
            });
            point.part += total.counts.part.unsigned_abs();
            point.whole += total.counts.whole.unsigned_abs();
            point.processed = point.processed.max(*processed);
        }
    }

    /// The lines in order. `customers` has the names of customers.
    pub(super) fn into_lines(
        self,
        (service, channel): (&str, &str),
        customers: &HashMap<CustomerId, (ProcessedDateTime, &str), RandomState>,
    ) -> Vec<Line> {
        let lines = self.making.into_iter().map(|(key, line)| {
            let name = line.name.map_or("", |(_, name)| name).to_owned();
            let of = match key {
                LineKey::Partner => LineOf::Partner,
                LineKey::Customer(id) => {
                    let name = customers.get(&id).map_or("", |(_, name)| name);
                    LineOf::Customer(id, name.to_owned())
                }
                LineKey::Workload(Workload::Code(code)) => {
                    LineOf::Workload(name, Some(code.to_owned()))
                }
                LineKey::Workload(Workload::Name(_)) => LineOf::Workload(name, None),
                LineKey::Product(Ok(id)) => LineOf::Product(name, Some(id.to_owned())),
                LineKey::Product(Err(_)) => LineOf::Product(name, None),
            };
            let points = self.delivered.iter().enumerate();
            let points = points.map(|(date, is_delivered)| {
                let gap = match is_delivered {
                    true => Gap::NoRows,
                    false => Gap::NoDelivery,
                };
                line.points.get(&date).copied().ok_or(gap)
            });
            Line {
                service_code: service.to_owned(),
                channel: channel.to_owned(),
                of,
                points: points.collect(),
            }
        });
        let mut lines: Vec<Line> = lines.collect();
        lines.sort_by(|a, b| a.of.cmp(&b.of));
        lines
    }
}
