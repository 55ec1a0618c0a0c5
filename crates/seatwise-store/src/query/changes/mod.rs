//! The bridge between two answers: which figures it covers, and the seats of their customers.

mod bridge;
mod customers;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use seatwise_types::extensions::{Change, Selection};
use seatwise_types::{CustomerId, ProcessedDateTime};

use self::bridge::{Bridge, Ends, Seats};
use crate::query::question::{QuestionError, check_selection};
use crate::query::snapshot::{KnownCustomer, Snapshot};
use crate::query::workload::{Workload, Workloads};

/// The key of a figure: service, channel and workload.
type Key<'a> = (&'a str, &'a str, Workload<'a>);

/// The content of one answer: the figures with the seats of their customers, by id, and the late
/// customers.
#[derive(Default)]
struct Answer<'a> {
    figures: BTreeMap<Key<'a>, Vec<(CustomerId, Seats)>>,
    late: HashSet<(&'a str, &'a str, CustomerId)>,
    names: BTreeMap<Key<'a>, (ProcessedDateTime, &'a str)>,
    /// The figures that any customer calls by the selected workload.
    called: HashSet<Key<'a>>,
}

/// The selection of a bridge, and whether each figure lists the customers that moved it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ChangesQuestion {
    selection: Selection,
    customers: Option<Range<usize>>,
}

impl ChangesQuestion {
    /// # Errors
    /// If the selection names a product.
    pub fn new(selection: Selection) -> Result<Self, QuestionError> {
        let why = "changes have no products; `history?by=product` has figures of products";
        check_selection(selection.product.as_ref(), "product", why)?;
        Ok(Self {
            selection,
            customers: None,
        })
    }

    /// The same question with customers: each figure lists this range of the customers that moved
    /// it, counted from the largest effect.
    pub fn by_customer(mut self, page: Range<usize>) -> Self {
        self.customers = Some(page);
        self
    }
}

/// The changes between two answers, for each service, channel and workload in either, in order.
///
/// `corrected` is the day of the first answer as known for the second. A selected workload is in
/// the result if any customer uses this name in either answer, because names can differ between
/// answers.
///
/// If the question asks [for customers](ChangesQuestion::by_customer), each change has a page of
/// them.
pub fn changes(
    before: &Snapshot,
    corrected: &Snapshot,
    after: &Snapshot,
    question: &ChangesQuestion,
) -> Vec<Change> {
    let selection = &question.selection;
    let snapshots = [before, corrected, after];
    // Where nothing was corrected, both are the same snapshot.
    let was_corrected = !std::ptr::eq(before, corrected);
    let (before, after) = (
        Answer::read(before, selection),
        Answer::read(after, selection),
    );
    let corrected = was_corrected.then(|| Answer::read(corrected, selection));
    let answers = [&before, corrected.as_ref().unwrap_or(&before), &after];
    let keys: BTreeSet<&Key<'_>> = answers
        .iter()
        .flat_map(|answer| answer.figures.keys())
        .filter(|key| {
            selection.workload.is_none() || answers.iter().any(|it| it.called.contains(key))
        })
        .collect();
    let changes = keys.into_iter().map(|key| {
        let names = answers.iter().filter_map(|answer| answer.names.get(key));
        let name = names.max().map_or("", |(_, name)| *name);
        let bridge = Bridge::of(ends(key, &answers));
        let (service, channel, workload) = key;
        let has_workload = *workload != Workload::Name("");
        Change {
            service_code: (*service).into(),
            channel: (*channel).into(),
            workload_name: has_workload.then(|| name.to_owned()),
            from: bridge.from(),
            to: bridge.to(),
            points: bridge.points(),
            steps: bridge.steps(),
            customers: question.customers.as_ref().map(|page| {
                customers::page(&bridge, page.clone(), |id| newest_name(id, snapshots))
            }),
        }
    });
    let mut changes: Vec<Change> = changes.collect();
    changes.sort_by(|a, b| {
        let place = |it: &Change| {
            let (service, channel) = (it.service_code.to_string(), it.channel.to_string());
            (service, channel, it.workload_name.clone())
        };
        place(a).cmp(&place(b))
    });
    changes
}

/// The seats of each customer of a figure in all answers, by id.
fn ends<'a>(key: &Key<'a>, answers: &[&Answer<'a>; 3]) -> Vec<(CustomerId, Ends)> {
    let [_, corrected, after] = answers;
    let mut rest = answers.map(|answer| answer.seats(key));
    let mut ends = Vec::new();
    while let Some(id) = rest.iter().filter_map(|it| it.first()).map(|it| it.0).min() {
        let [before, corrected_seats, after_seats] = rest.each_mut().map(|it| take(it, id));
        let of_customer = Ends {
            before,
            corrected: corrected_seats,
            after: after_seats,
            was_late: corrected.is_late(key, id),
            is_late: after.is_late(key, id),
        };
        ends.push((id, of_customer));
    }
    ends
}

/// Takes the seats of a customer if it is the first of the remaining ones.
fn take(rest: &mut &[(CustomerId, Seats)], id: CustomerId) -> Option<Seats> {
    let ((first, seats), others) = rest.split_first()?;
    (*first == id).then(|| {
        *rest = others;
        *seats
    })
}

/// The newest name of a customer among several answers.
fn newest_name(id: CustomerId, snapshots: [&Snapshot; 3]) -> String {
    let known = snapshots.into_iter().filter_map(|it| it.customer(id));
    let newest = known.reduce(KnownCustomer::or_newer);
    newest.map_or_else(String::new, |customer| customer.name.to_owned())
}

impl<'a> Answer<'a> {
    fn read(snapshot: &'a Snapshot, selection: &Selection) -> Self {
        let counting = snapshot.deliveries().filter(|it| !it.is_late());
        let used = snapshot.groups_of(counting.flat_map(|it| it.rows()));
        let workloads = Workloads::of(used.iter().map(|group| snapshot.naming(*group)));
        // Thousands of rows have the same texts and belong to the same figure.
        let mut keys: Vec<Key<'_>> = Vec::new();
        let mut known: HashMap<Key<'_>, usize> = HashMap::new();
        let groups = (0..snapshot.groups() as u32).map(|group| {
            let naming = snapshot.naming(group);
            let key = (naming.0, naming.1, workloads.workload(naming));
            *known.entry(key).or_insert_with(|| {
                keys.push(key);
                keys.len() - 1
            })
        });
        let groups: Vec<usize> = groups.collect();
        let mut answer = Self::default();
        if let Some(text) = &selection.workload {
            let called = used
                .iter()
                .filter(|group| snapshot.is_workload(**group, text));
            answer.called = called.map(|group| keys[groups[*group as usize]]).collect();
        }
        let mut figures: Vec<Vec<(CustomerId, Seats)>> = vec![Vec::new(); keys.len()];
        let mut names = vec![None; keys.len()];
        for it in snapshot.selected_deliveries(selection) {
            let customer = it.id();
            if it.is_late() {
                let (service, channel) = it.feed();
                answer.late.insert((service, channel, customer));
                continue;
            }
            for row in it.rows() {
                let figure = groups[row.group as usize];
                // Deliveries are sorted by customer.
                let seats = &mut figures[figure];
                if seats.last().is_none_or(|(last, _)| *last != customer) {
                    seats.push((customer, Seats::default()));
                }
                if let Some((_, sum)) = seats.last_mut() {
                    sum.part += u64::from(row.part);
                    sum.whole += u64::from(row.whole);
                }
                let (.., name) = snapshot.naming(row.group);
                names[figure] = names[figure].max(Some((it.delivery.processed, name)));
            }
        }
        for ((key, seats), name) in keys.into_iter().zip(figures).zip(names) {
            if let Some(name) = name {
                answer.figures.insert(key, seats);
                answer.names.insert(key, name);
            }
        }
        answer
    }

    fn seats(&self, key: &Key<'a>) -> &[(CustomerId, Seats)] {
        self.figures.get(key).map_or(&[], Vec::as_slice)
    }

    fn is_late(&self, key: &Key<'a>, customer: CustomerId) -> bool {
        self.late.contains(&(key.0, key.1, customer))
    }
}
