//! The fields that group rows: the query parameter `groupby`.

use std::fmt;

use super::parse::one_of;
use super::{CommercialField, CommercialKind, InvalidQuery};

/// The fields that group rows. Grouped rows keep these fields and the counts.
///
/// # Example
///
/// ```
/// use seatwise_types::query::{CommercialField, CommercialKind, GroupBy};
///
/// let group_by = GroupBy::parse("serviceCode, Channel", CommercialKind::Usage)?;
/// let fields = [CommercialField::ServiceCode, CommercialField::Channel];
/// assert_eq!(group_by, GroupBy::from_iter(fields));
/// assert_eq!(group_by.to_string(), "serviceCode,channel");
/// # Ok::<(), seatwise_types::query::InvalidQuery>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GroupBy(Vec<CommercialField>);

/// Two names that Microsoft's documentation of the usage endpoint lists without a comma between
/// them.
const FUSED: &str = "channelcustomerTenantId";

impl GroupBy {
    /// Parses a comma-separated list of fields for rows of a kind. Spaces around names are ignored,
    /// and names may have any case.
    ///
    /// `channelcustomerTenantId`, which the documentation lists as a field, stands for its two
    /// parts.
    ///
    /// # Errors
    ///
    /// If the list is empty, names a field that rows of the kind do not have, or names a field
    /// twice.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::query::{CommercialKind, GroupBy};
    ///
    /// let err = GroupBy::parse("channel,serviceCode,channel", CommercialKind::Usage).unwrap_err();
    /// assert_eq!(err.to_string(), "at character 21: expected another field, found `channel` again");
    /// ```
    pub fn parse(text: &str, kind: CommercialKind) -> Result<Self, InvalidQuery> {
        let mut fields = Vec::new();
        let mut start = 0;
        for part in text.split(',') {
            let name = part.trim();
            let at = start + (part.len() - part.trim_start().len());
            start += part.len() + 1;
            let named = named(name);
            if named.is_empty() || !named.iter().all(|field| field.is_of(kind)) {
                let found = format!("`{}`", crate::excerpt(name));
                return Err(InvalidQuery::at(text, at, one_of(kind), found));
            }
            for field in named {
                if fields.contains(&field) {
                    let found = format!("`{field}` again");
                    return Err(InvalidQuery::at(text, at, "another field", found));
                }
                fields.push(field);
            }
        }
        Ok(Self(fields))
    }

    /// The fields in the order of the list. Rows of an answer have them in the order of a row.
    pub fn fields(&self) -> &[CommercialField] {
        &self.0
    }

    /// Whether there is no field, so that rows are not grouped. No text parses to this.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The fields that a name stands for; none if it is unknown.
fn named(name: &str) -> Vec<CommercialField> {
    if name.eq_ignore_ascii_case(FUSED) {
        return vec![CommercialField::Channel, CommercialField::CustomerTenantId];
    }
    CommercialField::lookup(name).into_iter().collect()
}

impl FromIterator<CommercialField> for GroupBy {
    /// Keeps the first of repeated fields.
    fn from_iter<T: IntoIterator<Item = CommercialField>>(fields: T) -> Self {
        let mut once = Vec::new();
        for field in fields {
            if !once.contains(&field) {
                once.push(field);
            }
        }
        Self(once)
    }
}

impl fmt::Display for GroupBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, field) in self.0.iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            write!(f, "{comma}{field}")?;
        }
        Ok(())
    }
}
