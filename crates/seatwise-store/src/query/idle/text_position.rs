//! Positions in a text.

/// The line and column of a byte offset, both from 1. Columns count characters.
pub(super) fn position(text: &str, byte: usize) -> (u64, u64) {
    let mut end = byte.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let start = before.rfind('\n').map_or(0, |line| line + 1);
    let lines = before.bytes().filter(|it| *it == b'\n').count();
    let column = before[start..].chars().count();
    (lines as u64 + 1, column as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_letters_and_not_bytes() {
        let text = "one\nfjørd,x";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, text.find('x').unwrap_or(0)), (2, 7));
        assert_eq!(position(text, 1_000), (2, 8));
    }
}
