//! The query parameter `filter` as a tree.

use std::fmt;

use super::{CommercialField, CommercialRow};

/// Conditions on rows, joined by `and` and `or`.
///
/// Only [`CommercialField::eq`], [`CommercialField::ne`], [`and`](Self::and), [`or`](Self::or) and
/// [`parse`](Self::parse) make filters, so there is one tree for all equivalent placements of
/// parentheses. [`Display`](fmt::Display) writes a text that parses to the same tree, if it is
/// within the limits of [`parse`](Self::parse).
///
/// # Example
///
/// ```
/// use seatwise_types::query::{CommercialField, CommercialKind, Filter};
///
/// let text = "ServiceCode EQ 'O365' AND (channel ne 'direct' OR customerName eq 'Conny''s')";
/// let filter = Filter::parse(text, CommercialKind::Usage)?;
///
/// let direct = CommercialField::Channel.ne("direct");
/// let conny = CommercialField::CustomerName.eq("Conny's");
/// assert_eq!(filter, CommercialField::ServiceCode.eq("O365").and(direct.or(conny)));
/// # Ok::<(), seatwise_types::query::InvalidQuery>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Filter {
    /// All parts match.
    #[non_exhaustive]
    And {
        /// Two or more, none of which is an `And`.
        parts: Vec<Filter>,
    },
    /// At least one part matches.
    #[non_exhaustive]
    Or {
        /// Two or more, none of which is an `Or`.
        parts: Vec<Filter>,
    },
    /// Compares a field with a text.
    #[non_exhaustive]
    Condition {
        /// The field.
        field: CommercialField,
        /// The comparison.
        comparison: Comparison,
        /// The text, without quotes and escapes.
        value: String,
    },
}

/// A comparison of a field with a text; case does not matter.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Comparison {
    /// `eq`: it is the text.
    Eq,
    /// `ne`: it is not the text.
    Ne,
}

impl Filter {
    /// The longest filter that is accepted, in bytes.
    pub const MAX_LENGTH: usize = 8192;

    /// The largest depth of nested parentheses.
    pub const MAX_DEPTH: usize = 32;

    /// The largest number of conditions.
    pub const MAX_CONDITIONS: usize = 256;

    /// Selects the rows that match both filters.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::query::CommercialField;
    ///
    /// let either = CommercialField::Channel.eq("a").or(CommercialField::Channel.eq("b"));
    /// let filter = either.and(CommercialField::ServiceCode.ne("crm"));
    /// assert_eq!(
    ///     filter.to_string(),
    ///     "(channel eq 'a' or channel eq 'b') and serviceCode ne 'crm'",
    /// );
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut parts = self.into_parts_of_and();
        parts.extend(other.into_parts_of_and());
        Self::And { parts }
    }

    /// Selects the rows that match either filter.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::query::CommercialField;
    ///
    /// let filter = CommercialField::Channel.eq("a").or(CommercialField::Channel.eq("b"));
    /// assert_eq!(filter.to_string(), "channel eq 'a' or channel eq 'b'");
    /// ```
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let mut parts = self.into_parts_of_or();
        parts.extend(other.into_parts_of_or());
        Self::Or { parts }
    }

    /// Whether a row matches.
    ///
    /// Texts are compared in Unicode lower case. A field that the row lacks is compared as an empty
    /// text.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::LicensesUsageRow;
    /// use seatwise_types::query::CommercialField;
    ///
    /// let row = LicensesUsageRow {
    ///     customer_name: Some("Größe & Co".to_owned()),
    ///     ..LicensesUsageRow::default()
    /// };
    /// assert!(CommercialField::CustomerName.eq("GRÖßE & CO").matches(&row));
    /// assert!(CommercialField::WorkloadCode.ne("EXO").matches(&row));
    /// assert!(CommercialField::WorkloadCode.eq("").matches(&row));
    /// ```
    pub fn matches(&self, row: &impl CommercialRow) -> bool {
        match self {
            Self::And { parts } => parts.iter().all(|part| part.matches(row)),
            Self::Or { parts } => parts.iter().any(|part| part.matches(row)),
            Self::Condition {
                field,
                comparison,
                value,
            } => {
                let is_it = match row.field(*field) {
                    Some(text) => text.to_lowercase() == value.to_lowercase(),
                    None => value.is_empty(),
                };
                is_it == (*comparison == Comparison::Eq)
            }
        }
    }

    pub(super) fn condition(field: CommercialField, comparison: Comparison, value: String) -> Self {
        Self::Condition {
            field,
            comparison,
            value,
        }
    }

    fn into_parts_of_and(self) -> Vec<Self> {
        match self {
            Self::And { parts } => parts,
            other => vec![other],
        }
    }

    fn into_parts_of_or(self) -> Vec<Self> {
        match self {
            Self::Or { parts } => parts,
            other => vec![other],
        }
    }
}

impl CommercialField {
    /// Selects the rows whose field equals `value`; case does not matter.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::query::CommercialField;
    ///
    /// let filter = CommercialField::CustomerName.eq("Conny's Bakery");
    /// assert_eq!(filter.to_string(), "customerName eq 'Conny''s Bakery'");
    /// ```
    pub fn eq(self, value: impl Into<String>) -> Filter {
        Filter::condition(self, Comparison::Eq, value.into())
    }

    /// Selects the rows whose field does not equal `value`; case does not matter.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::query::CommercialField;
    ///
    /// let filter = CommercialField::Channel.ne("direct");
    /// assert_eq!(filter.to_string(), "channel ne 'direct'");
    /// ```
    pub fn ne(self, value: impl Into<String>) -> Filter {
        Filter::condition(self, Comparison::Ne, value.into())
    }
}

impl Comparison {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And { parts } => join(f, parts, " and "),
            Self::Or { parts } => join(f, parts, " or "),
            Self::Condition {
                field,
                comparison,
                value,
            } => {
                let (comparison, value) = (comparison.as_str(), value.replace('\'', "''"));
                write!(f, "{field} {comparison} '{value}'")
            }
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Filter], word: &str) -> fmt::Result {
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            f.write_str(word)?;
        }
        match part {
            // Only `or` has lower precedence than the enclosing `and`.
            Filter::Or { .. } => write!(f, "({part})")?,
            Filter::And { .. } | Filter::Condition { .. } => write!(f, "{part}")?,
        }
    }
    Ok(())
}
