//! Closed sets of words, as values of parameters or members. Parsing ignores case.

/// A text that is not one of the words that a parameter accepts.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is none of {}", words.join(", "))]
pub struct InvalidWord {
    text: String,
    words: &'static [&'static str],
}

impl InvalidWord {
    pub(crate) fn new(text: &str, words: &'static [&'static str]) -> Self {
        Self {
            text: crate::excerpt(text),
            words,
        }
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All words.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];
            const WORDS: &[&str] = &[$($word,)+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::extensions::InvalidWord;

            fn from_str(text: &str) -> Result<Self, $crate::extensions::InvalidWord> {
                let known = Self::ALL.iter().copied();
                let mut known = known.filter(|it| it.as_str().eq_ignore_ascii_case(text));
                known.next().ok_or_else(|| $crate::extensions::InvalidWord::new(text, Self::WORDS))
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }

        #[cfg(feature = "schema")]
        impl ::schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                match Self::WORDS {
                    [only] => ::schemars::json_schema!({ "type": "string", "const": only }),
                    words => ::schemars::json_schema!({ "type": "string", "enum": words }),
                }
            }
        }
    };
}

pub(crate) use words;
