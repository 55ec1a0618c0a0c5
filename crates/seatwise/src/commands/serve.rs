//! `seatwise serve`: the HTTP server over a data folder.

use std::sync::Arc;

use seatwise_server::{
    AskLastCollection, Config, DevIdentity, ImportFrom, MfaRule, Server, SignIn, TlsFiles,
};
use seatwise_store::Store;

use crate::cli::{self, Serve};
use crate::collecting::Collecting;
use crate::{emulator, system, upkeep};

pub(crate) async fn run(args: Serve) -> anyhow::Result<()> {
    let store = Store::open(&args.data_dir)?;
    let mut config = Config::new(args.listen, system::clock(), system::new_id());
    config.wire.bom = !args.no_bom;
    config.wire.documented_fields = args.documented_fields;
    if args.sign_in.dev_identity {
        config.dev_identity = Some(DevIdentity::open_or_create(store.path())?);
    }
    if args.emulator {
        config.emulator = Some(emulator::settings(args.emulated));
    }
    config.sign_in = sign_in(args.sign_in);
    config.tls = args
        .tls
        .tls_cert
        .zip(args.tls.tls_key)
        .map(|(certificate, key)| TlsFiles { certificate, key });
    config.behind_proxy = args.tls.behind_proxy;
    let collecting = Collecting::prepare(&store, args.collecting)?;
    config.collection = collecting.as_ref().map(|it| Arc::clone(&it.status));
    config.last_collection = Some(last_collection(store.clone()));
    config.limits.import_body = args.imports.import_limit;
    let imports = args.imports;
    config.import_from = imports.import_from.map(|folder| ImportFrom {
        folder,
        partner: imports.import_partner,
        every: imports.import_every,
        settle: imports.import_settle,
    });
    let server = Server::bind(config, store.clone()).await?;
    upkeep::start(&store, &args.upkeep)?;
    // Whoever reads "listening" in the log gets figures, not "try again".
    server.refresh_now().await;
    match collecting {
        None => server.serve(system::asked_to_end()).await,
        // A task of its own: it writes to the disk and reads what was gathered, and connections are
        // not to wait for that. One that the end of the server stops goes on the next time.
        Some(collecting) => tokio::select! {
            () = server.serve(system::asked_to_end()) => {}
            ended = tokio::spawn(collecting.keep_on()) => ended??,
        },
    }
    Ok(())
}

/// The newest collection, whichever process made it.
fn last_collection(store: Store) -> AskLastCollection {
    Arc::new(move |partner| Ok(seatwise_collect::last_collection(&store, partner)?))
}

fn sign_in(args: cli::SignIn) -> SignIn {
    let default = SignIn::default();
    let or = |given: Vec<String>, default| if given.is_empty() { default } else { given };
    SignIn {
        issuers: args.issuer,
        tenants: args.tenant,
        audiences: or(args.audience, default.audiences),
        mfa: match args.mfa {
            cli::Mfa::Required => MfaRule::Required,
            cli::Mfa::ExceptV2 => MfaRule::ExceptV2,
            cli::Mfa::Off => MfaRule::Off,
        },
        scopes: or(args.scope, default.scopes),
        roles: args.role,
        write_scopes: or(args.write_scope, default.write_scopes),
        write_roles: or(args.write_role, default.write_roles),
    }
}
