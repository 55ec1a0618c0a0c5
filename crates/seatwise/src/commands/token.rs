//! `seatwise token`: a token of the development identity.

use seatwise_emulator::{DevIdentity, TokenRequest};
use seatwise_service::Result;
use seatwise_store::Store;

use crate::cli::Token;
use crate::{output, system};

pub(crate) fn run(args: Token) -> Result<()> {
    let store = Store::open_to_read(args.data.folder()?)?;
    let partners = store.partners()?;
    if !partners.is_empty() && !partners.contains(&args.partner) {
        let partner = args.partner;
        output::note(format_args!(
            "nothing is stored for partner {partner} in this data folder"
        ));
    }
    let request = TokenRequest {
        partner: args.partner,
        user: args.user,
        app_only: args.app_only,
        write: args.write,
        expires_in: args.expires_in,
    };
    output::line(DevIdentity::open_or_create(store.work_dir())?.issue(&request, system::now())?)
}
