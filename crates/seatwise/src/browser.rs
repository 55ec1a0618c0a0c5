//! Sign-in to the pages of a server: from command-line options to server settings.

use std::io;

use jiff::SignedDuration;
use seatwise_client::ExposeSecret as _;
use seatwise_server::BrowserSignIn;
use seatwise_service::{ExitCode, Failure, Result};
use seatwise_store::Store;
use seatwise_web::{SessionKey, Sessions};

use crate::cli::{Pages, Serve};
use crate::commands::login::read_secret;

/// The sign-in for browsers; `None` without `--sign-in-issuer`.
pub(crate) fn sign_in(args: &Pages) -> Result<Option<BrowserSignIn>> {
    let Some((issuer, client_id)) = args
        .sign_in_issuer
        .clone()
        .zip(args.sign_in_client_id.clone())
    else {
        return Ok(None);
    };
    let file = args.sign_in_client_secret_file.as_ref();
    let secret = file.map(|path| -> Result<_> {
        let secret = read_secret(path)?;
        if secret.expose_secret().is_empty() {
            return Err(Failure {
                code: ExitCode::Arguments,
                message: format!("`{}` is empty", path.display()),
                hint: Some("write the secret of the application into it".to_owned()),
            }
            .into());
        }
        Ok(secret)
    });
    Ok(Some(BrowserSignIn {
        issuer,
        client_id,
        client_secret: secret.transpose()?,
        scope: args.sign_in_scope.clone(),
        operator_roles: args.operator_role.clone(),
        operator_groups: args.operator_group.clone(),
    }))
}

/// The sessions of a server. Their key is in the data folder.
pub(crate) fn sessions(
    store: &Store,
    args: &Pages,
    settings: &str,
    is_secure: bool,
) -> Result<Sessions> {
    let key = match SessionKey::open_or_create(store.work_dir()) {
        Ok(key) => key,
        // The data folder can be read-only.
        Err(err) if is_of_a_folder_to_read(&err) => {
            tracing::warn!(error = %err, "sessions end when the server ends");
            SessionKey::random()
        }
        Err(err) => {
            return Err(Failure {
                code: ExitCode::Store,
                message: format!("cannot use the key of sessions: {err}"),
                hint: None,
            }
            .into());
        }
    };
    let life = SignedDuration::try_from(args.session_life)?;
    let sessions = Sessions::new(is_secure)
        .with_key(&key, settings)
        .with_lifetime(life);
    Ok(match &args.public_url {
        Some(url) => sessions.at(url.clone()),
        None => sessions,
    })
}

/// What decides who may sign in, and as what, for [`Sessions::with_key`].
pub(crate) fn settings(args: &Serve) -> String {
    let (sign_in, pages) = (&args.sign_in, &args.pages);
    let mut tenants = sign_in.tenant.clone();
    tenants.sort_unstable();
    serde_json::json!({
        "devIdentity": sign_in.dev_identity,
        "emulator": args.emulator,
        "issuer": pages.sign_in_issuer.as_ref().map(ToString::to_string),
        "clientId": pages.sign_in_client_id,
        "tenants": tenants,
        "scopes": sign_in.scope,
        "roles": sign_in.role,
        "operatorRoles": pages.operator_role,
        "operatorGroups": pages.operator_group,
    })
    .to_string()
}

fn is_of_a_folder_to_read(err: &io::Error) -> bool {
    matches!(
        err.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}
