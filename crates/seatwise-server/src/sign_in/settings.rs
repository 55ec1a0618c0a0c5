//! The accepted tokens of a server.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use seatwise_types::PartnerId;
use url::{Host, Url};

/// The largest allowed skew, which Entra's libraries allow too.
pub const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The documented audience of Partner Center's tokens.
pub const AUDIENCE: &str = "https://api.partnercenter.microsoft.com";

/// The delegated permission, which only tokens of users have.
pub const USER_SCOPE: &str = "user_impersonation";

/// The scope or application role that allows imports.
pub const IMPORT_PERMISSION: &str = "Seatwise.Import";

/// The hosts in issuers of Entra's v1.0 tokens.
const V1: [&str; 2] = ["sts.windows.net", "sts.chinacloudapi.cn"];

/// The placeholder for the tenant in an issuer, as in Entra's documentation.
const TENANT: &str = "{tid}";

/// The accepted tokens, in addition to development tokens.
///
/// There are no implied values: without an issuer and a tenant, no token is accepted.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The trusted issuers.
    pub issuers: Vec<Issuer>,
    /// The tenants of the partners that can sign in with these issuers.
    pub tenants: Vec<PartnerId>,
    /// The accepted audiences. Default: Partner Center's URL, with and without a slash at the end,
    /// and its application id.
    pub audiences: Vec<String>,
    /// Whether users must show a second factor. Default: required.
    pub mfa: MfaRule,
    /// The scopes that allow a user to read; one is enough. Default: `user_impersonation`.
    pub scopes: Vec<String>,
    /// The roles that allow reading; one is enough. Without any, roles are not checked.
    pub roles: Vec<String>,
    /// The scopes that allow a user to import; one is enough. Default: `Seatwise.Import`. They do
    /// not allow reading.
    pub write_scopes: Vec<String>,
    /// The roles that allow users and applications to import; one is enough. Default:
    /// `Seatwise.Import`.
    pub write_roles: Vec<String>,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            issuers: Vec::new(),
            tenants: Vec::new(),
            audiences: vec![
                AUDIENCE.to_owned(),
                // Entra writes these if a client requested the URL with a slash at the end, or the
                // application id of the Partner Center API.
                format!("{AUDIENCE}/"),
                "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd".to_owned(),
            ],
            mfa: MfaRule::Required,
            scopes: vec![USER_SCOPE.to_owned()],
            roles: Vec::new(),
            write_scopes: vec![IMPORT_PERMISSION.to_owned()],
            write_roles: vec![IMPORT_PERMISSION.to_owned()],
        }
    }
}

/// Which users' tokens must have `mfa` in `amr`. Tokens without a user never need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaRule {
    /// All: a token without `amr` is rejected.
    Required,
    /// All, except v2.0 tokens without `amr`: Entra leaves it out, so Conditional Access must
    /// require the second factor.
    ExceptV2,
    /// None.
    Off,
}

/// An issuer of tokens: its exact name, or a pattern with `{tid}` in place of the tenant.
///
/// ```
/// use seatwise_server::Issuer;
///
/// assert!("https://sts.windows.net/{tid}/".parse::<Issuer>().is_ok());
/// assert!("https://login.microsoftonline.com/{tid}/v2.0".parse::<Issuer>().is_ok());
/// assert!("https://idp.example/realms/partners".parse::<Issuer>().is_ok());
/// // A signature is worth as much as the way on which its key came.
/// assert!("http://idp.example/".parse::<Issuer>().is_err());
/// // No token of Entra has one of these issuers.
/// assert!("https://sts.windows.net/{tid}".parse::<Issuer>().is_err());
/// assert!("https://login.microsoftonline.com/common/v2.0".parse::<Issuer>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

/// Why a text is not a valid issuer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidIssuer(&'static str);

impl FromStr for Issuer {
    type Err = InvalidIssuer;

    fn from_str(text: &str) -> Result<Self, InvalidIssuer> {
        let any_tenant = uuid::Uuid::nil().to_string();
        let url: Url = text.replace(TENANT, &any_tenant).parse().map_err(|_| {
            InvalidIssuer("not an address such as `https://sts.windows.net/{tid}/`")
        })?;
        if !is_safe(&url) {
            let reason = "not an `https` address; `http` is for loopback addresses alone";
            return Err(InvalidIssuer(reason));
        }
        if url.query().is_some() || url.fragment().is_some() || has_user(&url) {
            return Err(InvalidIssuer("more than a host and a path"));
        }
        let tenants = text.matches(TENANT).count();
        if tenants > 1
            || segments(&url)
                .filter(|segment| *segment == any_tenant)
                .count()
                != tenants
        {
            return Err(InvalidIssuer(
                "`{tid}` is not one whole segment of the path",
            ));
        }
        entra_issues(&url)?;
        Ok(Self(text.to_owned()))
    }
}

/// Rejects URLs of Entra that no token has as its issuer (observed: `iss` of v1.0 and v2.0 tokens;
/// the hosts of China and of the US Government are documented).
fn entra_issues(url: &Url) -> Result<(), InvalidIssuer> {
    const V2: [&str; 3] = [
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
    ];
    let host = url.host_str().unwrap_or_default();
    let path: Vec<_> = segments(url).collect();
    if !V1.contains(&host) && !V2.contains(&host) {
        return Ok(());
    }
    if let [tenant @ ("common" | "organizations" | "consumers"), ..] = path[..] {
        return Err(InvalidIssuer(match tenant {
            "common" => "`common` is no tenant: a token names its own; write `{tid}` instead",
            "organizations" => {
                "`organizations` is no tenant: a token names its own; write `{tid}` instead"
            }
            _ => "`consumers` are personal accounts, which no partner has; write `{tid}` instead",
        }));
    }
    match path[..] {
        [_, ""] if V1.contains(&host) => Ok(()),
        [_, "v2.0"] if V2.contains(&host) => Ok(()),
        _ if V1.contains(&host) => Err(InvalidIssuer(
            "not an issuer of Entra's v1.0 tokens, which has one segment and a slash at the end: \
             `https://sts.windows.net/{tid}/`",
        )),
        _ => Err(InvalidIssuer(
            "not an issuer of Entra's v2.0 tokens, which ends with `/v2.0` and no slash: \
             `https://login.microsoftonline.com/{tid}/v2.0`",
        )),
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SignIn {
    /// All exact issuers, and the tenants for which each is trusted.
    ///
    /// Placeholders are replaced here, so that the issuer in a token is only ever compared.
    pub(super) fn trusted(&self) -> HashMap<String, Vec<PartnerId>> {
        let issuers = self.issuers.iter();
        issuers
            .flat_map(|issuer| issuer.of(&self.tenants))
            .collect()
    }
}

impl Issuer {
    /// The exact issuers, and the tenants for which each is trusted.
    pub(super) fn of(&self, tenants: &[PartnerId]) -> Vec<(String, Vec<PartnerId>)> {
        let Self(issuer) = self;
        if issuer.contains(TENANT) {
            let name = |tenant: &PartnerId| issuer.replace(TENANT, &tenant.to_string());
            let tenants = tenants.iter();
            return tenants
                .map(|tenant| (name(tenant), vec![*tenant]))
                .collect();
        }
        // An issuer with a tenant in its name is trusted for that tenant only.
        let named = |tenant: &&PartnerId| names(issuer, **tenant);
        let tenants = match tenants.iter().find(named) {
            Some(tenant) => vec![*tenant],
            None => tenants.to_vec(),
        };
        vec![(issuer.clone(), tenants)]
    }

    /// Whether it issues Entra's v1.0 tokens, whose endpoints are not standard OpenID Connect.
    pub(crate) fn is_entra_v1(&self) -> bool {
        let url: Option<Url> = self.0.parse().ok();
        url.is_some_and(|url| V1.contains(&url.host_str().unwrap_or_default()))
    }
}

/// Whether a segment of the issuer's path is this tenant.
pub(super) fn names(issuer: &str, tenant: PartnerId) -> bool {
    let tenant = tenant.to_string();
    issuer
        .split('/')
        .any(|segment| segment.eq_ignore_ascii_case(&tenant))
}

/// Whether what is read from this URL is protected against changes on the way.
pub(super) fn is_safe(url: &Url) -> bool {
    (url.scheme() == "https" && url.has_host()) || is_loopback(url)
}

/// Whether the URL is HTTP or HTTPS on a loopback address.
pub fn is_loopback(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    here && matches!(url.scheme(), "http" | "https")
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn segments(url: &Url) -> impl Iterator<Item = &str> {
    url.path_segments().into_iter().flatten()
}
