//! `seatwise login`: signs in with a code that you enter in a browser, or keeps a sign-in from
//! elsewhere.

use std::path::PathBuf;

use seatwise_client::{DeviceCode, SecretFile, SecretString};
use seatwise_service::{Error, KeptSignIn, Result, SignInFile, application, trusted};

use crate::cli::Login;
use crate::output;

pub(crate) async fn run(args: Login) -> Result<()> {
    let file = SignInFile::of(args.kept.path())?;
    let secret_file = args.client_secret_file.as_ref().map(std::path::absolute);
    let secret_file = secret_file.transpose()?;
    let secret = secret_file.as_ref().map(read_secret).transpose()?;
    let ca_cert = args.trust.ca_cert.as_ref().map(std::path::absolute);
    let ca_cert = ca_cert.transpose()?;
    let trusted = trusted(ca_cert.as_deref())?;
    let refresh_token = match &args.refresh_token_file {
        Some(given) => read_secret(given)?,
        None => ask(&args, secret, trusted).await?,
    };
    let kept = KeptSignIn {
        refresh_token,
        url: args.url.unwrap_or_else(|| args.cloud.api_root().to_owned()),
        cloud: args.cloud,
        authority: args.authority,
        ca_cert,
        partner: args.partner,
        client_id: args.client_id,
        client_secret_file: secret_file,
    };
    let path = file.path().display();
    file.write(&kept)
        .map_err(Error::cannot(format!("keep the sign-in in `{path}`")))?;
    output::note(format_args!(
        "signed in to {}; the sign-in is kept in {path}",
        kept.url
    ));
    Ok(())
}

async fn ask(args: &Login, secret: Option<SecretString>, trusted: Vec<u8>) -> Result<SecretString> {
    let authority = args.authority.as_deref();
    let application = application(args.cloud, args.partner, &args.client_id, authority);
    let application = application.trust_certificates(trusted);
    let mut code = DeviceCode::request(&application).await?;
    if let Some(secret) = secret {
        code = code.client_secret(secret);
    }
    output::note(format_args!(
        "open {} and enter {}",
        output::visible(code.verification_uri()),
        output::visible(code.user_code()),
    ));
    Ok(code.wait().await?)
}

pub(crate) fn read_secret(path: &PathBuf) -> Result<SecretString> {
    let secret = SecretFile::new(path).read();
    secret.map_err(Error::cannot(format!(
        "read the secret in `{}`",
        path.display()
    )))
}
