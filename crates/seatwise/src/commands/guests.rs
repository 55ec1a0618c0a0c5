//! `seatwise guests`: links that show one customer's pages to people outside the partner.

use jiff::SignedDuration;
use seatwise_service::{Error, ExitCode, Failure, Result};
use seatwise_store::{GuestLink, GuestToken, Kind, Moment, NewGuestLink, Store, StoreError};
use seatwise_types::{CustomerId, PartnerId};
use serde::Serialize;

use super::extensions::print;
use crate::cli::{Guests, GuestsCommand, ListGuests, MakeGuest, RevokeGuest, TextOrJson};
use crate::table::{Column, minor};
use crate::{output, system};

pub(crate) async fn run(args: Guests) -> Result<()> {
    match args.command {
        GuestsCommand::List(args) => list(args).await,
        GuestsCommand::Make(args) => make(args).await,
        GuestsCommand::Revoke(args) => revoke(args).await,
    }
}

/// A link as JSON, with whether it is valid now.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    #[serde(flatten)]
    link: GuestLink,
    open: bool,
    /// The address to open; known only at creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

async fn list(args: ListGuests) -> Result<()> {
    let (store, now) = (Store::open(args.of.data.folder()?)?, system::now());
    let links = store.guest_links(args.of.partner, now).await?;
    let shown: Vec<_> = links
        .into_iter()
        .map(|link| Shown {
            open: link.is_open(now),
            link,
            address: None,
        })
        .collect();
    let columns: &[Column<&Shown>] = &[
        Column::text("Link", "id", |it| it.link.id.to_string()),
        Column::text("State", "state", |it| state(it).to_owned()),
        Column::text("Customer", "customer", |it| it.link.customer.to_string()),
        Column::name("For", "note", |it| it.link.note.clone()),
        Column::instant("Expires", "endsAt", |it| format!("{:.0}", it.link.ends_at)),
        minor(Column::instant("Made", "madeAt", |it| {
            format!("{:.0}", it.link.made_at)
        })),
        minor(Column::name("Made by", "madeBy", |it| {
            it.link.made_by.clone()
        })),
    ];
    if args.output.is_table() && shown.is_empty() {
        output::note("there are no links");
        return Ok(());
    }
    print(&shown, args.output, columns, shown.iter())
}

fn state(Shown { link, open, .. }: &Shown) -> &'static str {
    match link.revoked_at {
        Some(_) => "revoked",
        None if *open => "open",
        None => "expired",
    }
}

async fn make(args: MakeGuest) -> Result<()> {
    let (store, partner) = (Store::open(args.of.data.folder()?)?, args.of.partner);
    if !is_known(&store, partner, args.customer).await? {
        return Err(Failure {
            code: ExitCode::NotFound,
            message: format!(
                "no customer {} of partner {partner} is stored",
                args.customer
            ),
            hint: Some("`seatwise customers` and the pages show the ids of customers".to_owned()),
        }
        .into());
    }
    let token = GuestToken::new(partner, system::new_id()().into_bytes());
    let new = NewGuestLink {
        customer: args.customer,
        note: args.note,
        made_by: "the command line".to_owned(),
        life: SignedDuration::try_from(args.expires_in)?,
    };
    let made = store.make_guest_link(token, new, system::now()).await;
    let link = made.map_err(|err| match err {
        StoreError::NoGuestLink { .. } => Error::from(Failure {
            code: ExitCode::Arguments,
            message: err.to_string(),
            hint: err.hint().map(ToOwned::to_owned),
        }),
        err => err.into(),
    })?;
    let path = seatwise_web::guest_path(&token);
    let address = match &args.public_url {
        Some(url) => format!("{url}{path}"),
        None => path,
    };
    match args.output {
        TextOrJson::Json => output::line(serde_json::to_string_pretty(&Shown {
            link,
            open: true,
            address: Some(address),
        })?),
        TextOrJson::Text => {
            output::line(address)?;
            output::note(format_args!(
                "link {} is valid until {:.0}; its address is not stored",
                link.id, link.ends_at
            ));
            if args.public_url.is_none() {
                output::note("put the URL of the server in front of it, or give --public-url");
            }
            Ok(())
        }
    }
}

/// Whether a current row of the customer is stored.
async fn is_known(store: &Store, partner: PartnerId, customer: CustomerId) -> Result<bool> {
    for kind in [Kind::Deployment, Kind::Usage] {
        let snapshot = store.read_snapshot(partner, kind, Moment::NEWEST, None, None);
        if snapshot.await?.customer(customer).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn revoke(args: RevokeGuest) -> Result<()> {
    let (store, id) = (Store::open(args.of.data.folder()?)?, args.id);
    let revoked = store.revoke_guest_link(args.of.partner, id, system::now());
    if revoked.await?.is_none() {
        return Err(Failure {
            code: ExitCode::NotFound,
            message: format!("there is no link `{id}` of partner {}", args.of.partner),
            hint: Some("`seatwise guests list` shows the names of links".to_owned()),
        }
        .into());
    }
    output::note(format_args!("link {id} is revoked"));
    Ok(())
}
