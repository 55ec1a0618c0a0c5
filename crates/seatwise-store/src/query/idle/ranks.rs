//! Ranks of items in a sort order.

/// The rank of each item by a key, which is computed once. Items with equal keys keep their order.
pub(super) fn ranks<'a, T, K: Ord>(items: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<u32> {
    let mut order: Vec<u32> = (0..items.len() as u32).collect();
    order.sort_by_cached_key(|place| key(&items[*place as usize]));
    let mut ranks = vec![0; order.len()];
    for (rank, place) in (0..).zip(order) {
        ranks[place as usize] = rank;
    }
    ranks
}
