//! Lists that come in pages.

use serde::{Deserialize, Serialize};

/// As much of a list as an answer has of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// How many items there are on all pages.
    pub total_count: u64,
    /// Those of this one.
    pub items: Vec<T>,
}

/// How many items of each list an answer has by default.
pub const DEFAULT_TOP: u32 = 100;

/// How many items of each list an answer may have.
pub const MAX_TOP: u32 = 1_000;

impl<T> Page<T> {
    /// The page of a list after `skip` items, of `top` items at the most.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::own::Page;
    ///
    /// let page = Page::of(vec!["a", "b", "c"], 1, 1);
    /// assert_eq!((page.total_count, page.items), (3, vec!["b"]));
    /// ```
    pub fn of(list: Vec<T>, skip: usize, top: usize) -> Self {
        Self {
            total_count: list.len() as u64,
            items: list.into_iter().skip(skip).take(top).collect(),
        }
    }
}
