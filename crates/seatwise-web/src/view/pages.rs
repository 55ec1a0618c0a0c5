//! The filters of a list, and its pages.

use super::View;
use crate::words;

/// An active filter, and the address without it.
pub(crate) struct Chip {
    pub(crate) text: String,
    pub(crate) href: String,
}

/// The links between the pages of a list.
pub(crate) struct Pages {
    pub(crate) text: String,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

impl Pages {
    /// The links on page `page`, from 1, of a list of `count` items with `size` on each page; `None` if there
    /// is only one page.
    pub(crate) fn of(view: &View, page: usize, size: usize, count: usize) -> Option<Self> {
        if count <= size && page == 1 {
            return None;
        }
        let to = |page: usize| view.with([("page", (page > 1).then(|| page.to_string()))]);
        let last = count.div_ceil(size).max(1);
        let first = (page - 1).saturating_mul(size).saturating_add(1);
        let end = page.saturating_mul(size).min(count);
        Some(Self {
            text: format!(
                "{} to {} of {}",
                words::count(first as u64),
                words::count(end as u64),
                words::count(count as u64)
            ),
            previous: (page > 1).then(|| to(page.min(last + 1) - 1)),
            next: (page < last).then(|| to(page + 1)),
        })
    }
}
