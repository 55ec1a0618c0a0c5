//! What stands before the rows of separated values: blank lines, directives and the header.

/// Whether a line before the header has only separators.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter()
        .all(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';'))
}

/// Whether a line is a directive: Excel reads `sep=;` as the separator, PowerShell writes `#TYPE`
/// and the name of a type.
pub(super) fn is_directive(line: &[u8], delimiter: &mut Option<u8>) -> bool {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let quoted = line
        .strip_prefix(b"\"")
        .and_then(|it| it.strip_suffix(b"\""));
    match quoted.unwrap_or(line) {
        [s, e, p, b'=', separator] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => {
            *delimiter = Some(*separator);
            true
        }
        [b'#', name @ ..] => name
            .get(..4)
            .is_some_and(|name| name.eq_ignore_ascii_case(b"TYPE")),
        _ => false,
    }
}

/// The separator in the header.
pub(super) fn separator_in(header: &[u8]) -> u8 {
    let count = |separator: u8| header.iter().filter(|byte| **byte == separator).count();
    // If several are equally frequent, the last one wins: the comma.
    [b';', b'\t', b',']
        .into_iter()
        .max_by_key(|separator| count(*separator))
        .unwrap_or(b',')
}
