//! Reads a data folder in this process: the answers of a server, without socket or sign-in. It
//! never writes to the folder.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use seatwise_client::{Credential, PartnerOperations, RetryPolicy};
use seatwise_server::{Config, LocalAnswers};
use seatwise_service::{ExitCode, Failure, Result, ask_last_collection};
use seatwise_store::{DataFolder, Store};
use seatwise_types::PartnerId;

use crate::cli;
use crate::system;

/// No other request waits, so queries have no practical limit.
const LONGEST: Duration = Duration::from_hours(24);

/// A client for one partner of a data folder.
///
/// # Errors
/// If the folder cannot be read, lacks the named partner, or has not exactly one partner and none
/// is named.
pub(crate) fn open(folder: &DataFolder, named: Option<PartnerId>) -> Result<PartnerOperations> {
    let store = Store::open_to_read(folder)?;
    let partner = partner(folder, &store.partners()?, named)?;
    // No socket listens on this address.
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut config = Config::new(nowhere, system::clock(), system::new_id());
    config.last_collection = Some(ask_last_collection(store.clone()));
    config.limits.memory = cli::memory_of(system::memory());
    config.limits.request_timeout = LONGEST;
    config.limits.question_wait = LONGEST;
    let local = LocalAnswers::new(&config, store, partner)?;
    // The client's builder requires a credential. This one is not sent.
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
    folder: &DataFolder,
    held: &[PartnerId],
    named: Option<PartnerId>,
) -> Result<PartnerId, Failure> {
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
        code: ExitCode::Arguments,
        message,
        hint: Some(hint),
    })
}
