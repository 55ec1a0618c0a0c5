//! The bridge between two answers.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use seatwise_types::own::{Cause, Change, ChangeFigure, ChangeStep, Selection};
use seatwise_types::{CustomerId, ProcessedDateTime};

use crate::model::percent::{hundredths, percent};
use crate::query::facts::{Facts, Row};
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

/// Tells how the figures of one answer became those of another, for each service, channel and
/// workload that one of them has, in their order.
///
/// `corrected` is what is known for the second answer about the day of the first one. Of a
/// selection service, channel, workload and customer count. A workload is in the answer if it is called so,
/// by any customer, in one of the answers: its name may be another one in the next.
pub fn changes(
    before: &Facts,
    corrected: &Facts,
    after: &Facts,
    selection: &Selection,
) -> Vec<Change> {
    let [before, corrected, after] =
        [before, corrected, after].map(|facts| Answer::read(facts, selection));
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
    fn read(facts: &'a Facts, selection: &Selection) -> Self {
        let counting = || {
            let deliveries = facts.deliveries.iter().filter(|it| !it.is_late);
            deliveries.flat_map(|it| facts.rows_in(it))
        };
        let workloads = Workloads::of(counting().map(|row| facts.naming(row)));
        let key = |row: &Row| {
            let naming = facts.naming(row);
            (naming.0, naming.1, workloads.workload(naming))
        };
        let mut answer = Self::default();
        if let Some(text) = &selection.workload {
            let called = counting().filter(|row| facts.is_workload(row, text));
            answer.called = called.map(key).collect();
        }
        for delivery in facts.selected_deliveries(selection) {
            let (service, channel) = facts.feed(delivery);
            let customer = facts.customer_at(delivery.customer).id;
            if delivery.is_late {
                answer.late.insert((service, channel, customer));
                continue;
            }
            for row in facts.rows_in(delivery) {
                let key = key(row);
                let figure = answer.figures.entry(key).or_default();
                let seats = figure.entry(customer).or_default();
                seats.0 += row.part;
                seats.1 += row.whole;
                let (.., name) = facts.naming(row);
                let name = (delivery.processed, name);
                let newest = answer.names.entry(key).or_insert(name);
                *newest = name.max(*newest);
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
