//! `seatwise serve`: the HTTP server for a data folder.

use std::sync::Arc;

use seatwise_emulator::DevIdentity;
use seatwise_server::{Config, ImportFrom, MfaRule, Server, SignIn, TlsFiles};
use seatwise_service::{
    Collecting, Collection, Error, Result, Timer, ask_last_collection, ask_past_collections,
    signed_in,
};
use seatwise_store::{Store, access};
use seatwise_types::ErrorForm;

use crate::cli::{self, Serve};
use crate::ready_file::{DEVELOPER, Ready, ReadyFile};
use crate::system::EndSignals;
use crate::{browser, emulator, system};

pub(crate) async fn run(args: Serve) -> Result<()> {
    let ready_file = args.ready_file.as_deref().map(ReadyFile::prepare);
    let ready_file = ready_file.transpose()?;
    // With automatic imports or collections, the folder can start empty.
    let fills_itself =
        args.collecting.collect_every.is_some() || args.imports.import_from.is_some();
    let settings = browser::settings(&args);
    let store = if fills_itself {
        Store::create(&args.data_dir)?
    } else {
        Store::open(&args.data_dir)?
    };
    let mut config = Config::new(args.listen, system::clock(), system::new_id());
    config.wire.bom = !args.no_bom;
    config.wire.documented_fields = args.documented_fields;
    if args.text_error_codes {
        config.wire.errors = ErrorForm::TextCode;
    }
    let identity = match args.sign_in.dev_identity {
        true => Some(DevIdentity::open_or_create(store.work_dir())?),
        false => None,
    };
    config.dev_identity = identity.as_ref().map(DevIdentity::sign_in);
    // The start of the server's clock, for the token in the ready file.
    let now = args.emulated.now.unwrap_or_else(system::now);
    if args.emulator {
        let emulator = emulator::settings(args.emulated, identity.clone());
        config.emulator = Some(emulator.start(system::clock())?.additions());
    }
    config.sign_in = sign_in(args.sign_in);
    config.browser_sign_in = browser::sign_in(&args.pages)?;
    config.tls = args
        .tls
        .tls_cert
        .zip(args.tls.tls_key)
        .map(|(certificate, key)| TlsFiles { certificate, key });
    config.behind_proxy = args.tls.behind_proxy;
    let (listen, memory) = (args.listen, system::memory());
    config.limits = args.bounds.of_server(listen, config.behind_proxy, memory);
    let timer = Timer::new(system::clock());
    let collecting = collecting(&store, args.collecting, &timer)?;
    config.collection = collecting.as_ref().map(|it| Arc::clone(it.status()));
    config.last_collection = Some(ask_last_collection(store.clone()));
    config.past_collections = Some(ask_past_collections(store.clone()));
    config.limits.import_body = args.imports.import_limit;
    let imports = args.imports;
    if let Some(folder) = &imports.import_from {
        access::create_folder(folder)
            .map_err(Error::cannot(format!("create `{}`", folder.display())))?;
    }
    config.import_from = imports.import_from.map(|folder| ImportFrom {
        folder,
        partner: imports.import_partner,
        every: imports.import_every,
        settle: imports.import_settle,
    });
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let is_secure = config.tls.is_some() || config.behind_proxy;
    let sessions = browser::sessions(&store, &args.pages, &settings, is_secure)?;
    let server = Server::bind(config, store.clone()).await?;
    let app = server.app();
    let server = server.with_pages(seatwise_web::pages(Arc::clone(&app), sessions.clone()));
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        address = %server.local_addr(),
        data_dir = %store.work_dir().display(),
        "seatwise starts"
    );
    let duties = app.duties();
    args.upkeep.settings()?.start(&store, &timer, &duties);
    if let Some(collecting) = collecting {
        collecting.start(duties);
    }
    // Publish first: a client that sees "listening" in the log must get figures, not "try again".
    server.refresh_now().await;
    let signals = EndSignals::listen()?;
    if let Some(file) = &ready_file {
        let url = format!("{scheme}://{}", server.local_addr());
        let mut ready = Ready::at(url.clone());
        if let (Some(identity), [partner]) = (identity, &store.partners()?[..]) {
            let link = sessions.link(*partner, DEVELOPER, app.now());
            ready = ready
                .with_token(&identity, *partner, now)?
                .with_sign_in(format!("{url}{link}"));
        }
        file.write(&ready)?;
    }
    let serving = server.serve(async {
        signals.first().await;
        tracing::info!("asked to end");
    });
    Box::pin(serving).await;
    tracing::info!("seatwise ends");
    Ok(())
}

/// The collections that the options ask for, if they ask for any.
fn collecting(store: &Store, args: cli::Collecting, timer: &Timer) -> Result<Option<Collecting>> {
    let Some(schedule) = args.schedule()? else {
        return Ok(None);
    };
    let prepare = || {
        let signed_in = signed_in(args.connection.into())?;
        let (partner, manner) = (args.collect_partner, args.manner.into());
        Collection::prepare(store.clone(), signed_in, partner, manner)
    };
    let collection = prepare().map_err(|err| Error::WhileServing(Box::new(err)))?;
    Ok(Some(Collecting::new(collection, schedule, timer.clone())))
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
