//! The paths of the rows of all customers.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use seatwise_types::query::CommercialKind;

/// Roots and endings of the paths: those of the documented tables, those of the documented samples,
/// and the other combinations.
const ROUTES: [(&str, &str); 4] = [
    ("/v1", "/"),
    ("/partner/v1", ""),
    ("/v1", ""),
    ("/partner/v1", "/"),
];

/// The documented path under which a service has the rows of all customers. Displayed as its root,
/// with a trailing slash if the path ends with one.
///
/// # Example
///
/// ```
/// use seatwise_client::CommercialRoute;
///
/// assert_eq!(CommercialRoute::default().to_string(), "/v1/");
/// assert_eq!("/partner/v1".parse::<CommercialRoute>()?.to_string(), "/partner/v1");
/// assert!("/v2".parse::<CommercialRoute>().is_err());
/// # Ok::<(), seatwise_client::InvalidRoute>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CommercialRoute(usize);

impl CommercialRoute {
    /// All routes, the likeliest first.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..ROUTES.len()).map(Self)
    }

    /// What its paths begin with.
    pub(super) fn root(self) -> &'static str {
        ROUTES[self.0].0
    }

    /// The path of the rows of this kind.
    pub(super) fn path(self, kind: CommercialKind) -> String {
        let (root, end) = ROUTES[self.0];
        let kind = match kind {
            CommercialKind::Usage => "usage",
            CommercialKind::Deployment => "deployment",
        };
        format!("{root}/analytics/commercial/{kind}/license{end}")
    }
}

/// The route under which the service has the rows, as far as calls have found it.
pub(crate) struct KnownRoute(AtomicUsize);

impl KnownRoute {
    /// Starts with a route to try first.
    pub(crate) fn new(first: CommercialRoute) -> Self {
        Self(AtomicUsize::new(first.0))
    }

    pub(crate) fn get(&self) -> CommercialRoute {
        CommercialRoute(self.0.load(Ordering::Relaxed))
    }

    pub(super) fn set(&self, found: CommercialRoute) {
        self.0.store(found.0, Ordering::Relaxed);
    }
}

impl fmt::Display for CommercialRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (root, end) = ROUTES[self.0];
        write!(f, "{root}{end}")
    }
}

impl FromStr for CommercialRoute {
    type Err = InvalidRoute;

    fn from_str(text: &str) -> Result<Self, InvalidRoute> {
        let route = Self::all().find(|route| route.to_string() == text);
        route.ok_or_else(|| InvalidRoute(text.to_owned()))
    }
}

/// A text that is not a [`CommercialRoute`].
#[derive(Debug, thiserror::Error)]
#[error("`{}` is not one of `/v1/`, `/v1`, `/partner/v1` and `/partner/v1/`", .0.escape_debug())]
pub struct InvalidRoute(String);
