//! A bounded parser of filters.
//!
//! ```text
//! or        = and { "or" and }
//! and       = primary { "and" primary }
//! primary   = "(" or ")" | field ( "eq" | "ne" ) text
//! text      = "'" { any sign but "'" | "''" } "'"
//! ```

use super::{CommercialField, CommercialKind, Comparison, Filter};

/// The reason why a text is not a filter or list of fields, and the position of the error.
///
/// # Example
///
/// ```
/// use seatwise_types::query::{CommercialKind, Filter};
///
/// let err = Filter::parse("channel eq 'reseller", CommercialKind::Usage).unwrap_err();
/// assert_eq!(err.position(), 21);
/// assert_eq!(err.to_string(), "at character 21: expected a closing `'`, found the end");
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("at character {position}: expected {expected}, found {found}")]
pub struct InvalidQuery {
    position: usize,
    expected: String,
    found: String,
}

impl InvalidQuery {
    /// An error at a byte offset of a text.
    pub(super) fn at(
        text: &str,
        start: usize,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            position: text[..start].chars().count() + 1,
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// The position in the text, in characters from 1.
    pub fn position(&self) -> usize {
        self.position
    }
}

/// The names of the fields of a kind, for an error message.
pub(super) fn one_of(kind: CommercialKind) -> String {
    let names: Vec<_> = kind.fields().map(|field| format!("`{field}`")).collect();
    format!("one of {}", names.join(", "))
}

impl Filter {
    /// Parses a filter for rows of a kind.
    ///
    /// `or` has lower precedence than `and`. Keywords and fields may have any case. Texts are in
    /// single quotes; two single quotes stand for one. The comparison of texts ignores case, which
    /// is inferred: the documentation filters by `'O365'` and shows `o365`.
    ///
    /// # Errors
    ///
    /// If the text is not a filter, exceeds a limit, or names a field that rows of the kind do not
    /// have.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::query::{CommercialKind, Filter};
    ///
    /// let err = Filter::parse("channel gt 'a'", CommercialKind::Usage).unwrap_err();
    /// assert_eq!(err.position(), 9);
    /// assert_eq!(err.to_string(), "at character 9: expected `eq` or `ne`, found `gt`");
    /// ```
    pub fn parse(text: &str, kind: CommercialKind) -> Result<Self, InvalidQuery> {
        filter(text, kind)
    }
}

fn filter(text: &str, kind: CommercialKind) -> Result<Filter, InvalidQuery> {
    if text.len() > Filter::MAX_LENGTH {
        let end = text.floor_char_boundary(Filter::MAX_LENGTH);
        let expected = format!("at most {} bytes", Filter::MAX_LENGTH);
        return Err(InvalidQuery::at(text, end, expected, "more"));
    }
    let mut parser = Parser::new(text, kind)?;
    let filter = parser.or()?;
    match parser.token {
        Token::End => Ok(filter),
        _ => Err(parser.expected("`and`, `or` or the end")),
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Token<'a> {
    Open,
    Close,
    /// A name or a keyword.
    Word(&'a str),
    /// The content between quotes, with its escapes.
    Text(&'a str),
    /// A character that is not allowed outside quotes.
    Stray,
    End,
}

/// A recursive descent parser with one token of lookahead. Its recursion is as deep as the open
/// parentheses, which are bounded.
struct Parser<'a> {
    text: &'a str,
    kind: CommercialKind,
    /// The next token, with its start and end in bytes.
    token: Token<'a>,
    start: usize,
    end: usize,
    depth: usize,
    conditions: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, kind: CommercialKind) -> Result<Self, InvalidQuery> {
        let mut parser = Self {
            text,
            kind,
            token: Token::End,
            start: 0,
            end: 0,
            depth: 0,
            conditions: 0,
        };
        parser.advance()?;
        Ok(parser)
    }

    fn or(&mut self) -> Result<Filter, InvalidQuery> {
        let mut filter = self.and()?;
        while self.is_word("or") {
            self.advance()?;
            filter = filter.or(self.and()?);
        }
        Ok(filter)
    }

    fn and(&mut self) -> Result<Filter, InvalidQuery> {
        let mut filter = self.primary()?;
        while self.is_word("and") {
            self.advance()?;
            filter = filter.and(self.primary()?);
        }
        Ok(filter)
    }

    fn primary(&mut self) -> Result<Filter, InvalidQuery> {
        match self.token {
            Token::Open => self.parenthesis(),
            _ => self.condition(),
        }
    }

    fn parenthesis(&mut self) -> Result<Filter, InvalidQuery> {
        if self.depth == Filter::MAX_DEPTH {
            return Err(self.expected(format!("at most {} open `(`", Filter::MAX_DEPTH)));
        }
        self.depth += 1;
        self.advance()?;
        let filter = self.or()?;
        if self.token != Token::Close {
            return Err(self.expected("`and`, `or` or `)`"));
        }
        self.advance()?;
        self.depth -= 1;
        Ok(filter)
    }

    fn condition(&mut self) -> Result<Filter, InvalidQuery> {
        if self.conditions == Filter::MAX_CONDITIONS {
            return Err(self.expected(format!("at most {} conditions", Filter::MAX_CONDITIONS)));
        }
        self.conditions += 1;
        let field = self.field()?;
        let comparison = self.comparison()?;
        let value = self.value()?;
        Ok(Filter::condition(field, comparison, value))
    }

    fn field(&mut self) -> Result<CommercialField, InvalidQuery> {
        if let Token::Word(word) = self.token
            && let Some(field) = CommercialField::lookup(word)
            && field.is_of(self.kind)
        {
            self.advance()?;
            return Ok(field);
        }
        match self.token {
            Token::Word(_) => Err(self.expected(one_of(self.kind))),
            _ => Err(self.expected("a field or `(`")),
        }
    }

    fn comparison(&mut self) -> Result<Comparison, InvalidQuery> {
        let comparison = if self.is_word(Comparison::Eq.as_str()) {
            Comparison::Eq
        } else if self.is_word(Comparison::Ne.as_str()) {
            Comparison::Ne
        } else {
            return Err(self.expected("`eq` or `ne`"));
        };
        self.advance()?;
        Ok(comparison)
    }

    fn value(&mut self) -> Result<String, InvalidQuery> {
        let Token::Text(text) = self.token else {
            return Err(self.expected("a text in single quotes"));
        };
        self.advance()?;
        Ok(text.replace("''", "'"))
    }

    fn is_word(&self, expected: &str) -> bool {
        matches!(self.token, Token::Word(word) if word.eq_ignore_ascii_case(expected))
    }

    /// The error that the next token is not what the grammar expects.
    fn expected(&self, what: impl Into<String>) -> InvalidQuery {
        let found = match self.token {
            Token::End => "the end".to_owned(),
            _ => format!("`{}`", crate::excerpt(&self.text[self.start..self.end])),
        };
        InvalidQuery::at(self.text, self.start, what, found)
    }

    /// Moves to the next token.
    fn advance(&mut self) -> Result<(), InvalidQuery> {
        let rest = &self.text[self.end..];
        let token = rest.trim_start();
        self.start = self.text.len() - token.len();
        let word = token
            .find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_')
            .unwrap_or(token.len());
        let (read, length) = match token.chars().next() {
            None => (Token::End, 0),
            Some('(') => (Token::Open, 1),
            Some(')') => (Token::Close, 1),
            Some('\'') => {
                let inner = self.quoted(&token[1..])?;
                (Token::Text(inner), inner.len() + 2)
            }
            Some(_) if word > 0 => (Token::Word(&token[..word]), word),
            Some(sign) => (Token::Stray, sign.len_utf8()),
        };
        self.token = read;
        self.end = self.start + length;
        Ok(())
    }

    /// The content after an opening quote, up to the closing one.
    fn quoted(&self, text: &'a str) -> Result<&'a str, InvalidQuery> {
        let mut from = 0;
        while let Some(quote) = text[from..].find('\'') {
            let end = from + quote;
            if !text[end + 1..].starts_with('\'') {
                return Ok(&text[..end]);
            }
            from = end + 2;
        }
        let end = self.text.len();
        Err(InvalidQuery::at(self.text, end, "a closing `'`", "the end"))
    }
}
