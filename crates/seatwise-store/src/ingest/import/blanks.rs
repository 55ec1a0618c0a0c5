//! Blank lines and rows, which are skipped. Few compressed bytes can expand to very many of them.

use std::io;

/// The limit in one file: the rows of 16 full sheets of a spreadsheet.
const MOST: u64 = 16 << 20;

/// Counts the skipped lines and rows of a file.
#[derive(Default)]
pub(super) struct Blanks(u64);

impl Blanks {
    /// # Errors
    /// If there are too many.
    pub(super) fn one_more(&mut self) -> io::Result<()> {
        self.0 += 1;
        if self.0 > MOST {
            let reason = format!("more than {MOST} of its lines or rows are blank: take them out");
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_may_be_many_and_not_one_more() {
        let mut blanks = Blanks(MOST - 1);
        blanks.one_more().unwrap();
        let refused = blanks.one_more().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "more than 16777216 of its lines or rows are blank: take them out"
        );
    }
}
