//! Checks the first and last bytes of a file: whether it can be a table, and whether it is
//! complete. The import checks the content.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// The bytes to check at the start and at the end.
const LOOKED_AT: usize = 8 << 10;

/// What a file seems to contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A table that seems complete.
    Whole,
    /// A table that seems incomplete: what is missing.
    Unended(&'static str),
    /// No bytes: a file that a program has just begun, or a marker.
    Empty,
    /// Not a table: why.
    NoTable(&'static str),
}

impl Content {
    /// Checks a file with this many bytes.
    pub(super) fn of(file: &mut File, bytes: u64) -> io::Result<Self> {
        let mut start = Vec::new();
        file.rewind()?;
        file.take(LOOKED_AT as u64).read_to_end(&mut start)?;
        let mut end = Vec::new();
        file.seek(SeekFrom::Start(bytes.saturating_sub(LOOKED_AT as u64)))?;
        file.take(LOOKED_AT as u64).read_to_end(&mut end)?;
        Ok(Self::seen(&start, &end))
    }

    fn seen(start: &[u8], end: &[u8]) -> Self {
        let begins = |magic: &[u8]| start.starts_with(magic);
        if start.is_empty() {
            return Self::Empty;
        }
        if begins(b"PAR1") {
            return if start.len() > 8 && end.ends_with(b"PAR1") {
                Self::Whole
            } else {
                Self::Unended("the end of a Parquet file")
            };
        }
        // Compressed files cannot be checked without unpacking. For workbooks, archives and UTF-16,
        // the import reports what to do.
        let packed: [&[u8]; 5] = [
            b"\x1f\x8b",
            b"\x28\xb5\x2f\xfd",
            b"PK\x03\x04",
            b"\xff\xfe",
            b"\xfe\xff",
        ];
        if packed.into_iter().any(begins) {
            return Self::Whole;
        }
        if start.contains(&0) {
            return Self::NoTable("it is neither text nor Parquet");
        }
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
        let closed_by = match first {
            Some(b'{') => Some(b'}'),
            Some(b'[') => Some(b']'),
            _ => None,
        };
        if closed_by.is_some() {
            return if end.trim_ascii_end().last() == closed_by.as_ref() {
                Self::Whole
            } else {
                Self::Unended("the end of its JSON")
            };
        }
        // The first line can name a separator, as in Excel.
        let text = text.strip_prefix(b"\"").unwrap_or(text);
        let names_one = text
            .get(..4)
            .is_some_and(|it| it.eq_ignore_ascii_case(b"sep="));
        if !names_one && !text.iter().any(|byte| b",;\t".contains(byte)) {
            return Self::NoTable("no line of it has commas, semicolons or tabs");
        }
        match end.last() {
            Some(b'\n' | b'\r') => Self::Whole,
            _ => Self::Unended("the end of its last line"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Content;

    fn seen(content: &[u8]) -> Content {
        Content::seen(content, content)
    }

    #[test]
    fn a_table_has_an_end() {
        for whole in [
            &b"a,b\n1,2\n"[..],
            b"a;b\r\n1;2\r\n",
            b"a\tb\r1\t2\r",
            b"sep=|\na|b\n1|2\n",
            b"\"sep=|\"\na|b\n",
            b"{\"a\":1}",
            b"\xef\xbb\xbf {\"items\":[]}\r\n\r\n",
            b"[{\"a\":1}]\n",
            b"PAR1..rows..PAR1",
            b"\x1f\x8b\x08\0\0",
            b"\x28\xb5\x2f\xfd\0",
            b"PK\x03\x04\0",
            b"\xff\xfea\0,\0",
        ] {
            assert_eq!(seen(whole), Content::Whole, "{whole:?}");
        }
        for cut in [
            &b"a,b\n1,2"[..],
            b"a,b\n1,2\n ",
            b"{\"a\":1}\n{\"a\":",
            b"{\"items\":[{}]",
            b"[{\"a\":1},",
            b"PAR1..rows",
            b"PAR1",
            b"PAR1PAR1",
        ] {
            assert!(matches!(seen(cut), Content::Unended(_)), "{cut:?}");
        }
    }

    #[test]
    fn what_is_no_table() {
        assert_eq!(seen(b""), Content::Empty);
        for other in [
            &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR,,"[..],
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0,",
            b"Read me\nThis folder is watched.\n",
            b"0",
        ] {
            assert!(matches!(seen(other), Content::NoTable(_)), "{other:?}");
        }
    }
}
