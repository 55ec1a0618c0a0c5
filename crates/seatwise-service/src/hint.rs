//! What to do about an error, by the options of the commands.

use seatwise_client::{Error as ClientError, ErrorKind, TlsFault};
use seatwise_collect::CollectError;
use seatwise_server::StartError;
use seatwise_store::StoreError;
use seatwise_store::import::ImportError;

pub(crate) fn import_hint(err: &ImportError) -> Option<&'static str> {
    match err {
        ImportError::BadRows { .. } => {
            Some("correct the rows and import again, or skip their deliveries with --skip-bad-rows")
        }
        ImportError::Unclear { .. } => Some(
            "nothing was stored; give --files parts if the rows of both files belong together, \
             --files versions if the later file restates the earlier one, or import the files one \
             by one",
        ),
        ImportError::Loses { .. } => Some(
            "check it with --dry-run; if the files are right and the missing rows no longer exist, add \
             --replace; if they are parts of deliveries, import them together with the other parts",
        ),
        _ => err.store().and_then(StoreError::hint),
    }
}

pub(crate) fn collect_hint(err: &CollectError) -> String {
    const CONTINUES: &str = "run the same command again: it continues where it stopped";
    match err {
        CollectError::Busy { .. } => "wait for it with --wait, or try again later".to_owned(),
        CollectError::Import(ImportError::Store(err)) | CollectError::Store(err) => {
            let hint = err.hint().map(|hint| format!("{hint}; then "));
            format!("{}{CONTINUES}", hint.unwrap_or_default())
        }
        _ => match err
            .of_the_source()
            .and_then(|err| client_hint(err, "--from"))
        {
            Some(hint) => format!("{hint}; then {CONTINUES}"),
            None => CONTINUES.to_owned(),
        },
    }
}

pub(crate) fn start_hint(err: &StartError) -> Option<&'static str> {
    match err {
        StartError::NoIssuer => Some(
            "give your issuer and your tenant, such as \
             --issuer 'https://sts.windows.net/{tid}/' --tenant GUID, or use --dev-identity for tests \
             on this computer",
        ),
        StartError::NoTenant { .. } => Some("give the partner's tenant id with --tenant"),
        StartError::SignInIssuer { .. } => Some(
            "name the issuer of v2.0 tokens with --sign-in-issuer: \
             `https://login.microsoftonline.com/{tid}/v2.0`",
        ),
        StartError::PlainHttp { .. } => Some(
            "give a certificate with --tls-cert and --tls-key, or add --behind-proxy if a proxy \
             terminates TLS",
        ),
        StartError::ImportFolder { .. } => {
            Some("give a folder outside of the data folder with --import-from")
        }
        StartError::Listen { .. } => {
            Some("choose another address with --listen; port 0 takes a free one")
        }
        _ => None,
    }
}

/// What to do about a failed call; `None` if there is nothing to do. `address` is the command's
/// option for the URL, such as `--url`.
pub fn client_hint(err: &ClientError, address: &str) -> Option<String> {
    let hint = if let Some(hint) = err.sign_in_hint() {
        hint
    } else if err.needs_user_token() {
        "this call needs a token of a user, not of an application alone"
    } else if err.needs_mfa() {
        "sign in again with multi-factor authentication"
    } else if err.wrong_audience() {
        "the token is for another service: get one for https://api.partnercenter.microsoft.com"
    } else if err.is_unauthorized() {
        "get a new token with `seatwise login`, or with `seatwise token` for a development identity, \
         and check that it is for this server"
    } else if let Some(500..) = err.status() {
        "try again later; if it is a Seatwise server, look at its log, and check its data folder with \
         `seatwise verify`"
    } else {
        return connection_hint(err, address);
    };
    Some(hint.to_owned())
}

/// What to do about a failed connection.
fn connection_hint(err: &ClientError, address: &str) -> Option<String> {
    Some(match err.kind() {
        ErrorKind::DevelopmentToken => {
            format!("name the server that the token is for with {address} or SEATWISE_URL")
        }
        ErrorKind::Tls { fault } => tls_hint(*fault)?.to_owned(),
        ErrorKind::Connection | ErrorKind::Timeout if err.is_of_authority() => {
            "check --authority and --cloud, the network, and the proxy (HTTPS_PROXY, NO_PROXY)"
                .to_owned()
        }
        ErrorKind::Connection => format!(
            "check {address} (or SEATWISE_URL), its scheme (http or https), and that the \
             server is running"
        ),
        _ => return None,
    })
}

fn tls_hint(fault: TlsFault) -> Option<&'static str> {
    Some(match fault {
        TlsFault::Untrusted => {
            "if it is the right server, name its certificate, or that of the authority which issued \
             it, with --ca-cert"
        }
        TlsFault::OtherName => "use a name in the address that the certificate has",
        TlsFault::Expired => "renew the certificate, and check the clock of this computer",
        TlsFault::NotYetValid => "check the clock of this computer",
        TlsFault::OfAnAuthority => {
            "make a certificate of a server: with openssl add `-addext \
             basicConstraints=critical,CA:FALSE` (docs/sign-in.md)"
        }
        TlsFault::NoTls => "use an address that begins with http://, or check its port",
        _ => return None,
    })
}
