//! `seatwise demo`: makes a partner's data, serves it, and prints its figures. It uses the public
//! import and API.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_client::{Credential, PartnerOperations, SecretFile, SecretString};
use seatwise_emulator::{DevIdentity, PortfolioRecipe, TokenRequest};
use seatwise_server::{Config, Server};
use seatwise_service::{Error, ExitCode, Failure, Result};
use seatwise_store::Store;
use seatwise_store::import::{Files, ImportOptions, Input};
use seatwise_types::PartnerId;
use seatwise_types::extensions::IdleFileKind;
use seatwise_web::Sessions;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};

use super::{figures, import};
use crate::cli::{Demo, Output};
use crate::demo_folder::DemoFolder;
use crate::demo_prices;
use crate::output::{self, counted, grouped};
use crate::ready_file::{Ready, ReadyFile, TOKEN_LIFE};
use crate::system::EndSignals;
use crate::{emulator, portfolio, system};

/// Many programs fail at the mark in their first response, so the demo mentions it.
const MARK: &str = "\
Answers begin with a byte-order mark, as Partner Center's do. docs/emulator.md says how programs
read it; --no-bom leaves it out.
";

/// The user in the token and in the sign-in links.
const USER: &str = "demo@localhost";

pub(crate) async fn run(args: Demo) -> Result<()> {
    let started = Instant::now();
    check_last_day(args.last_day, system::now())?;
    let ready_file = args.ready_file.as_deref().map(ReadyFile::prepare);
    let ready_file = ready_file.transpose()?;
    let scratch;
    let folder = match &args.data_dir {
        Some(folder) => folder.clone(),
        None => {
            scratch = tempfile::Builder::new()
                .prefix("seatwise-demo-")
                .tempdir()?;
            scratch.path().to_owned()
        }
    };
    let store = Store::create(&folder)?;
    let demo = DemoFolder::of(&store)?;
    let identity = DevIdentity::open_or_create(store.work_dir())?;
    // The server's clock starts at this time.
    let now = args.emulator.now.unwrap_or_else(system::now);
    let recipe = recipe(&args);

    let mut config = config(&args, &identity);
    let mut emulator = emulator::settings(args.emulator, Some(identity.clone()));
    // Faults must not affect the table below. They are set after it.
    let faults = std::mem::take(&mut emulator.faults);
    let seed = emulator.seed;
    let emulation = emulator.start(system::clock())?;
    config.emulator = Some(emulation.additions());
    // Bind first: an address in use must be reported before the import.
    let server = Server::bind(config, store.clone()).await?;
    let sessions = Sessions::new(false);
    let pages = seatwise_web::pages(server.app(), sessions.clone());
    let server = server.with_pages(pages);
    let partner = fill(&store, demo, recipe).await?;
    let token = token(&identity, partner, now)?;
    let app = server.app();
    let url = format!("http://{}", server.local_addr());
    server.refresh_now().await;
    let serving = Serving::start(server);
    print_usage(&url, &token).await?;
    if args.once {
        return serving.end().await;
    }
    emulation.set_faults(faults, seed);
    let signals = EndSignals::listen()?;
    let token_file = TokenFile::write(store.work_dir(), &token)?;
    // A link works once, so the file and the screen each need their own.
    let link = || format!("{url}{}", sessions.link(partner, USER, app.now()));
    if let Some(file) = &ready_file {
        let ready = Ready::at(url.clone()).with_token(&identity, partner, now)?;
        file.write(&ready.with_sign_in(link()))?;
    }
    output::line(Announcement {
        partner,
        url: &url,
        took: started.elapsed(),
        link: link(),
        token_file: token_file.path(),
        has_mark: !args.no_bom,
        removes_data: args.data_dir.is_none(),
    })?;
    signals.first().await;
    serving.end().await
}

fn recipe(args: &Demo) -> PortfolioRecipe {
    PortfolioRecipe {
        seed: args.seed,
        customers: args.customers,
        days: args.days,
        last_day: args.last_day,
    }
}

fn config(args: &Demo, identity: &DevIdentity) -> Config {
    let mut listen = args.listen;
    if args.once {
        // No other process sends requests, so any free port will do.
        listen.set_port(0);
    }
    let mut config = Config::new(listen, system::clock(), system::new_id());
    config.wire.bom = !args.no_bom;
    config.dev_identity = Some(identity.sign_in());
    config
}

/// A token that lets a user read.
fn token(identity: &DevIdentity, partner: PartnerId, now: Timestamp) -> Result<String> {
    let request = TokenRequest {
        partner,
        user: USER.to_owned(),
        app_only: false,
        write: false,
        expires_in: TOKEN_LIFE,
    };
    Ok(identity.issue(&request, now)?)
}

/// A server that runs in a task.
struct Serving {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Serving {
    fn start(server: Server) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.serve(async {
            stopped.await.ok();
        }));
        Self { stop, task }
    }

    async fn end(self) -> Result<()> {
        self.stop.send(()).ok();
        self.task.await?;
        Ok(())
    }
}

/// Asks the server for the partner's usage as a program does, and prints it.
async fn print_usage(url: &str, token: &str) -> Result<()> {
    let client = PartnerOperations::builder(Credential::token(token.to_owned()))
        .base_url(url)
        .build()?;
    let usage = client.analytics().licenses().usage().get().await?;
    figures::print_usage(&usage, Output::Table)
}

/// Says where the demo is, and how to look at it.
struct Announcement<'a> {
    partner: PartnerId,
    url: &'a str,
    /// The time from the start of the program until the server answered.
    took: Duration,
    /// The link that signs a browser in.
    link: String,
    token_file: &'a Path,
    /// Whether answers begin with the byte-order mark.
    has_mark: bool,
    /// Whether the end of the server removes the data.
    removes_data: bool,
}

impl fmt::Display for Announcement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (url, took) = (self.url, self.took.as_secs_f64());
        let mark = if self.has_mark { MARK } else { "" };
        let removes_data = match self.removes_data {
            true => " and removes the data",
            false => "",
        };
        write!(
            f,
            "\nServing partner {} at {url} ({took:.1} s after the start).\n\n\
             Look at it in a browser. This link signs you in once, within ten minutes:\n\n\
             {}\n\n\
             Or ask it as a program does:\n\n\
             TOKEN=$(cat {})\n\
             curl -i -H \"Authorization: Bearer $TOKEN\" {url}/v1/analytics/licenses/usage\n\n\
             The token is valid for a day, for this server alone.\n\
             {mark}\
             {url}/emulator shows faults, the clock and more that you can set (docs/emulator.md).\n\
             Ctrl-C ends the server{removes_data}.",
            self.partner,
            self.link,
            self.token_file.display(),
        )
    }
}

/// The file with the demo's token, readable by its owner only. It is removed at the end.
struct TokenFile(SecretFile);

impl TokenFile {
    fn write(folder: &Path, token: &str) -> Result<Self> {
        let file = SecretFile::new(folder.join("demo-token"));
        let path = file.path().display();
        file.write(&SecretString::from(token))
            .map_err(Error::cannot(format!("write `{path}`")))?;
        Ok(Self(file))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        // A remaining file does little harm: its token expires within a day, and only its owner can
        // read it.
        self.0.remove().ok();
    }
}

/// Rejects a last day whose rows the import would reject.
fn check_last_day(last_day: Date, now: Timestamp) -> Result<(), Failure> {
    let latest = PortfolioRecipe::latest_last_day(now);
    if last_day <= latest {
        return Ok(());
    }
    Err(Failure {
        code: ExitCode::Arguments,
        message: format!("--last-day {last_day} is later than tomorrow, {latest}"),
        hint: Some(format!(
            "give a day up to {latest}: the import uses this computer's clock, not --now"
        )),
    })
}

/// Makes the portfolio's files, imports them, and removes them.
async fn fill(store: &Store, mut demo: DemoFolder, recipe: PortfolioRecipe) -> Result<PartnerId> {
    // A fixed name, so that the next demo overwrites and removes the files of a killed one.
    let folder = store.work_dir().join("portfolio");
    let made = folder.clone();
    let (partner, files) = spawn_blocking(move || portfolio::write_files(recipe, &made)).await??;
    demo.add(partner)?;
    let options = ImportOptions {
        // The portfolio restates some days.
        files: Files::Versions,
        ..ImportOptions::new(partner)
    };
    let inputs = files.into_iter().map(Input::File).collect();
    let receipt = import::import(store, &options, inputs).await?;
    std::fs::remove_dir_all(&folder)
        .map_err(Error::cannot(format!("remove `{}`", folder.display())))?;
    let prices = demo_prices::price_file(recipe.last_day).into_bytes();
    store
        .set_idle_file(partner, IdleFileKind::Prices, prices, system::now(), false)
        .await?;
    output::note(format_args!(
        "{}, {}: {} in {}, {} of them restated",
        counted(u64::from(recipe.customers), "customer", "customers"),
        counted(u64::from(recipe.days), "day", "days"),
        counted(receipt.rows_read, "row", "rows"),
        counted(
            receipt.deliveries_new + receipt.deliveries_restated + receipt.deliveries_unchanged,
            "delivery",
            "deliveries",
        ),
        grouped(receipt.deliveries_restated),
    ));
    Ok(partner)
}
