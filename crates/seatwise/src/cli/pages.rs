//! Options of pages and guest links.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use seatwise_server::Issuer;
use seatwise_store::{GuestLink, GuestLinkId};
use seatwise_types::{CustomerId, PartnerId};
use seatwise_web::PublicUrl;

use super::value::duration;
use super::{Data, Output, TextOrJson};

/// How browsers sign in to the pages.
#[derive(Args)]
#[command(next_help_heading = "Pages")]
pub(crate) struct Pages {
    /// Let people sign in to the pages at this OpenID Connect issuer
    ///
    /// `{tid}` stands for the tenant. For Entra: `https://login.microsoftonline.com/{tid}/v2.0`.
    /// Pages show what the API would return to the same person: see docs/sign-in.md. With
    /// --dev-identity alone, people sign in with the development identity.
    #[arg(long, value_name = "URL")]
    #[arg(requires_all = ["sign_in_client_id", "public_url", "tenant"])]
    pub(crate) sign_in_issuer: Option<Issuer>,
    /// The client id of the application at that issuer
    ///
    /// Register the redirect URI PUBLIC-URL/sign-in/callback for it.
    #[arg(long, value_name = "ID", requires = "sign_in_issuer")]
    pub(crate) sign_in_client_id: Option<String>,
    /// The file with the secret of the application; it must be readable by you alone
    #[arg(long, value_name = "FILE", env = "SEATWISE_SIGN_IN_CLIENT_SECRET_FILE")]
    pub(crate) sign_in_client_secret_file: Option<PathBuf>,
    /// Request this scope from the issuer, for a token that the API accepts
    ///
    /// The default is AUDIENCE/SCOPE, from --audience and --scope.
    #[arg(long, value_name = "SCOPE", requires = "sign_in_issuer")]
    pub(crate) sign_in_scope: Option<String>,
    /// Make people with this app role operators, who can make changes; may be repeated
    #[arg(long, value_name = "ROLE", requires = "sign_in_issuer")]
    pub(crate) operator_role: Vec<String>,
    /// Make people in the group with this id operators; may be repeated
    #[arg(long, value_name = "ID", requires = "sign_in_issuer")]
    pub(crate) operator_group: Vec<String>,
    /// The URL of this server for browsers, such as `https://seatwise.example`
    #[arg(long, value_name = "URL", env = "SEATWISE_PUBLIC_URL")]
    pub(crate) public_url: Option<PublicUrl>,
    /// How long a session lasts before a new sign-in is needed; at most 30d
    #[arg(long, value_name = "TIME", default_value = "12h", value_parser = session_life)]
    pub(crate) session_life: Duration,
}

#[derive(Args)]
pub(crate) struct Guests {
    #[command(subcommand)]
    pub(crate) command: GuestsCommand,
}

#[derive(Subcommand)]
pub(crate) enum GuestsCommand {
    /// List the links of a partner: those that are valid, and those that ended within 90 days
    List(ListGuests),
    /// Make a link that shows one customer's pages, and print its address, which is not stored
    Make(MakeGuest),
    /// Revoke a link: it stops working at once, also for guests who have opened it
    Revoke(RevokeGuest),
}

/// The links of a partner.
#[derive(Args)]
pub(crate) struct GuestLinks {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
}

#[derive(Args)]
pub(crate) struct ListGuests {
    #[command(flatten)]
    pub(crate) of: GuestLinks,
    /// The format of the output
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
pub(crate) struct MakeGuest {
    #[command(flatten)]
    pub(crate) of: GuestLinks,
    /// The customer to show
    #[arg(long, value_name = "GUID")]
    pub(crate) customer: CustomerId,
    /// A note for the list, such as the guest's name; at most 100 characters
    #[arg(
        long = "for",
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) note: String,
    /// How long the link is valid; at most 366d
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = guest_life)]
    pub(crate) expires_in: Duration,
    /// The URL of the server for browsers, such as `https://seatwise.example`
    ///
    /// Without it only the path of the link's address is printed.
    #[arg(long, value_name = "URL", env = "SEATWISE_PUBLIC_URL")]
    pub(crate) public_url: Option<PublicUrl>,
    /// The format of the output
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct RevokeGuest {
    #[command(flatten)]
    pub(crate) of: GuestLinks,
    /// The name of the link, from the list
    #[arg(value_name = "LINK")]
    pub(crate) id: GuestLinkId,
}

fn session_life(text: &str) -> Result<Duration, String> {
    up_to(text, Duration::from_secs(30 * 24 * 60 * 60), "30d")
}

fn guest_life(text: &str) -> Result<Duration, String> {
    up_to(text, GuestLink::LONGEST.unsigned_abs(), "366d")
}

fn up_to(text: &str, most: Duration, words: &str) -> Result<Duration, String> {
    match duration(text) {
        Ok(length) if length > most => Err(format!("at most {words} is expected")),
        length => length,
    }
}
