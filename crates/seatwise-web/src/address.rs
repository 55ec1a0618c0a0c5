//! Addresses of pages. The address holds everything that selects what a page shows, so a shared link shows
//! the same page.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use seatwise_server::Unanswered;
use seatwise_types::extensions::Axes;
use url::form_urlencoded;

/// The longest value of a parameter, in characters.
const LONGEST: usize = 128;

/// The highest page number that an address may ask for.
const MOST_PAGES: u32 = 1_000_000;

/// The parameters of an address that no page has read yet. A page refuses a parameter that it does not know:
/// without the filter that you meant, its answer would be wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked(BTreeMap<String, String>);

impl Asked {
    /// Parses a query, with at most 128 characters in each value. Forms send fields without input as empty
    /// values; these are ignored.
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, Unanswered> {
        Self::parse_up_to(LONGEST, query.unwrap_or_default().as_bytes())
    }

    /// Parses a query or a form body, with at most `longest` characters in each value.
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

    /// Takes a parameter as text. `None` if the address does not have it.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Takes a parameter and parses it. `None` if the address does not have it.
    pub(crate) fn value<T: FromStr<Err: Display>>(
        &mut self,
        name: &str,
    ) -> Result<Option<T>, Unanswered> {
        let value = self.text(name).map(|text| text.parse()).transpose();
        value.map_err(|err| Unanswered::invalid(format!("{name}: {err}")))
    }

    /// Takes the number of the page, from 1. It is 1 if the address does not have it.
    pub(crate) fn page(&mut self) -> Result<usize, Unanswered> {
        let page = self.text("page").map_or(Ok(1), |text| text.parse::<u32>());
        match page {
            Ok(page @ 1..=MOST_PAGES) => Ok(page as usize),
            _ => Err(Unanswered::invalid(format!(
                "page: a whole number from 1 to {MOST_PAGES} is expected"
            ))),
        }
    }

    /// Takes `asOf` and `knownAt`, the two axes of time.
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

    /// Refuses the request if a parameter is left that no page took.
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

/// A path with its query. Parameters without a value are left out.
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
    fn an_address_can_be_parsed_again() {
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
    fn an_unknown_parameter_is_refused() {
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
