//! The separators in a line.

/// The lower seven bits of eight bytes.
const LOW_BITS: u64 = u64::from_ne_bytes([0x7f; 8]);

/// Calls `take` with each place of a byte in a text, in order. Looks at eight bytes at a time: fields
/// are short, so a search that begins again behind each separator takes three times as long.
#[inline]
pub(super) fn each_place(byte: u8, text: &[u8], mut take: impl FnMut(usize)) {
    let wanted = u64::from_ne_bytes([byte; 8]);
    let (eights, rest) = text.as_chunks();
    for (number, eight) in eights.iter().enumerate() {
        // A byte is zero where it is the wanted one, and then gets its highest bit.
        let differs = u64::from_le_bytes(*eight) ^ wanted;
        let mut found = !(((differs & LOW_BITS) + LOW_BITS) | differs | LOW_BITS);
        while found != 0 {
            take(number * 8 + found.trailing_zeros() as usize / 8);
            found &= found - 1;
        }
    }
    let start = text.len() - rest.len();
    for (at, found) in rest.iter().enumerate() {
        if *found == byte {
            take(start + at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_places_are_found(byte: u8, text in vec(prop_oneof![0..3_u8, any::<u8>()], 0..40)) {
            // Bytes that differ from the wanted one in the lowest or the highest bit, too.
            let text: Vec<u8> = text
                .into_iter()
                .map(|it| match it {
                    0 => byte,
                    1 => byte ^ 1,
                    2 => byte ^ 0x80,
                    other => other,
                })
                .collect();
            let mut found = Vec::new();
            each_place(byte, &text, |at| found.push(at));
            let places = (0..text.len()).filter(|at| text[*at] == byte);
            prop_assert_eq!(found, Vec::from_iter(places));
        }
    }
}
