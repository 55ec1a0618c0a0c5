//! `seatwise serve`: the HTTP server for a data folder.

use std::sync::Arc;

use jiff::Timestamp;
use seatwise_emulator::DevIdentity;
use seatwise_server::{Config, ImportFrom, MfaRule, Server, SignIn, TlsFiles, WireProfile};
use seatwise_service::{
    Collecting, Collection, Error, Result, Timer, ask_last_collection, ask_past_collections,
    signed_in,
};
use seatwise_store::{Store, access};
use seatwise_types::{ErrorForm, PartnerId};

use crate::cli::{self, Serve};
use crate::ready_file::{DEVELOPER, Ready, ReadyFile};
use crate::system::EndSignals;
use crate::{browser, emulator, system};

pub(crate) async fn run(args: Serve) -> Result<()> {
    let ready_file = args.ready_file.as_deref().map(ReadyFile::prepare);
    let ready_file = ready_file.transpose()?;
    let settings = browser::settings(&args);
    let store = store(&args)?;
    let mut config = Config::new(args.listen, system::clock(), system::new_id());
    config.wire = wire(&args);
    let identity = identity(&args, &store)?;
    config.dev_identity = identity.as_ref().map(DevIdentity::sign_in);
    // The start of the server's clock, for the token in the ready file.
    let now = args.emulated.now.unwrap_or_else(system::now);
    if args.emulator {
        let emulator = emulator::settings(args.emulated, identity.clone());
        config.emulator = Some(emulator.start(system::clock())?.additions());
    }
    config.sign_in = sign_in(args.sign_in);
    config.browser_sign_in = browser::sign_in(&args.pages)?;
    config.behind_proxy = args.tls.behind_proxy;
    config.limits = args
        .bounds
        .of_server(args.listen, config.behind_proxy, system::memory());
    config.tls = tls_files(args.tls);
    let timer = Timer::new(system::clock());
    let collecting = collecting(&store, args.collecting, &timer)?;
    config.collection = collecting.as_ref().map(|it| Arc::clone(it.status()));
    config.last_collection = Some(ask_last_collection(store.clone()));
    config.past_collections = Some(ask_past_collections(store.clone()));
    config.limits.import_body = args.imports.import_limit;
    config.import_from = import_from(args.imports)?;
    let has_tls = config.tls.is_some();
    let is_secure = has_tls || config.behind_proxy;
    let sessions = browser::sessions(&store, &args.pages, &settings, is_secure)?;
    let server = Server::bind(config, store.clone()).await?;
    let app = server.app();
    let server = server.with_pages(seatwise_web::pages(Arc::clone(&app), sessions.clone()));
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        address = %server.local_addr(),
        data_dir = %store.place(),
        "seatwise starts"
    );
    args.upkeep.settings()?.start(&store, &timer, &app.duties());
    if let Some(collecting) = collecting {
        collecting.start(app.duties());
    }
    // Publish first: a client that sees "listening" in the log must get figures, not "try again".
    server.refresh_now().await;
    let signals = EndSignals::listen()?;
    if let Some(file) = &ready_file {
        let scheme = if has_tls { "https" } else { "http" };
        let url = format!("{scheme}://{}", server.local_addr());
        let link = |partner| sessions.link(partner, DEVELOPER, app.now());
        file.write(&ready(url, &store, identity, now, link)?)?;
    }
    let serving = server.serve(async {
        signals.first().await;
        tracing::info!("asked to end");
    });
    Box::pin(serving).await;
    tracing::info!("seatwise ends");
    Ok(())
}

/// The data folder. With automatic imports or collections, it can start empty.
fn store(args: &Serve) -> Result<Store> {
    let fills_itself =
        args.collecting.collect_every.is_some() || args.imports.import_from.is_some();
    Ok(match fills_itself {
        true => Store::create(args.data.folder()?)?,
        false => Store::open(args.data.folder()?)?,
    })
}

/// The development identity, if the server trusts it.
fn identity(args: &Serve, store: &Store) -> Result<Option<DevIdentity>> {
    Ok(match args.sign_in.dev_identity {
        true => Some(DevIdentity::open_or_create(store.work_dir())?),
        false => None,
    })
}

fn wire(args: &Serve) -> WireProfile {
    WireProfile {
        bom: !args.no_bom,
        documented_fields: args.documented_fields,
        errors: match args.text_error_codes {
            true => ErrorForm::TextCode,
            false => ErrorForm::default(),
        },
    }
}

fn tls_files(args: cli::Tls) -> Option<TlsFiles> {
    let files = args.tls_cert.zip(args.tls_key);
    files.map(|(certificate, key)| TlsFiles { certificate, key })
}

/// The watched folder, which is made if it does not exist.
fn import_from(args: cli::Imports) -> Result<Option<ImportFrom>> {
    let Some(folder) = args.import_from else {
        return Ok(None);
    };
    access::create_folder(&folder)
        .map_err(Error::cannot(format!("create `{}`", folder.display())))?;
    Ok(Some(ImportFrom {
        folder,
        partner: args.import_partner,
        every: args.import_every,
        settle: args.import_settle,
    }))
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

/// What programs learn that wait for the server: with the development identity and one partner, also
/// how they sign in. `link` makes the path of a sign-in link.
fn ready(
    url: String,
    store: &Store,
    identity: Option<DevIdentity>,
    now: Timestamp,
    link: impl FnOnce(PartnerId) -> String,
) -> Result<Ready> {
    let ready = Ready::at(url.clone());
    match (identity, &store.partners()?[..]) {
        (Some(identity), [partner]) => {
            let ready = ready.with_token(&identity, *partner, now)?;
            Ok(ready.with_sign_in(format!("{url}{}", link(*partner))))
        }
        _ => Ok(ready),
    }
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
