//! Schemas that are derived from the types of answers.
//!
//! schemars makes them from the types and their doc comments. This file sorts members as answers
//! have them, and replaces what only readers of Rust understand.

use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::transform_subschemas;
use serde::Deserialize;
use serde::de::value::Error;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde_json::{Map, Value, json};

use super::schema::{Ordered, Schema};

/// Examples of members. A member has the same ones in all types.
const EXAMPLES: [(&str, &[&str]); 7] = [
    ("serviceName", &["Microsoft Office 365"]),
    ("workloadCode", &["EXO", "SPO", "SFB"]),
    (
        "workloadName",
        &["Exchange", "SharePoint", "Skype For Business", "Teams"],
    ),
    ("productId", &["6FD2C87F-B296-42F0-B197-1E91E994B900"]),
    ("productName", &["EXCHANGE ONLINE (PLAN 1)"]),
    ("exactPercent", &["250/9"]),
    ("currency", &["EUR"]),
];

/// The schemas of types, as the server writes them.
pub(super) struct Derived {
    generator: SchemaGenerator,
    /// The name of each type, and its members in order.
    types: Vec<(String, &'static [&'static str])>,
}

impl Derived {
    /// No schemas.
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        let settings = settings.with_transform(adapt);
        let settings = settings.with(|it| it.definitions_path = "/components/schemas".into());
        Self {
            generator: settings.into_generator(),
            types: Vec::new(),
        }
    }

    /// Adds a type. Add the types of its members too.
    pub(super) fn with<T: DeserializeOwned + JsonSchema>(self) -> Self {
        self.with_members::<T>(members::<T>())
    }

    /// Adds a type with its members in this order, for types that contain another one flattened.
    pub(super) fn with_members<T: JsonSchema>(mut self, members: &'static [&'static str]) -> Self {
        self.generator.subschema_for::<T>();
        self.types.push((T::schema_name().into_owned(), members));
        self
    }

    /// The schemas of all types, by name.
    pub(super) fn schemas(mut self) -> Ordered<Schema> {
        let mut definitions = self.generator.take_definitions(true);
        let types = self.types.into_iter();
        let schemas = types.map(|(name, members)| {
            let definition = definitions
                .remove(&name)
                .expect("each type has a name of its own");
            let mut schema = Schema::deserialize(definition)
                .unwrap_or_else(|err| panic!("the document cannot describe `{name}`: {err}"));
            schema.sort_members(members);
            (name, schema)
        });
        let schemas = schemas.collect();
        assert!(
            definitions.is_empty(),
            "types that are not listed: {definitions:?}"
        );
        schemas
    }
}

/// The members of a type in the order of its fields; none if it contains another type flattened.
///
/// schemars sorts members by name: `preserve_order` keeps their order, but changes it in all other
/// JSON of the build. serde names all fields when it asks for a struct.
fn members<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Names<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Names<'_> {
        type Error = Error;

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            members: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Error> {
            *self.0 = members;
            self.deserialize_any(visitor)
        }

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            Err(Error::custom("there is no value, only names"))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut members: &'static [&'static str] = &[];
    let _ = T::deserialize(Names(&mut members));
    members
}

/// Adapts a schema, and all schemas in it, to the document.
fn adapt(schema: &mut schemars::Schema) {
    let required = match schema.get("required") {
        Some(Value::Array(names)) => names.clone(),
        _ => Vec::new(),
    };
    if let Some(Value::Object(members)) = schema.get_mut("properties") {
        for (name, member) in members {
            let is_required = required.contains(&json!(name));
            if let Value::Object(member) = member {
                adapt_member(name, member, is_required);
            }
        }
    }
    if let Some(Value::String(only)) = schema.get("type") {
        schema.insert("type".to_owned(), json!([only]));
    }
    // OpenAPI has no unsigned formats.
    if schema.get("format").is_some_and(|it| it == "uint64") {
        schema.insert("format".to_owned(), json!("int64"));
    }
    if let Some(Value::String(doc)) = schema.get("description") {
        schema.insert("description".to_owned(), json!(plain(doc)));
    }
    transform_subschemas(&mut adapt, schema);
}

fn adapt_member(name: &str, member: &mut Map<String, Value>, is_required: bool) {
    if !is_required {
        forbid_null(member);
    }
    let absent = if is_required { "`null`" } else { "left out" };
    if let Some(Value::String(doc)) = member.get_mut("description") {
        *doc = doc.replace("`None`", absent);
    }
    if let Some((_, examples)) = EXAMPLES.iter().find(|(known, _)| *known == name) {
        member.insert("examples".to_owned(), json!(examples));
    }
}

/// A member that can be left out is never `null`.
fn forbid_null(member: &mut Map<String, Value>) {
    for choices in ["type", "enum"] {
        if let Some(Value::Array(choices)) = member.get_mut(choices) {
            choices.retain(|it| !it.is_null() && it != "null");
        }
    }
    if let Some(Value::Array(mut schemas)) = member.remove("anyOf") {
        schemas.retain(|it| *it != json!({ "type": "null" }));
        match <[Value; 1]>::try_from(schemas) {
            Ok([Value::Object(only)]) => member.extend(only),
            other => panic!("`anyOf` is more than a type and null: {other:?}"),
        }
    }
}

/// A doc comment without its line breaks, links and sections.
fn plain(doc: &str) -> String {
    let prose = doc.split("\n\n#").next().unwrap_or_default();
    let paragraphs = prose.split("\n\n").map(|it| it.replace('\n', " "));
    let prose = paragraphs.collect::<Vec<_>>().join("\n\n");
    let mut plain = String::new();
    let mut rest = prose.as_str();
    while let Some((before, label, after)) = link(rest) {
        plain = plain + before + label;
        rest = after;
    }
    plain + rest
}

/// The text before the first link of rustdoc, the label of the link, and the text after it.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (before, link) = text.split_once('[')?;
    let (label, after) = link.split_once(']')?;
    let target = after.strip_prefix('(').and_then(|it| it.split_once(')'));
    Some((before, label, target.map_or(after, |(_, after)| after)))
}
