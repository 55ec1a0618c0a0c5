//! Exit codes, and the hints for errors.

use std::process::ExitCode;

use seatwise_client::{Error as ClientError, ErrorKind, TlsFault};
use seatwise_collect::CollectError;
use seatwise_emulator::{ClockStartError, DevIdentityError};
use seatwise_server::StartError;
use seatwise_store::StoreError;
use seatwise_store::import::ImportError;

use crate::output;

/// Any other failure.
pub(crate) const UNEXPECTED: u8 = 1;
/// Invalid arguments; clap uses the same code.
pub(crate) const ARGUMENTS: u8 = 2;
/// Not signed in, or not allowed.
pub(crate) const NOT_ALLOWED: u8 = 3;
/// The requested item does not exist.
pub(crate) const NOT_FOUND: u8 = 4;
/// The service returned another error.
pub(crate) const SERVICE: u8 = 5;
/// The service cannot be reached, or the address is in use.
pub(crate) const CONNECTION: u8 = 6;
/// A file to import is invalid.
pub(crate) const INPUT: u8 = 7;
/// The data folder cannot be used.
pub(crate) const STORE: u8 = 8;

/// The codes, for `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done (also when everything was known already)
  1  unexpected failure
  2  arguments that cannot be used
  3  not signed in, or not allowed
  4  not found
  5  the service answered with an error
  6  the service cannot be reached, or the address is taken
  7  a file to import is wrong: nothing of it was stored
  8  the data folder cannot be used
  130, 143  stopped before the end, with Ctrl-C or SIGTERM";

/// An error with an exit code and a hint.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) code: u8,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// Prints the error to standard error, and returns its exit code.
pub(crate) fn failed(err: &anyhow::Error) -> ExitCode {
    if err.is::<output::StdoutClosed>() {
        // A closed pipe, as in `seatwise usage
        //
        // head -1`, is not a failure.
        return ExitCode::SUCCESS;
    }
    output::error(err, &details(err), hint(err).as_deref());
    ExitCode::from(code(err))
}

fn code(err: &anyhow::Error) -> u8 {
    if let Some(failure) = err.downcast_ref::<Failure>() {
        failure.code
    } else if let Some(err) = err.downcast_ref::<ImportError>() {
        import_code(err)
    } else if let Some(err) = err.downcast_ref::<ClientError>() {
        client_code(err)
    } else if let Some(err) = err.downcast_ref::<CollectError>() {
        match err {
            CollectError::Import(err) => import_code(err),
            CollectError::Store(_) => STORE,
            CollectError::Busy { .. } | CollectError::File { .. } => STORE,
            _ => err.of_the_source().map_or(SERVICE, client_code),
        }
    } else if err.is::<StoreError>() || err.is::<DevIdentityError>() {
        STORE
    } else if err.is::<ClockStartError>() {
        ARGUMENTS
    } else if let Some(err) = err.downcast_ref::<StartError>() {
        match err {
            StartError::Listen { .. } => CONNECTION,
            _ => ARGUMENTS,
        }
    } else {
        UNEXPECTED
    }
}

fn import_code(err: &ImportError) -> u8 {
    match err.store() {
        Some(_) => STORE,
        None => INPUT,
    }
}

/// The exit code of a failed call.
pub(crate) fn client_code(err: &ClientError) -> u8 {
    match err.kind() {
        _ if err.is_unauthorized() || err.is_forbidden() => NOT_ALLOWED,
        _ if err.is_not_found() => NOT_FOUND,
        ErrorKind::SignIn { .. } if err.is_retryable() => SERVICE,
        ErrorKind::Auth | ErrorKind::DevelopmentToken | ErrorKind::SignIn { .. } => NOT_ALLOWED,
        ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Tls { .. } => CONNECTION,
        ErrorKind::Invalid => ARGUMENTS,
        _ => SERVICE,
    }
}

/// Lines between the error and the hint: the bad rows of a file.
fn details(err: &anyhow::Error) -> Vec<String> {
    match err.downcast_ref::<ImportError>() {
        Some(ImportError::BadRows { bad, .. }) => bad.lines().collect(),
        _ => Vec::new(),
    }
}

fn hint(err: &anyhow::Error) -> Option<String> {
    if let Some(failure) = err.downcast_ref::<Failure>() {
        return failure.hint.clone();
    }
    if let Some(err) = err.downcast_ref::<ImportError>() {
        return import_hint(err).map(ToOwned::to_owned);
    }
    if let Some(err) = err.downcast_ref::<StoreError>() {
        return err.hint().map(ToOwned::to_owned);
    }
    if let Some(err) = err.downcast_ref::<ClientError>() {
        return client_hint(err, "--url");
    }
    if let Some(err) = err.downcast_ref::<CollectError>() {
        return Some(collect_hint(err));
    }
    err.downcast_ref::<StartError>()
        .and_then(start_hint)
        .map(ToOwned::to_owned)
}

fn import_hint(err: &ImportError) -> Option<&'static str> {
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

fn collect_hint(err: &CollectError) -> String {
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

fn start_hint(err: &StartError) -> Option<&'static str> {
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
pub(crate) fn client_hint(err: &ClientError, address: &str) -> Option<String> {
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
