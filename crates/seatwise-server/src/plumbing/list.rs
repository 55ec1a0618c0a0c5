//! Links to the pages of a list.

use http::Uri;
use url::form_urlencoded;

use crate::plumbing::parameters::Parameters;

/// A requested list: what the links to its pages share.
pub(crate) struct List {
    path: String,
    /// The parameters that are the same for all pages, as received.
    of_all_pages: Vec<(String, String)>,
}

impl List {
    /// The list of a query. The parameters `of_a_page` select the page.
    pub(crate) fn of(uri: &Uri, query: &Parameters<'_>, of_a_page: &[&str]) -> Self {
        let of_all_pages = query.without(of_a_page);
        Self {
            path: uri.path().to_owned(),
            of_all_pages: of_all_pages
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// Path and query of the page with these parameters.
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
