//! A data folder that is read by this process alone: the answers of a server, without a socket, a sign-in
//! or a token, and without a byte written to the folder.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use seatwise_client::{Credential, PartnerOperations, RetryPolicy};
use seatwise_server::{Config, LocalAnswers};
use seatwise_store::Store;
use seatwise_types::PartnerId;

use crate::cli;
use crate::collecting::ask_last_collection;
use crate::exit::{self, Failure};
use crate::system;

/// No other request waits, so a question may take its time.
const LONGEST: Duration = Duration::from_hours(24);

/// The partner whose figures a data folder holds, or one of several.
///
/// # Errors
/// If the folder cannot be read, or does not hold one partner's figures or those of the one that is
/// named.
pub(crate) fn open(folder: &Path, named: Option<PartnerId>) -> anyhow::Result<PartnerOperations> {
    let store = Store::open_to_read(folder)?;
    let partner = partner(folder, &store.partners()?, named)?;
    // Nothing listens there.
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut config = Config::new(nowhere, system::clock(), system::new_id());
    config.last_collection = Some(ask_last_collection(store.clone()));
    config.limits.memory = cli::memory_of(system::memory());
    config.limits.request_timeout = LONGEST;
    config.limits.question_wait = LONGEST;
    let local = LocalAnswers::new(&config, store, partner)?;
    // A credential is asked for by every client; this one is sent nowhere.
    let client = PartnerOperations::builder(Credential::token("none"))
        .base_url("http://localhost")
        .retry(RetryPolicy::never())
        .in_process(move |request| {
            let local = local.clone();
            async move { local.answer(request).await }
        });
    Ok(client.build()?)
}

fn partner(
    folder: &Path,
    held: &[PartnerId],
    named: Option<PartnerId>,
) -> Result<PartnerId, Failure> {
    let folder = folder.display();
    let (message, hint) = match (held, named) {
        ([], _) => (
            format!("data folder `{folder}` holds nothing yet"),
            "store something first with `seatwise import` or `seatwise collect`".to_owned(),
        ),
        ([partner], None) => return Ok(*partner),
        (held, Some(partner)) if held.contains(&partner) => return Ok(partner),
        (held, named) => {
            let held: Vec<String> = held.iter().map(ToString::to_string).collect();
            let message = match named {
                Some(partner) => format!("data folder `{folder}` holds nothing of {partner}"),
                None => format!("data folder `{folder}` holds several partners"),
            };
            (
                message,
                format!("name one with --partner: {}", held.join(", ")),
            )
        }
    };
    Err(Failure {
        code: exit::ARGUMENTS,
        message,
        hint: Some(hint),
    })
}
