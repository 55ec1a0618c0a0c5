//! Parquet's hybrid encoding of numbers: repeated ones, and groups of eight with few bits each.

/// Appends numbers of `width` bits.
pub(super) fn append_runs(to: &mut Vec<u8>, numbers: &[u32], width: u32) {
    let mut packed = 0..0;
    let mut at = 0;
    while at < numbers.len() {
        let first = numbers[at];
        let others = numbers[at..].iter().position(|number| *number != first);
        let repeated = others.unwrap_or(numbers.len() - at);
        if repeated < 8 {
            // Packed numbers come in groups of eight. Only the last group may have fewer.
            at = (at + 8).min(numbers.len());
            packed.end = at;
            continue;
        }
        append_packed(to, &numbers[packed], width);
        append_count(to, (repeated as u64) << 1);
        let bytes = width.div_ceil(8) as usize;
        to.extend_from_slice(&first.to_le_bytes()[..bytes]);
        at += repeated;
        packed = at..at;
    }
    append_packed(to, &numbers[packed], width);
}

/// Appends packed numbers, with zeros up to a multiple of eight.
fn append_packed(to: &mut Vec<u8>, numbers: &[u32], width: u32) {
    if numbers.is_empty() {
        return;
    }
    let groups = numbers.len().div_ceil(8);
    append_count(to, (groups as u64) << 1 | 1);
    let end = to.len() + groups * width as usize;
    let (mut bits, mut count) = (0_u64, 0);
    for number in numbers {
        bits |= u64::from(*number) << count;
        count += width;
        while count >= 8 {
            to.push(bits as u8);
            bits >>= 8;
            count -= 8;
        }
    }
    if count > 0 {
        to.push(bits as u8);
    }
    to.resize(end, 0);
}

/// Appends a number in seven bits a byte, the lowest first.
fn append_count(to: &mut Vec<u8>, mut count: u64) {
    while count >= 0x80 {
        to.push(count as u8 | 0x80);
        count >>= 7;
    }
    to.push(count as u8);
}
