//! What rows are added up by: the query parameter `groupby`.

use std::fmt;

use super::parse::one_of;
use super::{CommercialField, CommercialKind, InvalidQuery};

/// The fields that rows are added up by: what stays of them beside the counts.
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

/// Two names that Microsoft's documentation of the usage endpoint writes without a comma between.
const FUSED: &str = "channelcustomerTenantId";

impl GroupBy {
    /// Reads a list of fields with commas between, for rows of a kind. Blanks around them do not
    /// count, and names may have any case.
    ///
    /// `channelcustomerTenantId`, which the documentation lists as a field, is read as the two
    /// that it consists of.
    ///
    /// # Errors
    ///
    /// If there is no field, one that rows of the kind do not have, or the same twice.
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

    /// The fields, in the order in which they were named. Those of an answer's rows stand in the
    /// order of a row.
    pub fn fields(&self) -> &[CommercialField] {
        &self.0
    }

    /// Whether there is no field: rows are not added up. No text is read as this.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The fields that a name stands for; none if it stands for nothing.
fn named(name: &str) -> Vec<CommercialField> {
    if name.eq_ignore_ascii_case(FUSED) {
        return vec![CommercialField::Channel, CommercialField::CustomerTenantId];
    }
    CommercialField::lookup(name).into_iter().collect()
}

impl FromIterator<CommercialField> for GroupBy {
    /// Takes each field once.
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
