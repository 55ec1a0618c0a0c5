//! Addresses of pages: all that a page shows is in its address, so a link shows the same to others.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use seatwise_server::Unanswered;
use seatwise_types::extensions::Axes;
use url::form_urlencoded;

/// The longest text that a parameter may have, in letters.
const LONGEST: usize = 128;

/// The last page of a list that can be asked for.
const MOST_PAGES: u32 = 1_000_000;

/// The parameters that an address has, until a page takes them. A page that does not know one says so:
/// an answer without a filter would be a wrong one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked(BTreeMap<String, String>);

impl Asked {
    /// Takes a query apart. An empty value, as forms send them, is none.
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, Unanswered> {
        Self::parse_up_to(LONGEST, query.unwrap_or_default().as_bytes())
    }

    /// Takes a query or a form apart whose values have so many letters at the most.
    pub(crate) fn parse_up_to(longest: usize, text: &[u8]) -> Result<Self, Unanswered> {
        let mut asked = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            if value.chars().count() > longest {
                let name = name.escape_debug();
                let err = format!("{name}: at most {longest} letters are expected");
                return Err(Unanswered::invalid(err));
            }
            if asked.insert(name.to_string(), value.to_owned()).is_some() {
                let err = format!("the parameter `{}` is there twice", name.escape_debug());
                return Err(Unanswered::invalid(err));
            }
        }
        Ok(Self(asked))
    }

    /// The text of a parameter.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// The value of a parameter.
    pub(crate) fn value<T: FromStr<Err: Display>>(
        &mut self,
        name: &str,
    ) -> Result<Option<T>, Unanswered> {
        let value = self.text(name).map(|text| text.parse()).transpose();
        value.map_err(|err| Unanswered::invalid(format!("{name}: {err}")))
    }

    /// Which page of a list is asked for, from 1.
    pub(crate) fn page(&mut self) -> Result<usize, Unanswered> {
        let page = self.text("page").map_or(Ok(1), |text| text.parse::<u32>());
        match page {
            Ok(page @ 1..=MOST_PAGES) => Ok(page as usize),
            _ => Err(Unanswered::invalid(format!(
                "page: a whole number from 1 to {MOST_PAGES} is expected"
            ))),
        }
    }

    /// The point on the axes of time.
    pub(crate) fn axes(&mut self) -> Result<Axes, Unanswered> {
        let invalid = |name, err| Unanswered::invalid(format!("{name}: {err}"));
        let as_of = self.text(Axes::AS_OF);
        let as_of = as_of.map(|text| Axes::parse_as_of(&text)).transpose();
        let known_at = self.text(Axes::KNOWN_AT);
        let known_at = known_at.map(|text| Axes::parse_known_at(&text)).transpose();
        Ok(Axes {
            as_of: as_of.map_err(|err| invalid(Axes::AS_OF, err))?,
            known_at: known_at.map_err(|err| invalid(Axes::KNOWN_AT, err))?,
        })
    }

    /// Refuses what no page took.
    pub(crate) fn finish(self) -> Result<(), Unanswered> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(Unanswered::invalid(format!(
                "this page has no parameter `{}`",
                name.escape_debug()
            ))),
        }
    }
}

/// A path with parameters; those without a value are left out.
pub(crate) fn address<'a>(
    path: &str,
    parameters: impl IntoIterator<Item = (&'a str, Option<String>)>,
) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let given = parameters.into_iter();
    let given = given.filter_map(|(name, value)| Some((name, value.filter(|it| !it.is_empty())?)));
    query.extend_pairs(given);
    let query = query.finish();
    match query.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_what_was_given_and_can_be_read_again() {
        let given = [
            ("workload", Some("A & B".to_owned())),
            ("sort", None),
            ("page", Some(String::new())),
        ];
        let written = address("/customers", given);
        assert_eq!(written, "/customers?workload=A+%26+B");
        let mut asked = Asked::parse(written.split_once('?').map(|it| it.1)).unwrap();
        assert_eq!(asked.text("workload").as_deref(), Some("A & B"));
        assert!(asked.finish().is_ok());
    }

    #[test]
    fn a_parameter_that_a_page_does_not_know_is_refused() {
        let said = |query| {
            let err = Asked::parse(Some(query))
                .and_then(Asked::finish)
                .unwrap_err();
            err.description().to_owned()
        };
        assert_eq!(
            said("worklaod=Exchange"),
            "this page has no parameter `worklaod`"
        );
        assert_eq!(said("a=1&a=2"), "the parameter `a` is there twice");
        assert!(said(&format!("a={}", "x".repeat(129))).contains("at most 128"));
        assert!(Asked::parse(Some("a=&b=")).unwrap().finish().is_ok());
    }
}
