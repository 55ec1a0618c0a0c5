//! From the command line to a partner that can be asked.

use std::io;

use seatwise_client::{Credential, PartnerOperations};

use crate::cli::Connection;
use crate::exit::{self, Failure};
use crate::profile::{Profile, ProfileFile};

/// The partner of a token, or of the sign-in that this computer keeps.
pub(crate) fn open(args: Connection) -> anyhow::Result<PartnerOperations> {
    let token = args.token.as_deref().map(str::trim);
    if let Some(token) = token.filter(|token| !token.is_empty()) {
        let partner = PartnerOperations::builder(Credential::token(token.to_owned()));
        return Ok(match args.url {
            Some(url) => partner.base_url(url),
            None => partner,
        }
        .build()?);
    }
    let file = ProfileFile::of(&args.profile)?;
    let profile = match file.read() {
        Ok(profile) => profile,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Err(not_signed_in().into()),
        Err(err) => return Err(unusable(&err).into()),
    };
    check_url(args.url.as_deref(), &profile)?;
    let credential = Credential::refresh_token(profile.application(), file);
    let partner = PartnerOperations::builder(credential).base_url(profile.url);
    Ok(partner.build()?)
}

/// A sign-in is for one service: what it brings is not sent to another one by a slip.
fn check_url(asked: Option<&str>, profile: &Profile) -> Result<(), Failure> {
    let signed_in_to = profile.url.trim_end_matches('/');
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
        message: "no access token was given, and nobody is signed in".to_owned(),
        hint: Some(
            "sign in with `seatwise login`, or put a token in SEATWISE_TOKEN; for a server with \
             --dev-identity, `seatwise token` makes one"
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
