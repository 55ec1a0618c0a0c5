//! `seatwise logout`: removes the sign-in from this computer.

use seatwise_service::{Error, Result, SignInFile};

use crate::cli::Logout;
use crate::output;

pub(crate) fn run(args: &Logout) -> Result<()> {
    let file = SignInFile::of(args.kept.path())?;
    let path = file.path().display();
    let was_there = file
        .remove()
        .map_err(Error::cannot(format!("remove `{path}`")))?;
    output::note(if was_there {
        "signed out"
    } else {
        "you were not signed in"
    });
    Ok(())
}
