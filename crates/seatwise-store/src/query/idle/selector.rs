//! The products and customers that a line of a file names, by id or by newest name.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use seatwise_types::CustomerId;
use seatwise_types::extensions::{IdleFileKind, IdleWarning};

use super::inputs::{IdleInputs, known_customers};
use super::products::Products;
use super::text_position::position;

/// The largest number of listed warnings.
const MOST_WARNINGS: usize = 100;

/// A text in a file that names a product or a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    pub(super) text: String,
    /// Its byte offset in the file.
    pub(super) at: usize,
}

/// A customer to search for: its id, and all names that it ever had, in lower case.
pub(crate) struct Mentioned {
    pub(crate) id: CustomerId,
    pub(crate) names: HashSet<String>,
}

impl Mentioned {
    /// Whether a text names the customer.
    pub(super) fn is(&self, selector: &Selector) -> bool {
        match selector.text.parse::<CustomerId>() {
            Ok(id) => id == self.id,
            Err(_) => self.names.contains(&selector.text.to_lowercase()),
        }
    }
}

/// What a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match<T> {
    One(T),
    Several,
}

/// The ids and newest names of a question's products and customers.
pub(super) struct Names {
    products: HashMap<String, Match<u32>, RandomState>,
    customers: HashMap<String, Match<CustomerId>, RandomState>,
}

impl Names {
    /// Looks up only names that occur in the files, because there are many customers.
    pub(super) fn of<'a>(
        facts: &IdleInputs,
        products: &Products<'_>,
        wanted: impl Iterator<Item = &'a Selector>,
    ) -> Self {
        let wanted = wanted.filter(|it| it.text.parse::<CustomerId>().is_err());
        let wanted: HashSet<String> = wanted.map(|it| it.text.to_lowercase()).collect();
        let mut customers = HashMap::default();
        if !wanted.is_empty() {
            for known in known_customers(facts) {
                let name = known.name.to_lowercase();
                if wanted.contains(&name) {
                    note(&mut customers, name, known.id);
                }
            }
        }
        let mut by_name = HashMap::default();
        let mut by_id = HashMap::default();
        for product in products.all() {
            let [id, name] = products.id_and_name(product);
            note(&mut by_name, name.to_lowercase(), product);
            if !id.is_empty() {
                note(&mut by_id, id.to_lowercase(), product);
            }
        }
        // An id takes precedence over an equal name.
        by_name.extend(by_id);
        Self {
            products: by_name,
            customers,
        }
    }

    fn product(&self, selector: &Selector) -> Option<Match<u32>> {
        self.products.get(&selector.text.to_lowercase()).copied()
    }

    fn customer(&self, selector: &Selector) -> Option<Match<CustomerId>> {
        if let Ok(id) = selector.text.parse() {
            return Some(Match::One(id));
        }
        self.customers.get(&selector.text.to_lowercase()).copied()
    }
}

fn note<T>(known: &mut HashMap<String, Match<T>, RandomState>, text: String, one: T) {
    known
        .entry(text)
        .and_modify(|found| *found = Match::Several)
        .or_insert(Match::One(one));
}

/// Lines of files without effect.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    /// Lines with an unknown name. They take effect as soon as the name exists.
    pub(crate) unknown: Vec<IdleWarning>,
    /// Lines whose name is ambiguous, or that repeat an earlier line.
    pub(crate) wrong: Vec<IdleWarning>,
}

/// Resolves the names in one file.
pub(super) struct Resolver<'a> {
    pub(super) names: &'a Names,
    pub(super) file: IdleFileKind,
    pub(super) text: &'a str,
    pub(super) warnings: &'a mut Warnings,
}

impl Resolver<'_> {
    /// The product and the customer of a line, as far as it names them; `None` and a warning if a
    /// name is unknown or ambiguous.
    pub(super) fn scope(
        &mut self,
        product: Option<&Selector>,
        customer: Option<&Selector>,
    ) -> Option<(Option<u32>, Option<CustomerId>)> {
        let names = self.names;
        let product = self.one(product, |it| names.product(it), "product", "id");
        let customer = self.one(customer, |it| names.customer(it), "customer", "GUID");
        Some((product?, customer?))
    }

    /// What a text names, or `Some(None)` without a text; `None` and a warning if the name is
    /// unknown or ambiguous.
    fn one<T>(
        &mut self,
        selector: Option<&Selector>,
        find: impl Fn(&Selector) -> Option<Match<T>>,
        field: &str,
        id: &str,
    ) -> Option<Option<T>> {
        let Some(selector) = selector else {
            return Some(None);
        };
        match find(selector) {
            Some(Match::One(one)) => return Some(Some(one)),
            Some(Match::Several) => {
                let problem = format!(
                    "several {field}s are called so: name the one that is meant by its {id}; the line \
                     has no effect"
                );
                self.wrong(selector.at, field, problem);
            }
            None => {
                let problem = format!(
                    "no {field} has this {id} or newest name: correct it, or leave it until there is \
                     one; the line has no effect"
                );
                let warning = self.warning(selector.at, field, problem);
                push(&mut self.warnings.unknown, warning);
            }
        }
        None
    }

    /// Adds a warning about an invalid line.
    pub(super) fn wrong(&mut self, at: usize, field: &str, problem: String) {
        let warning = self.warning(at, field, problem);
        push(&mut self.warnings.wrong, warning);
    }

    fn warning(&self, at: usize, field: &str, problem: String) -> IdleWarning {
        let (line, column) = position(self.text, at);
        IdleWarning {
            file: self.file,
            line,
            column,
            field: field.to_owned(),
            problem,
        }
    }
}

fn push(warnings: &mut Vec<IdleWarning>, one: IdleWarning) {
    if warnings.len() < MOST_WARNINGS {
        warnings.push(one);
    }
}

/// Values for products of customers, customers and products. The narrowest scope takes precedence,
/// in this order.
pub(super) struct Scoped<T> {
    of_both: HashMap<(u32, CustomerId), T, RandomState>,
    of_customer: HashMap<CustomerId, T, RandomState>,
    of_product: HashMap<u32, T, RandomState>,
}

impl<T> Default for Scoped<T> {
    fn default() -> Self {
        Self {
            of_both: HashMap::default(),
            of_customer: HashMap::default(),
            of_product: HashMap::default(),
        }
    }
}

impl<T> Scoped<T> {
    /// Adds a value for a scope. Returns false, and keeps the earlier value, if the scope has one.
    pub(super) fn insert(&mut self, scope: (Option<u32>, Option<CustomerId>), said: T) -> bool {
        use std::collections::hash_map::Entry;
        fn put<K, T>(entry: Entry<'_, K, T>, said: T) -> bool {
            match entry {
                Entry::Occupied(_) => false,
                Entry::Vacant(free) => {
                    free.insert(said);
                    true
                }
            }
        }
        match scope {
            (Some(product), Some(customer)) => put(self.of_both.entry((product, customer)), said),
            (None, Some(customer)) => put(self.of_customer.entry(customer), said),
            (Some(product), None) => put(self.of_product.entry(product), said),
            (None, None) => false,
        }
    }

    pub(super) fn get(&self, product: u32, customer: CustomerId) -> Option<&T> {
        self.of_both
            .get(&(product, customer))
            .or_else(|| self.of_customer.get(&customer))
            .or_else(|| self.of_product.get(&product))
    }
}
