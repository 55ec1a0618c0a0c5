//! The end of a JSON value in a text.

/// The state of scanning a value.
#[derive(Default)]
pub(super) struct ValueScan {
    depth: u64,
    in_string: bool,
    is_escaped: bool,
}

impl ValueScan {
    /// The number of bytes in the next part of the text that belong to the value; `None` if all do
    /// and more may follow.
    pub(super) fn end_in(&mut self, part: &[u8]) -> Option<usize> {
        for (at, byte) in part.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => {
                        self.in_string = false;
                        if self.depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                b'}' | b']' | b',' | b':' if self.depth == 0 => return Some(at),
                _ if self.depth == 0 && byte.is_ascii_whitespace() => return Some(at),
                _ => {}
            }
        }
        None
    }
}
