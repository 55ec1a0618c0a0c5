//! Idle seats: sold and not assigned, or qualified and not used, and their cost.
//!
//! One pass over the customers adds up all rows and keeps those of one page. `docs/semantics.md`
//! defines the figures.

mod by_customer;
mod context;
mod covered;
mod feeds;
mod inputs;
mod order;
mod policy;
mod positions;
mod price_book;
mod prices;
mod problems;
mod products;
mod ranks;
mod rules;
mod selector;
mod tally;
mod text_position;
mod wanted;
mod workloads;

use std::cmp::Reverse;
use std::ops::Range;

use seatwise_types::extensions::{
    IdleCoverage, IdleProduct, IdleRow, IdleSeats, IdleShow, IdleSort, IdleWarning, IdleWorth,
    Page, Selection,
};

use self::context::Context;
use self::covered::Coverage;
use self::inputs::{OfCustomer, each_customer};
use self::order::{RowKey, SortedPage, ranks_of_names};
use self::positions::{Position, Positions};
use self::products::Products;
pub(crate) use self::selector::{Mentioned, Warnings};
use self::tally::IdleTally;
use self::wanted::Wanted;
use crate::query::question::{QuestionError, check_selection};

pub use self::by_customer::idle_by_customer;
pub use self::inputs::IdleInputs;
pub use self::policy::Policy;
pub use self::prices::Prices;
pub use self::problems::IdleFileError;
pub use self::rules::{IdleRules, IdleRulesError, KeptIdleFile};

/// A question for idle seats.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdleQuestion {
    selection: Selection,
    sort: IdleSort,
    show: IdleShow,
    page: Range<usize>,
}

impl IdleQuestion {
    /// `page` is the range of the listed products and rows. Sums always cover all selected rows.
    ///
    /// # Errors
    /// If the selection names a workload.
    pub fn new(
        selection: Selection,
        sort: IdleSort,
        show: IdleShow,
        page: Range<usize>,
    ) -> Result<Self, QuestionError> {
        check_workload(&selection)?;
        Ok(Self {
            selection,
            sort,
            show,
            page,
        })
    }
}

/// Refuses to select by a workload.
fn check_workload(selection: &Selection) -> Result<(), QuestionError> {
    let why = "a seat is sold for a product with all its workloads";
    check_selection(selection.workload.as_ref(), "workload", why)
}

/// The idle seats of a partner, or of a selection.
#[derive(Debug, Clone, PartialEq)]
pub struct IdleFound {
    /// Seats of all selected rows.
    pub totals: IdleSeats,
    /// What they cost, one element for each currency.
    pub worth: Vec<IdleWorth>,
    /// Which customers are in these figures and which are not, for each service and channel.
    pub coverage: Vec<IdleCoverage>,
    /// Lines of the partner's files without effect.
    pub warnings: Vec<IdleWarning>,
    /// A page of the products, most idle seats first.
    pub products: Page<IdleProduct>,
    /// A page of the rows.
    pub rows: Page<IdleRow>,
}

/// Calculates idle seats: totals of all selected rows, and a page of rows.
///
/// Late deliveries do not count, even for a single customer, so the figures of customers always add
/// up to those of the partner.
pub fn idle<'a>(facts: &'a IdleInputs, rules: &'a IdleRules, question: &IdleQuestion) -> IdleFound {
    let selection = &question.selection;
    let (context, warnings) = Context::of(facts, rules);
    let wanted = Wanted::of(&context, selection);
    let Context {
        products,
        feeds,
        prices,
        ..
    } = &context;

    let mut positions = Positions::new(&context);
    let mut coverage = Coverage::new(feeds.len());
    let mut total = IdleTally::default();
    let mut by_product = vec![IdleTally::default(); products.all().len()];
    let mut sorted = SortedPage::new(question.page.clone());
    let names = match (question.sort, selection.customer) {
        (IdleSort::Customer, None) => ranks_of_names(facts),
        _ => Vec::new(),
    };
    let mut names = names.into_iter();
    let mut add = |id, of: &OfCustomer<'_>| {
        coverage.add(feeds, of);
        // Customers come in the order of their ids.
        let name = names.next().unwrap_or_default();
        for it in positions
            .of_customer(id, of)
            .iter()
            .filter(|it| wanted.has(it))
        {
            total.add(it);
            by_product[it.product as usize].add(it);
            if is_shown(question.show, it) {
                let rank = products.rank(it.product);
                sorted.add(RowKey::new(question.sort, it, id, name, rank));
            }
        }
    };
    match selection.customer {
        Some(id) => add(id, &OfCustomer::read(facts, id)),
        None => each_customer(facts, facts.usage.deliveries(), add),
    }

    let (count, keys) = sorted.finish();
    let rows = keys.iter().filter_map(|key| {
        let of = OfCustomer::read(facts, key.customer);
        positions.of_customer(key.customer, &of);
        let is_it =
            |it: &Position<'_>| it.feed == key.feed && products.rank(it.product) == key.rank();
        positions.row(is_it, &of)
    });
    let rows = Page {
        total_count: count as u64,
        items: rows.collect(),
    };
    let currencies = prices.currencies();
    IdleFound {
        totals: total.seats,
        worth: total.worth(currencies),
        coverage: coverage.shown(feeds, &wanted.feeds),
        warnings: warnings.wrong.into_iter().chain(warnings.unknown).collect(),
        products: page_of_products(products, &by_product, currencies, &question.page),
        rows,
    }
}

/// The lines of the files that would have no effect.
pub(crate) fn check(facts: &IdleInputs, rules: &IdleRules) -> Warnings {
    let products = Products::of(facts);
    let names = rules.names(facts, &products);
    let (_, _, warnings) = rules.books(&names);
    warnings
}

/// Whether a row is listed.
fn is_shown(show: IdleShow, it: &Position<'_>) -> bool {
    match show {
        IdleShow::All => true,
        IdleShow::Excluded => it.exclusion.is_some(),
        IdleShow::Unpriced => it.idle > 0 && it.price.is_none(),
        IdleShow::Idle => {
            let is_over = |it: &positions::Deployed| it.over_assigned > Some(0) || it.new > 0;
            let is_unused = |it: &positions::Used| it.is_any_unused;
            it.exclusion.is_none()
                && (it.idle > 0
                    || it.deployment.as_ref().is_some_and(is_over)
                    || it.usage.as_ref().is_some_and(is_unused))
        }
    }
}

fn page_of_products(
    products: &Products<'_>,
    tallies: &[IdleTally],
    currencies: &[String],
    page: &Range<usize>,
) -> Page<IdleProduct> {
    let mut sorted = SortedPage::new(page.clone());
    let used = products
        .all()
        .zip(tallies)
        .filter(|(_, it)| it.seats.rows > 0);
    for (product, it) in used {
        sorted.add((Reverse(it.seats.idle), products.rank(product), product));
    }
    let (count, keys) = sorted.finish();
    let items = keys.into_iter().map(|(_, _, product)| {
        let [id, name] = products.id_and_name(product);
        let tally = &tallies[product as usize];
        IdleProduct {
            product_id: (!id.is_empty()).then(|| id.to_owned()),
            product_name: name.to_owned(),
            totals: tally.seats,
            worth: tally.worth(currencies),
        }
    });
    Page {
        total_count: count as u64,
        items: items.collect(),
    }
}
