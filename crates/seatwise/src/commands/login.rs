//! `seatwise login`: a sign-in with a code that is entered in a browser.

use anyhow::Context as _;
use seatwise_client::DeviceCode;

use crate::cli::Login;
use crate::output;
use crate::profile::{Profile, ProfileFile, application};

pub(crate) async fn run(args: Login) -> anyhow::Result<()> {
    let file = ProfileFile::of(&args.profile)?;
    let authority = args.authority.as_deref();
    let application = application(args.cloud, args.partner, &args.client_id, authority);
    let code = DeviceCode::request(&application).await?;
    output::note(format_args!(
        "open {} and enter {}",
        output::visible(code.verification_uri()),
        output::visible(code.user_code()),
    ));
    let profile = Profile {
        refresh_token: code.wait().await?,
        url: args.url.unwrap_or_else(|| args.cloud.api_root().to_owned()),
        cloud: args.cloud,
        authority: args.authority,
        partner: args.partner,
        client_id: args.client_id,
    };
    let path = file.path().display();
    file.write(&profile)
        .with_context(|| format!("cannot keep the sign-in in `{path}`"))?;
    output::note(format_args!(
        "signed in to {}; the sign-in is kept in {path}",
        profile.url
    ));
    Ok(())
}
