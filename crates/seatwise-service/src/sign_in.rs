//! From a token or a kept sign-in to a client.

use std::path::{Path, PathBuf};
use std::{fs, io};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use seatwise_client::{
    Builder, Cloud, Credential, ExposeSecret as _, PartnerOperations, SecretFile, SecretString,
};
use seatwise_types::PartnerId;
use serde::Deserialize;

use crate::{ExitCode, Failure, KeptSignIn, Result, SignInFile};

/// A client with its credential and address.
#[derive(Debug)]
pub struct SignedIn {
    /// The client, ready to build.
    pub client: Builder,
    /// The URL of the service.
    pub url: String,
    /// The partner in the token; `None` if the token does not name it.
    pub partner: Option<PartnerId>,
}

impl SignedIn {
    /// The partner whose data this client gets.
    ///
    /// # Errors
    /// If the token and --partner name different partners, or neither names one.
    pub fn partner(&self, said: Option<PartnerId>) -> Result<PartnerId, Failure> {
        match (self.partner, said) {
            (Some(signed_in), Some(said)) if signed_in != said => Err(Failure {
                code: ExitCode::NotAllowed,
                message: format!("the sign-in is for partner {signed_in}, not for {said}"),
                hint: Some("sign in as the other partner, or leave out --partner".to_owned()),
            }),
            (Some(partner), _) | (None, Some(partner)) => Ok(partner),
            (None, None) => Err(Failure {
                code: ExitCode::Arguments,
                message: "the token does not name a partner".to_owned(),
                hint: Some("give the partner's tenant id with --partner".to_owned()),
            }),
        }
    }
}

/// How to reach a service, and with which credential.
#[derive(Debug)]
pub struct Connection {
    /// The URL of the service; `None` for that of the sign-in, else Partner Center's.
    pub url: Option<String>,
    /// A token to use instead of the sign-in; `None` or blank to use the sign-in.
    pub token: Option<SecretString>,
    /// The file with the sign-in; `None` if there is no home folder.
    pub sign_in_file: Option<PathBuf>,
    /// A PEM file with certificates to trust in addition to the system's.
    pub ca_cert: Option<PathBuf>,
}

/// Signs in, with the token or with the kept sign-in. Sends nothing.
///
/// # Errors
///
/// If there is neither, the sign-in is for another URL, or a file cannot be used.
pub fn signed_in(connection: Connection) -> Result<SignedIn> {
    let token = connection.token.as_ref();
    let token = token.map(|token| token.expose_secret().trim());
    if let Some(token) = token.filter(|token| !token.is_empty()) {
        let trusted = trusted(connection.ca_cert.as_deref())?;
        let url = connection
            .url
            .unwrap_or_else(|| Cloud::Global.api_root().to_owned());
        return Ok(SignedIn {
            client: PartnerOperations::builder(Credential::token(token.to_owned()))
                .base_url(&url)
                .trust_certificates(trusted),
            url,
            partner: tenant_of(token),
        });
    }
    let file = SignInFile::of(connection.sign_in_file)?;
    let kept = match file.read() {
        Ok(kept) => kept,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Err(not_signed_in().into()),
        Err(err) => return Err(unusable(&err).into()),
    };
    check_url(connection.url.as_deref(), &kept)?;
    let trusted = trusted(connection.ca_cert.as_deref().or(kept.ca_cert.as_deref()))?;
    let application = kept.application().trust_certificates(trusted.clone());
    let credential = match &kept.client_secret_file {
        None => Credential::refresh_token(application, file),
        Some(secret) => {
            let secret = SecretFile::new(secret).read();
            let secret = secret.map_err(|err| unusable(&err))?;
            Credential::secure_application_model(application, secret, file)
        }
    };
    Ok(SignedIn {
        client: PartnerOperations::builder(credential)
            .base_url(&kept.url)
            .trust_certificates(trusted),
        url: kept.url,
        partner: Some(kept.partner),
    })
}

/// The PEM text of `file`; empty if there is none.
///
/// # Errors
///
/// If the file cannot be read, or has no certificate.
pub fn trusted(file: Option<&Path>) -> Result<Vec<u8>, Failure> {
    let Some(file) = file else {
        return Ok(Vec::new());
    };
    let fault = |message: String| Failure {
        code: ExitCode::Arguments,
        message,
        hint: Some(
            "name a PEM file with --ca-cert: the certificate of the service, or that of the \
             authority which issued it"
                .to_owned(),
        ),
    };
    let name = file.display();
    match fs::read(file) {
        // A file without certificates would have no effect, so it is rejected.
        Ok(text) if !text.windows(BEGIN.len()).any(|it| it == BEGIN) => {
            Err(fault(format!("`{name}` holds no certificate in PEM")))
        }
        Ok(text) => Ok(text),
        Err(err) => Err(fault(format!("cannot read `{name}`: {err}"))),
    }
}

/// The first line of each certificate in PEM.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The tenant in a token, unverified. It gives no access: it only selects the folder for the
/// partner's data.
fn tenant_of(token: &str) -> Option<PartnerId> {
    #[derive(Deserialize)]
    struct Claims {
        tid: PartnerId,
    }
    let claims = token.split('.').nth(1)?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    Some(claims.tid)
}

/// Rejects another URL than that of the sign-in, so that its token is never sent elsewhere by
/// mistake.
fn check_url(asked: Option<&str>, kept: &KeptSignIn) -> Result<(), Failure> {
    let signed_in_to = kept.url.trim_end_matches('/');
    match asked.map(|url| url.trim_end_matches('/')) {
        Some(url) if !url.eq_ignore_ascii_case(signed_in_to) => Err(Failure {
            code: ExitCode::NotAllowed,
            message: format!("the sign-in is for `{signed_in_to}`, not for `{url}`"),
            hint: Some(
                "sign in there with `seatwise login`, or put a token in SEATWISE_TOKEN".to_owned(),
            ),
        }),
        _ => Ok(()),
    }
}

fn not_signed_in() -> Failure {
    Failure {
        code: ExitCode::NotAllowed,
        message: "no access token was given, and you are not signed in".to_owned(),
        hint: Some(
            "sign in with `seatwise login`, or put a token in SEATWISE_TOKEN; for a server with \
             --dev-identity, `seatwise token` makes one; to read a data folder, name it with --data-dir"
                .to_owned(),
        ),
    }
}

fn unusable(err: &io::Error) -> Failure {
    Failure {
        code: ExitCode::NotAllowed,
        message: format!("the sign-in cannot be used: {err}"),
        hint: Some("sign in again with `seatwise login`".to_owned()),
    }
}
