//! From command-line options to a client.

use seatwise_client::PartnerOperations;
use seatwise_service::{Result, signed_in};

use crate::cli::Source;
use crate::local;

/// A client for a data folder, for a token, or for the sign-in on this computer.
pub(crate) fn open(args: Source) -> Result<PartnerOperations> {
    match args.read_folder {
        Some(folder) => local::open(&folder.with(&args.work)?, args.read_partner),
        None => Ok(signed_in(args.connection.into())?.client.build()?),
    }
}
