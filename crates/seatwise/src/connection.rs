//! From command-line options to a client.

use std::path::Path;
use std::{fs, io};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use seatwise_client::{Builder, Cloud, Credential, PartnerOperations, SecretFile};
use seatwise_types::PartnerId;
use serde::Deserialize;

use crate::cli::{Connection, Source};
use crate::exit::{self, Failure};
use crate::kept_sign_in::{KeptSignIn, SignInFile};
use crate::local;

/// A client for a data folder, for a token, or for the sign-in on this computer.
pub(crate) fn open(args: Source) -> anyhow::Result<PartnerOperations> {
    match args.read_folder {
        Some(folder) => local::open(&folder, args.read_partner),
        None => Ok(signed_in(args.connection)?.client.build()?),
    }
}

/// A client with its credential and address.
pub(crate) struct SignedIn {
    pub(crate) client: Builder,
    pub(crate) url: String,
    /// The partner in the token; `None` if the token does not name it.
    pub(crate) partner: Option<PartnerId>,
}

impl SignedIn {
    /// The partner whose data this client gets.
    ///
    /// # Errors
    /// If the token and --partner name different partners, or neither names one.
    pub(crate) fn partner(&self, said: Option<PartnerId>) -> Result<PartnerId, Failure> {
        match (self.partner, said) {
            (Some(signed_in), Some(said)) if signed_in != said => Err(Failure {
                code: exit::NOT_ALLOWED,
                message: format!("the sign-in is for partner {signed_in}, not for {said}"),
                hint: Some("sign in as the other partner, or leave out --partner".to_owned()),
            }),
            (Some(partner), _) | (None, Some(partner)) => Ok(partner),
            (None, None) => Err(Failure {
                code: exit::ARGUMENTS,
                message: "the token does not name a partner".to_owned(),
                hint: Some("give the partner's tenant id with --partner".to_owned()),
            }),
        }
    }
}

/// The client's builder, with credential and URL.
pub(crate) fn signed_in(args: Connection) -> anyhow::Result<SignedIn> {
    let token = args.token.as_deref().map(str::trim);
    if let Some(token) = token.filter(|token| !token.is_empty()) {
        let trusted = trusted(args.trust.ca_cert.as_deref())?;
        let url = args
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
    let file = SignInFile::of(&args.kept)?;
    let kept = match file.read() {
        Ok(kept) => kept,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Err(not_signed_in().into()),
        Err(err) => return Err(unusable(&err).into()),
    };
    check_url(args.url.as_deref(), &kept)?;
    let trusted = trusted(args.trust.ca_cert.as_deref().or(kept.ca_cert.as_deref()))?;
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
pub(crate) fn trusted(file: Option<&Path>) -> Result<Vec<u8>, Failure> {
    let Some(file) = file else {
        return Ok(Vec::new());
    };
    let fault = |message: String| Failure {
        code: exit::ARGUMENTS,
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
            code: exit::NOT_ALLOWED,
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
        code: exit::NOT_ALLOWED,
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
        code: exit::NOT_ALLOWED,
        message: format!("the sign-in cannot be used: {err}"),
        hint: Some("sign in again with `seatwise login`".to_owned()),
    }
}
