//! Where a list is that comes in pages.

use http::Uri;
use url::form_urlencoded;

use crate::parameters::Parameters;

/// A list that was asked for: all that links to its pages have in common.
pub(crate) struct List {
    path: String,
    /// The parameters that are the same for all pages, as they came.
    of_all_pages: Vec<(String, String)>,
}

impl List {
    /// The list of a query whose parameters of these names choose the page.
    pub(crate) fn of(uri: &Uri, query: &Parameters<'_>, of_a_page: &[&str]) -> Self {
        let of_all_pages = query.without(of_a_page);
        Self {
            path: uri.path().to_owned(),
            of_all_pages: of_all_pages
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// Path and query of the page that these parameters choose.
    pub(crate) fn page(
        &self,
        of_the_page: impl IntoIterator<Item = (&'static str, String)>,
    ) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.of_all_pages)
            .extend_pairs(of_the_page)
            .finish();
        format!("{}?{query}", self.path)
    }
}
