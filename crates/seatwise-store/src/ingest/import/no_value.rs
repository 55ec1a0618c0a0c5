//! Words that databases and statistics tools write for missing values.

use std::collections::BTreeMap;

/// In columns of codes and ids, and in optional names, these words mean "no value", in any case.
const WORDS: [&str; 11] = [
    "NULL", "(null)", "<null>", r"\N", "NA", "N/A", "#N/A", "<NA>", "None", "nan", "-",
];

/// The length of the longest word.
const LONGEST: usize = 6;

/// Whether a text means "no value". Called for each field of each row: most texts are longer than
/// all words or begin with another letter.
#[inline]
pub(super) fn is_no_value(text: &[u8]) -> bool {
    text.len() <= LONGEST
        && matches!(
            text.first(),
            Some(b'N' | b'n' | b'(' | b'<' | b'\\' | b'#' | b'-')
        )
        && is_word(text)
}

fn is_word(text: &[u8]) -> bool {
    let mut words = WORDS.iter();
    words.any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether a text that means "no value" may be the name of a customer. People enter such names in
/// Partner Center, and a customer must not be lost because of its name.
pub(super) fn may_be_a_customer(text: &[u8]) -> bool {
    let is_of_a_tool = matches!(text.first(), Some(b'(' | b'<' | b'\\' | b'#'));
    !(is_of_a_tool || text == b"NULL" || text == b"null")
}

/// How often each word was read as "no value", by the spelling in the file.
#[derive(Debug, Clone, Default)]
pub(super) struct NoValueWords(BTreeMap<String, u64>);

impl NoValueWords {
    /// Counts a word.
    pub(super) fn add(&mut self, word: &[u8]) {
        let word = String::from_utf8_lossy(word);
        match self.0.get_mut(word.as_ref()) {
            Some(count) => *count += 1,
            None => {
                self.0.insert(word.into_owned(), 1);
            }
        }
    }

    /// Adds these counts to others.
    pub(super) fn add_to(&self, counts: &mut BTreeMap<String, u64>) {
        for (word, count) in &self.0 {
            *counts.entry(word.clone()).or_default() += count;
        }
    }
}
