//! `seatwise logout`: removes the sign-in from this computer.

use anyhow::Context as _;

use crate::cli::Logout;
use crate::kept_sign_in::SignInFile;
use crate::output;

pub(crate) fn run(args: &Logout) -> anyhow::Result<()> {
    let file = SignInFile::of(&args.kept)?;
    let path = file.path().display();
    let was_there = file
        .remove()
        .with_context(|| format!("cannot remove `{path}`"))?;
    output::note(if was_there {
        "signed out"
    } else {
        "you were not signed in"
    });
    Ok(())
}
