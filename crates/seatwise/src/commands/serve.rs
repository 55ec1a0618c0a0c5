//! `seatwise serve`: the HTTP server over a data folder.

use seatwise_server::{Config, DevIdentity, Server};
use seatwise_store::Store;

use crate::cli::Serve;
use crate::system;

pub(crate) async fn run(args: Serve) -> anyhow::Result<()> {
    let store = Store::open(&args.data_dir)?;
    let mut config = Config::new(args.listen, system::clock(), system::new_id());
    config.wire_bom = !args.no_bom;
    if args.dev_identity {
        config.dev_identity = Some(DevIdentity::open_or_create(store.path())?);
    }
    let server = Server::bind(config, store).await?;
    // Whoever reads "listening" in the log gets figures, not "try again".
    server.refresh_now().await;
    server.serve(system::asked_to_end()).await;
    Ok(())
}
