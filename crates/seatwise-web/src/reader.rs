//! Writes numbers and days in the reader's format.
//!
//! Models and pages are cached for all readers, so they hold each number and day in a neutral format between
//! two marks. [`Reader::write`] replaces them with the reader's format, as the last step before a page is
//! sent. Pages are in English, so months have English names and a day is never ambiguous.

use std::cmp::Reverse;

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;
use jiff::civil::Date;
use pure_rust_locales::{Locale, locale_match};

/// The marks around a number or a day. Unicode reserves both characters for internal use. If text from
/// outside contains them, it is written unchanged.
const BEGIN: char = '\u{FDD0}';
const END: char = '\u{FDD1}';

/// The largest number of languages read from a request.
const MOST_LANGUAGES: usize = 16;

/// A number for every reader: digits, with an optional point and decimals.
pub(crate) fn number(digits: &str) -> String {
    format!("{BEGIN}{digits}{END}")
}

/// A day for every reader.
pub(crate) fn day(day: Date) -> String {
    format!("{BEGIN}{day}{END}")
}

/// Which part of a date comes first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum DayOrder {
    /// `31 Oct 2026`
    Day,
    /// `Oct 31, 2026`
    Month,
    /// `2026-10-31`
    Year,
}

/// How a reader writes numbers and days.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Reader {
    decimal_point: &'static str,
    /// The text between groups of digits.
    separator: &'static str,
    /// The sizes of groups from the right; the last one repeats. Digits are not grouped if it is empty or
    /// begins with 0.
    groups: &'static [i64],
    day: DayOrder,
}

impl Default for Reader {
    /// `1,234.50` and `31 Oct 2026`, for readers whose country is unknown.
    fn default() -> Self {
        Self {
            decimal_point: ".",
            separator: ",",
            groups: &[3],
            day: DayOrder::Day,
        }
    }
}

impl Reader {
    /// The reader of a request, by its accepted languages. The format depends on the country: `de-AT` names
    /// one, `de` stands for Germany, and `en` gives the default.
    pub(crate) fn of(request: &HeaderMap) -> Self {
        let accepted = request.get_all(ACCEPT_LANGUAGE).iter();
        let accepted = accepted.filter_map(|value| value.to_str().ok());
        let ranges = accepted.flat_map(|value| value.split(','));
        let mut ranges: Vec<_> = ranges.take(MOST_LANGUAGES).filter_map(range).collect();
        ranges.sort_by_key(|(_, weight)| Reverse(*weight));
        let mut readers = ranges.into_iter().filter_map(|(tag, _)| Self::of_tag(tag));
        readers.next().unwrap_or_default()
    }

    /// The reader of a language tag such as `de-AT`; `None` if the language is unknown.
    fn of_tag(tag: &str) -> Option<Self> {
        let mut parts = tag.split('-');
        let language = parts.next()?.to_ascii_lowercase();
        let country = parts.find(|part| part.len() == 2);
        let country = country.map(str::to_ascii_uppercase);
        if language == "en" && country.is_none() {
            return Some(Self::default());
        }
        let usual = usual_country(&language);
        [country, Some(usual)]
            .into_iter()
            .flatten()
            .find_map(|country| Locale::try_from(&*format!("{language}_{country}")).ok())
            .map(Self::of_locale)
    }

    fn of_locale(locale: Locale) -> Self {
        Self {
            decimal_point: locale_match!(locale => LC_NUMERIC::DECIMAL_POINT),
            separator: locale_match!(locale => LC_NUMERIC::THOUSANDS_SEP),
            groups: locale_match!(locale => LC_NUMERIC::GROUPING),
            day: DayOrder::of(locale_match!(locale => LC_TIME::D_FMT)),
        }
    }

    /// Replaces each marked number and day in `text` with this reader's format.
    pub(crate) fn write(&self, text: &str) -> String {
        let mut written = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, marked)) = rest.split_once(BEGIN) {
            written.push_str(before);
            let value = marked.find([BEGIN, END]).map(|end| marked.split_at(end));
            rest = match value.and_then(|(value, after)| Some((value, after.strip_prefix(END)?))) {
                Some((value, after)) if self.push(&mut written, value) => after,
                // Not written by `number` or `day`.
                _ => marked,
            };
        }
        written.push_str(rest);
        written
    }

    /// Writes a marked value. Returns false, and writes nothing, if it is neither a number nor a day.
    fn push(&self, written: &mut String, value: &str) -> bool {
        if let Ok(day) = value.parse::<Date>() {
            let form = match self.day {
                DayOrder::Day => "%-d %b %Y",
                DayOrder::Month => "%b %-d, %Y",
                DayOrder::Year => "%Y-%m-%d",
            };
            written.push_str(&day.strftime(form).to_string());
            return true;
        }
        let (whole, decimals) = match value.split_once('.') {
            Some((whole, decimals)) => (whole, Some(decimals)),
            None => (value, None),
        };
        let are_digits =
            |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        if !are_digits(whole) || !decimals.is_none_or(are_digits) {
            return false;
        }
        self.push_grouped(written, whole);
        if let Some(decimals) = decimals {
            written.push_str(self.decimal_point);
            written.push_str(decimals);
        }
        true
    }

    fn push_grouped(&self, written: &mut String, digits: &str) {
        let mut sizes = self
            .groups
            .iter()
            .map(|size| usize::try_from(*size).unwrap_or(0));
        let (mut size, mut groups, mut rest) = (0, Vec::new(), digits);
        loop {
            size = sizes.next().unwrap_or(size);
            if size == 0 || rest.len() <= size {
                break;
            }
            let (before, group) = rest.split_at(rest.len() - size);
            groups.push(group);
            rest = before;
        }
        written.push_str(rest);
        for group in groups.iter().rev() {
            written.push_str(self.separator);
            written.push_str(group);
        }
    }
}

impl DayOrder {
    /// The order of a `strftime` format such as `%d.%m.%Y`.
    fn of(format: &str) -> Self {
        let letters = format.split('%').skip(1);
        // Flags such as `-` and `E` can stand between `%` and the letter.
        let mut letters =
            letters.filter_map(|it| it.trim_start_matches(['-', '_', 'E', 'O']).chars().next());
        match letters.find(|letter| "deFDmbBhyY".contains(*letter)) {
            Some('D' | 'm' | 'b' | 'B' | 'h') => Self::Month,
            Some('F' | 'y' | 'Y') => Self::Year,
            _ => Self::Day,
        }
    }
}

/// A language range of `Accept-Language` and its weight in thousandths; `None` if its weight is 0 or it is
/// not valid.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| !tag.is_empty() && *tag != "*")?;
    let weight = parts.find_map(|part| part.strip_prefix("q="));
    let weight = match weight {
        None => 1.0,
        Some(weight) => weight.parse::<f32>().ok()?.clamp(0.0, 1.0),
    };
    let weight = (weight * 1_000.0) as u16;
    (weight > 0).then_some((tag, weight))
}

/// The default country of a language: the one with the same code, except for these.
fn usual_country(language: &str) -> String {
    let country = match language {
        "ar" => "EG",
        "bn" => "BD",
        "ca" => "ES",
        "cs" => "CZ",
        "da" => "DK",
        "el" => "GR",
        "et" => "EE",
        "eu" | "gl" => "ES",
        "fa" => "IR",
        "ga" => "IE",
        "he" => "IL",
        "hi" | "ta" | "te" | "mr" | "gu" | "kn" | "ml" | "pa" => "IN",
        "ja" => "JP",
        "ko" => "KR",
        "nb" | "nn" => "NO",
        "sl" => "SI",
        "sq" => "AL",
        "sr" => "RS",
        "sv" => "SE",
        "uk" => "UA",
        "vi" => "VN",
        "zh" => "CN",
        other => return other.to_ascii_uppercase(),
    };
    country.to_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The text for a reader whose country is unknown.
    pub(crate) fn seen(text: &str) -> String {
        Reader::default().write(text)
    }

    fn reader(accepted: &str) -> Reader {
        Reader::of(&HeaderMap::from_iter([(
            ACCEPT_LANGUAGE,
            accepted.parse().unwrap(),
        )]))
    }

    #[test]
    fn numbers_and_days_have_the_format_of_the_country() {
        let text = format!(
            "{} of {}, {} %, {}",
            number("7"),
            number("1234567"),
            number("62.40"),
            day(jiff::civil::date(2026, 10, 31))
        );
        let of = |accepted: &str| reader(accepted).write(&text);
        assert_eq!(
            Reader::default().write(&text),
            "7 of 1,234,567, 62.40 %, 31 Oct 2026"
        );
        assert_eq!(of("en-US"), "7 of 1,234,567, 62.40 %, Oct 31, 2026");
        assert_eq!(of("en-GB"), "7 of 1,234,567, 62.40 %, 31 Oct 2026");
        assert_eq!(of("de-DE"), "7 of 1.234.567, 62,40 %, 31 Oct 2026");
        assert_eq!(of("de-CH"), "7 of 1’234’567, 62.40 %, 31 Oct 2026");
        assert_eq!(
            of("fr-FR"),
            "7 of 1\u{202f}234\u{202f}567, 62,40 %, 31 Oct 2026"
        );
        assert_eq!(
            of("sv"),
            "7 of 1\u{202f}234\u{202f}567, 62,40 %, 2026-10-31"
        );
        assert_eq!(of("en-IN"), "7 of 12,34,567, 62.40 %, 31 Oct 2026");
        assert_eq!(of("ja"), "7 of 1,234,567, 62.40 %, 2026-10-31");
    }

    #[test]
    fn the_known_language_with_the_largest_weight_counts() {
        let german = reader("de-DE");
        assert_eq!(reader("en;q=0.5, de"), german);
        assert_eq!(reader("xx-YY, de-DE;q=0.9, fr-FR;q=0.8"), german);
        assert_eq!(reader("fr-FR;q=0, de-DE;q=0.1, *"), german);
        assert_eq!(reader("de-Latn-DE-x-private"), german);
        assert_eq!(reader("DE-de"), german);
        // A country that the language has no locale for.
        assert_eq!(reader("de-US"), german);
        for unknown in ["", "*", "en", "xx", ";q=1", "de;q=much", "-", "de_DE", "é"] {
            let value = http::HeaderValue::from_bytes(unknown.as_bytes()).unwrap();
            let request = HeaderMap::from_iter([(ACCEPT_LANGUAGE, value)]);
            assert_eq!(Reader::of(&request), Reader::default(), "{unknown}");
        }
        assert_eq!(Reader::of(&HeaderMap::new()), Reader::default());
    }

    #[test]
    fn marks_from_outside_change_nothing() {
        let reader = Reader::default();
        for text in [
            "\u{FDD0}",
            "\u{FDD1}1",
            "a\u{FDD0}<b>\u{FDD1}",
            "\u{FDD0}1.\u{FDD1}",
            "\u{FDD0}\u{FDD1}",
        ] {
            let unmarked = |text: &str| text.replace([BEGIN, END], "");
            assert_eq!(unmarked(&reader.write(text)), unmarked(text));
        }
    }
}
