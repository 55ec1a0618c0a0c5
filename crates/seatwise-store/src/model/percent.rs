//! The only calculation of percents.

/// The percent of `part` in `whole`, rounded to two decimals, half away from zero.
///
/// `0.0` if `whole` is 0, even if `part` is not: the wire cannot express "undefined". Values over
/// 100 are valid and not clamped. The rounding uses integers, so the result is the double nearest
/// to the exact two-decimal value, on every machine.
///
/// ```
/// use seatwise_store::percent;
/// assert_eq!(percent(5, 206), 2.43);
/// assert_eq!(percent(1, 800), 0.13); // 0.125 rounds away from zero
/// assert_eq!(percent(3, 2), 150.0);
/// assert_eq!(percent(7, 0), 0.0);
/// ```
pub fn percent(part: u64, whole: u64) -> f64 {
    hundredths(part, whole) as f64 / 100.0
}

/// The same in integer hundredths.
pub(crate) fn hundredths(part: u64, whole: u64) -> u128 {
    if whole == 0 {
        return 0;
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    (part * 20_000 + whole) / (2 * whole)
}
