//! The part of JSON Schema that the document uses.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

type Text = Cow<'static, str>;

/// A schema. Members that are not set are not written.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Schema {
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    #[serde(rename = "type", serialize_with = "one_or_many")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) types: Vec<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<Text>,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub(super) constant: Option<Text>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub(super) one_of: Vec<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) examples: Vec<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_items: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unique_items: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) any_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) required: Vec<Text>,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    pub(super) properties: Ordered<Schema>,
}

impl Schema {
    fn of(name: &'static str) -> Self {
        Self {
            types: vec![name.into()],
            ..Self::default()
        }
    }

    pub(super) fn text() -> Self {
        Self::of("string")
    }

    /// `true` or `false`.
    pub(super) fn truth() -> Self {
        Self::of("boolean")
    }

    /// Binary data.
    pub(super) fn bytes() -> Self {
        Self::text().format("binary")
    }

    /// A count without an upper bound.
    pub(super) fn count() -> Self {
        Self {
            format: Some("int64".into()),
            minimum: Some(0),
            ..Self::of("integer")
        }
    }

    pub(super) fn whole_number(minimum: u32, maximum: u32, default: u32) -> Self {
        Self {
            minimum: Some(minimum),
            maximum: Some(maximum),
            default: Some(default),
            ..Self::of("integer")
        }
    }

    /// A number with a fraction.
    pub(super) fn number() -> Self {
        Self {
            format: Some("double".into()),
            ..Self::of("number")
        }
    }

    pub(super) fn percent() -> Self {
        Self::number()
    }

    pub(super) fn guid() -> Self {
        Self::text().format("uuid")
    }

    pub(super) fn one_of(values: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            one_of: values.into_iter().map(Text::from).collect(),
            ..Self::text()
        }
    }

    pub(super) fn constant(value: &'static str) -> Self {
        Self {
            constant: Some(value.into()),
            ..Self::text()
        }
    }

    pub(super) fn list(items: Self) -> Self {
        Self {
            items: Some(Box::new(items)),
            ..Self::of("array")
        }
    }

    pub(super) fn any_of(schemas: impl IntoIterator<Item = Self>) -> Self {
        Self {
            any_of: schemas.into_iter().collect(),
            ..Self::default()
        }
    }

    /// An object. Add members in the order of the response.
    pub(super) fn object() -> Self {
        Self::of("object")
    }

    /// A reference to a named schema of the document.
    pub(super) fn named(name: &str) -> Self {
        Self {
            reference: Some(format!("#/components/schemas/{name}")),
            ..Self::default()
        }
    }

    /// Adds a member that is always present.
    pub(super) fn with(mut self, name: &'static str, schema: Self) -> Self {
        self.required.push(name.into());
        self.may_have(name, schema)
    }

    /// Adds a member that is left out if it has no value; it is never `null`.
    pub(super) fn may_have(mut self, name: &'static str, schema: Self) -> Self {
        self.properties.push(name, schema);
        self
    }

    pub(super) fn or_null(mut self) -> Self {
        self.types.push("null".into());
        self
    }

    pub(super) fn format(mut self, format: &'static str) -> Self {
        self.format = Some(format.into());
        self
    }

    pub(super) fn pattern(mut self, pattern: &'static str) -> Self {
        self.pattern = Some(pattern.into());
        self
    }

    pub(super) fn at_most(mut self, letters: usize) -> Self {
        self.max_length = Some(letters);
        self
    }

    /// Requires at least one item, and no duplicates.
    pub(super) fn distinct(mut self) -> Self {
        self.min_items = Some(1);
        self.unique_items = Some(true);
        self
    }

    pub(super) fn such_as(mut self, examples: impl IntoIterator<Item = &'static str>) -> Self {
        self.examples = examples.into_iter().map(Text::from).collect();
        self
    }

    pub(super) fn means(mut self, description: impl Into<Text>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sorts the members of an object: in this order, or in that of the required ones if it is
    /// empty.
    pub(super) fn sort_members(&mut self, order: &[&str]) {
        let place = |name: &str| match order {
            [] => self.required.iter().position(|it| it == name),
            order => order.iter().position(|it| *it == name),
        };
        let members = &mut self.properties.0;
        members.sort_by_key(|(name, _)| place(name).expect("each member has a place"));
        for (_, member) in members {
            member.sort_members(&[]);
        }
    }
}

/// Serializes one type as `"string"`, several as a list.
fn one_or_many<S: Serializer>(types: &Vec<Text>, serializer: S) -> Result<S::Ok, S::Error> {
    match types.as_slice() {
        [only] => only.serialize(serializer),
        several => several.serialize(serializer),
    }
}

/// A map that keeps its order, so that members are in the order of the response.
#[derive(Clone, Debug)]
pub(crate) struct Ordered<T>(pub(super) Vec<(Text, T)>);

impl<T> Ordered<T> {
    pub(super) fn push(&mut self, name: impl Into<Text>, value: T) {
        self.0.push((name.into(), value));
    }

    /// Appends other entries.
    pub(super) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Into<Text>, T> FromIterator<(K, T)> for Ordered<T> {
    fn from_iter<I: IntoIterator<Item = (K, T)>>(entries: I) -> Self {
        let entries = entries
            .into_iter()
            .map(|(name, value)| (name.into(), value));
        Self(entries.collect())
    }
}

impl<T: Serialize> Serialize for Ordered<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Reads the members by name, whatever their order.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = BTreeMap::<String, T>::deserialize(deserializer)?;
        Ok(members.into_iter().collect())
    }
}
