//! SHA-256 of files. A file with its checksum is identical to what was written.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use aws_lc_rs::digest::{Context, Digest, SHA256, SHA256_OUTPUT_LEN, digest};

/// The name of the tag with a data file's SHA-256 in the log. Other tools ignore it.
pub(crate) const CHECKSUM_TAG: &str = "seatwise.sha256";

/// The size of the buffer for reading, in bytes.
const PART: usize = 256 << 10;

/// A SHA-256. Its text is 64 hexadecimal digits in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checksum([u8; SHA256_OUTPUT_LEN]);

impl Checksum {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self::from(digest(&SHA256, bytes))
    }

    /// The checksum of all bytes of a file, read in parts.
    pub(crate) fn of_reader(mut file: impl Read) -> io::Result<Self> {
        let mut context = Context::new(&SHA256);
        let mut part = vec![0; PART];
        loop {
            match file.read(&mut part) {
                Ok(0) => return Ok(Self::from(context.finish())),
                Ok(length) => context.update(&part[..length]),
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                Err(err) => return Err(err),
            }
        }
    }
}

impl From<Digest> for Checksum {
    fn from(digest: Digest) -> Self {
        let mut bytes = [0; SHA256_OUTPUT_LEN];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Checksum {
    type Err = io::Error;

    fn from_str(text: &str) -> Result<Self, io::Error> {
        let mut bytes = [0; SHA256_OUTPUT_LEN];
        let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 2 * SHA256_OUTPUT_LEN && text.bytes().all(is_digit) {
            for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
                let digits = str::from_utf8(digits).map_err(io::Error::other)?;
                *byte = u8::from_str_radix(digits, 16).map_err(io::Error::other)?;
            }
            return Ok(Self(bytes));
        }
        Err(damage(format!("`{text}` is not a SHA-256")))
    }
}

/// An error for bytes that have changed.
pub(crate) fn damage(problem: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_a_file_is_that_of_its_bytes() {
        let bytes: Vec<u8> = (0..PART as u32 + 7).map(|byte| byte as u8).collect();
        let read = Checksum::of_reader(bytes.as_slice()).unwrap();
        assert_eq!(read, Checksum::of(&bytes));
    }

    #[test]
    fn text_has_one_form() {
        let abc = Checksum::of(b"abc");
        // The example in FIPS 180-2.
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(abc.to_string(), text);
        assert_eq!(text.parse::<Checksum>().unwrap(), abc);
        for wrong in [&text.to_uppercase(), &text[1..], &format!("{text}0"), ""] {
            assert!(wrong.parse::<Checksum>().is_err(), "{wrong}");
        }
    }
}
