//! Who may look at pages.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use seatwise_server::Issuer;
use seatwise_store::{GuestLink, GuestLinkId};
use seatwise_types::{CustomerId, PartnerId};
use seatwise_web::PublicUrl;

use super::value::duration;
use super::{Output, TextOrJson};

/// How people sign in who look at pages with a browser.
#[derive(Args)]
#[command(next_help_heading = "Pages")]
pub(crate) struct Pages {
    /// Let people sign in to the pages at this OpenID Connect issuer
    ///
    /// `{tid}` stands for the tenant. For Entra: `https://login.microsoftonline.com/{tid}/v2.0`. People
    /// may read what the API would let them read: see docs/sign-in.md. With --dev-identity alone, they
    /// sign in with the development identity.
    #[arg(long, value_name = "URL")]
    #[arg(requires_all = ["sign_in_client_id", "public_url", "tenant"])]
    pub(crate) sign_in_issuer: Option<Issuer>,
    /// The client id of the application at that issuer
    ///
    /// The application has the redirect URI PUBLIC-URL/sign-in/callback.
    #[arg(long, value_name = "ID", requires = "sign_in_issuer")]
    pub(crate) sign_in_client_id: Option<String>,
    /// The file with the secret of the application, which only you can read
    #[arg(long, value_name = "FILE", env = "SEATWISE_SIGN_IN_CLIENT_SECRET_FILE")]
    pub(crate) sign_in_client_secret_file: Option<PathBuf>,
    /// Ask the issuer for this scope, so that it gives a token that the API takes; by default
    /// AUDIENCE/SCOPE, from --audience and --scope
    #[arg(long, value_name = "SCOPE", requires = "sign_in_issuer")]
    pub(crate) sign_in_scope: Option<String>,
    /// Make people with this app role operators, who may change something; may be repeated
    #[arg(long, value_name = "ROLE", requires = "sign_in_issuer")]
    pub(crate) operator_role: Vec<String>,
    /// Make people of this group operators: its id; may be repeated
    #[arg(long, value_name = "ID", requires = "sign_in_issuer")]
    pub(crate) operator_group: Vec<String>,
    /// Where browsers reach this server: `https://seatwise.example`
    #[arg(long, value_name = "URL", env = "SEATWISE_PUBLIC_URL")]
    pub(crate) public_url: Option<PublicUrl>,
    /// How long a session lasts; then people sign in again. At most 30d
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
    /// Show the links of a partner: those that are open, and those that ended within 90 days
    List(ListGuests),
    /// Make a link that shows one customer's pages, and print its address, which is kept nowhere
    Make(MakeGuest),
    /// Revoke a link: it opens nothing from then on, also for those who used it already
    Revoke(RevokeGuest),
}

/// The links of a partner.
#[derive(Args)]
pub(crate) struct GuestLinks {
    /// The data folder
    #[arg(long, value_name = "DIR", env = "SEATWISE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// The partner's tenant id
    #[arg(long, value_name = "GUID", env = "SEATWISE_PARTNER")]
    pub(crate) partner: PartnerId,
}

#[derive(Args)]
pub(crate) struct ListGuests {
    #[command(flatten)]
    pub(crate) of: GuestLinks,
    /// How they are printed
    #[arg(long, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Args)]
pub(crate) struct MakeGuest {
    #[command(flatten)]
    pub(crate) of: GuestLinks,
    /// The customer that the guest sees
    #[arg(long, value_name = "GUID")]
    pub(crate) customer: CustomerId,
    /// For whom it is, for the list: up to 100 letters
    #[arg(
        long = "for",
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) note: String,
    /// How long it can be used; at most 366d
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = guest_life)]
    pub(crate) expires_in: Duration,
    /// Where browsers reach the server, such as `https://seatwise.example`; without it only the path
    /// of the address is printed
    #[arg(long, value_name = "URL", env = "SEATWISE_PUBLIC_URL")]
    pub(crate) public_url: Option<PublicUrl>,
    /// How the link is printed
    #[arg(long, default_value = "text")]
    pub(crate) output: TextOrJson,
}

#[derive(Args)]
pub(crate) struct RevokeGuest {
    #[command(flatten)]
    pub(crate) of: GuestLinks,
    /// The name of the link, as the list has it
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
