//! Paged lists.

use serde::{Deserialize, Serialize};

/// The part of a list that an answer has.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The number of items on all pages.
    pub total_count: u64,
    /// The items of this page.
    pub items: Vec<T>,
}

/// The number of items of each list in an answer, by default.
pub const DEFAULT_TOP: u32 = 100;

/// The largest number of items of each list in an answer.
pub const MAX_TOP: u32 = 1_000;

impl<T> Page<T> {
    /// At most `top` items of a list, after the first `skip`.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::extensions::Page;
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
