//! `seatwise idle prices` and `seatwise idle policy`: the partner's files for idle seats.

use std::fs;

use seatwise_collect::full_message;
use seatwise_service::{Error, ExitCode, Failure, Result};
use seatwise_store::{IdleFileSetError, IdleRulesError, Store};
use seatwise_types::extensions::{IdleFileKind, IdleWarning};

use crate::cli::{IdleFileAction, IdleFiles, OfPartner};
use crate::output::{self, counted};
use crate::system;

pub(crate) async fn run(files: IdleFiles) -> Result<()> {
    let (kind, action) = match files {
        IdleFiles::Prices(file) => (IdleFileKind::Prices, file.action),
        IdleFiles::Policy(file) => (IdleFileKind::Policy, file.action),
    };
    match action {
        IdleFileAction::Set { file, of, dry_run } => {
            let name = file.display().to_string();
            let content = fs::read(&file).map_err(|err| Failure {
                code: ExitCode::Input,
                message: format!("cannot read `{name}`: {err}"),
                hint: Some("nothing was changed; give a file that exists".to_owned()),
            })?;
            set(kind, &of, &name, content, dry_run).await
        }
        IdleFileAction::Show { of } => show(kind, &of).await,
    }
}

async fn set(
    kind: IdleFileKind,
    of: &OfPartner,
    name: &str,
    content: Vec<u8>,
    dry_run: bool,
) -> Result<()> {
    let store = open(of)?;
    let set = store
        .set_idle_file(of.partner, kind, content, system::now(), dry_run)
        .await;
    let set = set.map_err(|err| refused(err, name))?;
    for it in &set.warnings {
        output::note(format_args!("warning: {}", place(name, it)));
    }
    output::line(match set.recorded_at {
        Some(at) => format!("{kind}: `{name}` is in force from {at} on"),
        None if dry_run => format!("{kind}: `{name}` can be set; nothing was changed"),
        None => format!("{kind}: `{name}` is in force already; nothing was changed"),
    })
}

async fn show(kind: IdleFileKind, of: &OfPartner) -> Result<()> {
    let kept = open(of)?.kept_idle_file(of.partner, kind).await;
    let kept = kept.map_err(|err: IdleRulesError| Failure {
        code: ExitCode::Store,
        hint: err.hint().map(ToOwned::to_owned),
        message: full_message(&err),
    })?;
    let Some(kept) = kept else {
        return Err(Failure {
            code: ExitCode::NotFound,
            message: format!("partner {} has set no {kind}", of.partner),
            hint: Some(format!("set a file with `seatwise idle {kind} set FILE`")),
        }
        .into());
    };
    output::note(format_args!("in force from {} on", kept.recorded_at));
    output::line(kept.text.trim_end())
}

/// Opens the data folder. Fails if it has nothing of the partner.
fn open(of: &OfPartner) -> Result<Store> {
    let store = Store::open(of.data.folder()?)?;
    if !store.partners()?.contains(&of.partner) {
        return Err(Failure {
            code: ExitCode::NotFound,
            message: format!("nothing is stored for partner {}", of.partner),
            hint: Some("`seatwise status` lists the partners in the data folder".to_owned()),
        }
        .into());
    }
    Ok(store)
}

fn refused(err: IdleFileSetError, name: &str) -> Error {
    let problems = match err {
        IdleFileSetError::Store(err) => return err.into(),
        IdleFileSetError::File(err) => err.problems,
        IdleFileSetError::TooLarge | IdleFileSetError::NoText => {
            return Failure {
                code: ExitCode::Input,
                message: format!("`{name}` cannot be set: {err}"),
                hint: Some("nothing was changed; write the file as text in UTF-8".to_owned()),
            }
            .into();
        }
    };
    for it in &problems {
        output::note(place(name, it));
    }
    let mistakes = counted(problems.len() as u64, "mistake", "mistakes");
    Failure {
        code: ExitCode::Input,
        message: format!("`{name}` cannot be set: it has {mistakes}"),
        hint: Some("nothing was changed; correct them and set the file again".to_owned()),
    }
    .into()
}

fn place(name: &str, it: &IdleWarning) -> String {
    format!(
        "{name}:{}:{}: {}: {}",
        it.line,
        it.column,
        output::visible(&it.field),
        output::visible(&it.problem)
    )
}
