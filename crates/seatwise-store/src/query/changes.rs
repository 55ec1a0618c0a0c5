//! The bridge between two answers.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use seatwise_types::own::{Cause, Change, ChangeFigure, ChangeStep, Selection};
use seatwise_types::{CustomerId, ProcessedDateTime};

use crate::model::percent::{hundredths, percent};
use crate::query::question::{QuestionError, check_selection};
use crate::query::snapshot::Snapshot;
use crate::query::workload::{Workload, Workloads};

/// What a figure is of: service, channel and workload.
type Key<'a> = (&'a str, &'a str, Workload<'a>);

/// The seats of each customer in a figure: the part and the whole.
type Seats = BTreeMap<CustomerId, (u64, u64)>;

/// One answer: its figures, and the customers with rows there that do not count.
#[derive(Default)]
struct Answer<'a> {
    figures: BTreeMap<Key<'a>, Seats>,
    late: HashSet<(&'a str, &'a str, CustomerId)>,
    names: BTreeMap<Key<'a>, (ProcessedDateTime, &'a str)>,
    /// The figures that some customer calls by the workload that is wanted.
    called: HashSet<Key<'a>>,
}

/// Of which service, channel, workload and customer changes are asked for.
#[derive(Debug, Clone, Default)]
pub struct ChangesQuestion(Selection);

impl ChangesQuestion {
    /// # Errors
    /// If it is to select by a product.
    pub fn new(selection: Selection) -> Result<Self, QuestionError> {
        let why = "changes have no products; `history?by=product` has figures of products";
        check_selection(selection.product.as_ref(), "product", why)?;
        Ok(Self(selection))
    }
}

/// Tells how the figures of one answer became those of another, for each service, channel and
/// workload that one of them has, in their order.
///
/// `corrected` is what is known for the second answer about the day of the first one. A workload is in the answer if it is called so,
/// by any customer, in one of the answers: its name may be another one in the next.
pub fn changes(
    before: &Snapshot,
    corrected: &Snapshot,
    after: &Snapshot,
    question: &ChangesQuestion,
) -> Vec<Change> {
    let selection = &question.0;
    let [before, corrected, after] =
        [before, corrected, after].map(|snapshot| Answer::read(snapshot, selection));
    let answers = [&before, &corrected, &after];
    let keys: BTreeSet<&Key<'_>> = answers
        .iter()
        .flat_map(|answer| answer.figures.keys())
        .filter(|key| {
            selection.workload.is_none() || answers.iter().any(|it| it.called.contains(key))
        })
        .collect();
    let mut changes: Vec<Change> = keys
        .into_iter()
        .map(|key| {
            let names = answers.iter().filter_map(|answer| answer.names.get(key));
            let name = names.max().map_or("", |(_, name)| *name);
            change(key, name, answers)
        })
        .collect();
    changes.sort_by(|a, b| {
        let place = |it: &Change| {
            let (service, channel) = (it.service_code.to_string(), it.channel.to_string());
            (service, channel, it.workload_name.clone())
        };
        place(a).cmp(&place(b))
    });
    changes
}

impl<'a> Answer<'a> {
    fn read(snapshot: &'a Snapshot, selection: &Selection) -> Self {
        let counting = snapshot.deliveries().filter(|it| !it.is_late());
        let used = snapshot.groups_of(counting.flat_map(|it| it.rows()));
        let workloads = Workloads::of(used.iter().map(|group| snapshot.naming(*group)));
        // Thousands of rows have the same texts, and are of one figure.
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
        let mut figures: Vec<Vec<(CustomerId, (u64, u64))>> = vec![Vec::new(); keys.len()];
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
                // Customers come one after the other.
                let seats = &mut figures[figure];
                if seats.last().is_none_or(|(last, _)| *last != customer) {
                    seats.push((customer, (0, 0)));
                }
                if let Some((_, sum)) = seats.last_mut() {
                    sum.0 += u64::from(row.part);
                    sum.1 += u64::from(row.whole);
                }
                let (.., name) = snapshot.naming(row.group);
                names[figure] = names[figure].max(Some((it.delivery.processed, name)));
            }
        }
        for ((key, seats), name) in keys.into_iter().zip(figures).zip(names) {
            if let Some(name) = name {
                answer.figures.insert(key, seats.into_iter().collect());
                answer.names.insert(key, name);
            }
        }
        answer
    }

    fn seats(&self, key: &Key<'a>) -> Seats {
        self.figures.get(key).cloned().unwrap_or_default()
    }

    fn is_late(&self, key: &Key<'a>, customer: CustomerId) -> bool {
        self.late.contains(&(key.0, key.1, customer))
    }
}

/// The bridge of one figure. After each step the percent is made again; the difference is its effect,
/// so all effects together are the whole difference.
fn change(key: &Key<'_>, name: &str, [before, corrected, after]: [&Answer<'_>; 3]) -> Change {
    let mut bridge = Bridge::new(before.seats(key));
    let (first, last) = (corrected.seats(key), after.seats(key));
    bridge.step(Cause::Restated, first.clone());

    let customers: BTreeSet<CustomerId> = first.keys().chain(last.keys()).copied().collect();
    let mut next = first.clone();
    for customer in customers {
        match (first.get(&customer), last.get(&customer)) {
            (Some(_), None) if after.is_late(key, customer) => {
                next.remove(&customer);
            }
            (None, Some(seats)) if corrected.is_late(key, customer) => {
                next.insert(customer, *seats);
            }
            _ => {}
        }
    }
    bridge.step(Cause::Late, next.clone());
    for (customer, seats) in &last {
        next.entry(*customer).or_insert(*seats);
    }
    bridge.step(Cause::NewCustomers, next.clone());
    next.retain(|customer, _| last.contains_key(customer));
    bridge.step(Cause::LostCustomers, next.clone());
    for (customer, seats) in &mut next {
        seats.1 = last[customer].1;
    }
    bridge.step(Cause::Seats, next);
    bridge.step(Cause::Use, last);

    let (service, channel, workload) = key;
    let has_workload = *workload != Workload::Name("");
    let [from, to] = [before, after].map(|answer| figure(answer.figures.get(key)));
    Change {
        service_code: (*service).into(),
        channel: (*channel).into(),
        workload_name: has_workload.then(|| name.to_owned()),
        points: points(
            (from.numerator, from.denominator),
            (to.numerator, to.denominator),
        ),
        from,
        to,
        steps: bridge.steps,
    }
}

fn figure(seats: Option<&Seats>) -> ChangeFigure {
    let Some(seats) = seats else {
        return ChangeFigure::default();
    };
    let (numerator, denominator) = sum(seats);
    ChangeFigure {
        numerator,
        denominator,
        percent: Some(percent(numerator, denominator)),
    }
}

fn sum(seats: &Seats) -> (u64, u64) {
    seats.values().fold((0, 0), |(part, whole), seats| {
        (part + seats.0, whole + seats.1)
    })
}

/// A figure on its way from one answer to the other.
struct Bridge {
    seats: Seats,
    steps: Vec<ChangeStep>,
}

impl Bridge {
    fn new(seats: Seats) -> Self {
        Self {
            seats,
            steps: Vec::new(),
        }
    }

    fn step(&mut self, cause: Cause, next: Seats) {
        let (old, new) = (sum(&self.seats), sum(&next));
        let all: BTreeSet<&CustomerId> = self.seats.keys().chain(next.keys()).collect();
        let changed = all
            .into_iter()
            .filter(|customer| self.seats.get(customer) != next.get(customer));
        self.steps.push(ChangeStep {
            cause,
            customers: changed.count() as u64,
            numerator: new.0.cast_signed() - old.0.cast_signed(),
            denominator: new.1.cast_signed() - old.1.cast_signed(),
            points: points(old, new),
        });
        self.seats = next;
    }
}

/// The difference of two percents in points: the double nearest to its two decimals.
fn points(old: (u64, u64), new: (u64, u64)) -> f64 {
    let [old, new] = [old, new].map(|(part, whole)| hundredths(part, whole).cast_signed());
    (new - old) as f64 / 100.0
}
