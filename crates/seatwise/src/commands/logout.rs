//! `seatwise logout`: the sign-in of this computer is forgotten.

use anyhow::Context as _;

use crate::cli::Logout;
use crate::output;
use crate::profile::ProfileFile;

pub(crate) fn run(args: &Logout) -> anyhow::Result<()> {
    let file = ProfileFile::of(&args.profile)?;
    let path = file.path().display();
    let was_there = file
        .remove()
        .with_context(|| format!("cannot remove `{path}`"))?;
    output::note(if was_there {
        "signed out"
    } else {
        "nobody was signed in"
    });
    Ok(())
}
