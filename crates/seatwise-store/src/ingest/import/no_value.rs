//! Words that databases and statistics tools write where there is no value.

use std::collections::BTreeMap;

/// In columns of codes and ids, and in names that may be missing, these words are no text but the
/// absence of one, in any case.
const WORDS: [&str; 11] = [
    "NULL", "(null)", "<null>", r"\N", "NA", "N/A", "#N/A", "<NA>", "None", "nan", "-",
];

/// No word is longer.
const LONGEST: usize = 6;

/// Whether a text stands for "no value". This is asked for each field of each row, and most texts
/// are longer than any of the words or begin with another letter.
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

/// Whether a text that stands for "no value" may all the same be the name of a customer. People
/// write such names into Partner Center, and a customer is not to be lost for its name.
pub(super) fn may_be_a_customer(text: &[u8]) -> bool {
    let is_of_a_tool = matches!(text.first(), Some(b'(' | b'<' | b'\\' | b'#'));
    !(is_of_a_tool || text == b"NULL" || text == b"null")
}

/// How often each word was taken for "no value", by the word as it stands in the file.
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

    /// Adds what was counted to other counts.
    pub(super) fn add_to(&self, counts: &mut BTreeMap<String, u64>) {
        for (word, count) in &self.0 {
            *counts.entry(word.clone()).or_default() += count;
        }
    }
}
