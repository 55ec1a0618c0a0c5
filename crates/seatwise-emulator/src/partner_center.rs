//! Which requests are for Partner Center, and not for what Seatwise adds.

/// Whether the path is one of Partner Center's. It is normalized: lower case, single slashes.
pub(crate) fn is_of_partner_center(path: &str) -> bool {
    path.starts_with("/v1/") || path.starts_with("/partner/v1/")
}
