//! What has to hold of a store after a power cut.

use jiff::Timestamp;
use seatwise_store::{Erase, Kind, Remedy, Store};

use super::course::{
    Acknowledged, ERASED, Result, Step, answer_at, answers, done, imported, minute,
};
use super::disk::{Image, write};
use crate::test_store::{USAGE_HEADER, customer, exchange, partner};

/// The last step that was acknowledged before a power cut, and the one that was not.
#[derive(Clone, Copy)]
pub(super) struct Between<'a> {
    pub(super) before: Option<&'a Acknowledged>,
    pub(super) after: Option<&'a Acknowledged>,
}

/// Long after all steps.
pub(super) const LATER: usize = 1000;

/// Checks that the store on this disk has all that was acknowledged, and goes on working.
pub(super) async fn check(image: &Image, between: Between<'_>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    write(image, folder.path());
    let data = folder.path().join("data");
    let Some(before) = between.before else {
        let store = Store::create(&data)?;
        return goes_on(&store, minute(0)).await;
    };
    let store = Store::open(&data)?;
    intact(&store).await?;
    for (subject, answer) in answers(&store).await? {
        compare(between, &subject, &answer)?;
    }
    // Clocks can stand still: what is recorded now must not count at a settled instant.
    let now = before.settled.last().copied();
    goes_on(&store, now.unwrap_or(minute(0))).await?;
    for at in &before.settled {
        let answer = answer_at(&store, *at, minute(LATER)).await?;
        compare(between, &format!("known at {at}"), &answer)?;
    }
    if matches!(before.step, Step::Erase) {
        erased(&store, image).await?;
    }
    if let Some(after) = between.after
        && matches!(after.step, Step::Erase | Step::RemoveOther | Step::Compact)
    {
        // What was not acknowledged is repeated.
        done(&store, &after.step, minute(LATER)).await?;
        if matches!(after.step, Step::Erase) {
            erased(&store, &Image::new()).await?;
        }
    }
    Ok(())
}

/// Checks that an answer is that of the last step, or of the one that was not acknowledged.
pub(super) fn compare(between: Between<'_>, subject: &str, answer: &str) -> Result<()> {
    let expected = [between.before, between.after].map(|it| it?.answers.get(subject));
    let [before, after] = expected;
    if before.is_none_or(|before| before == answer) || after.is_some_and(|after| after == answer) {
        return Ok(());
    }
    // A partner that is being removed may be half gone.
    let is_going = between
        .after
        .is_some_and(|it| matches!(it.step, Step::RemoveOther));
    if is_going && subject == "other partner" {
        return Ok(());
    }
    let (before, after) = (before.map_or("", |it| it), after.map_or("", |it| it));
    Err(format!("{subject} is\n{answer}\nand was\n{before}\nor\n{after}").into())
}

/// Checks that nothing is damaged that the next import does not write again.
pub(super) async fn intact(store: &Store) -> Result<()> {
    let mut verified = Vec::new();
    for kind in Kind::ALL {
        verified.extend(store.verify(partner(), kind).await?);
    }
    verified.extend(store.verify_domains(partner()).await?);
    verified.extend(store.verify_idle_files(partner()).await?);
    verified.extend(store.verify_past_imports(partner()).await?);
    let mut findings = verified.into_iter().flat_map(|it| it.findings);
    match findings.find(|it| it.remedy != Remedy::NextImport) {
        None => Ok(()),
        Some(finding) => Err(format!("{finding:?}").into()),
    }
}

/// Checks that another import is stored, and counts.
pub(super) async fn goes_on(store: &Store, now: Timestamp) -> Result<()> {
    let seats = async || {
        let figures = store.usage_figures(partner()).await?;
        Ok::<u64, seatwise_store::StoreError>(figures.iter().map(|it| it.active).sum())
    };
    let known = seats().await?;
    let files = [format!(
        "{USAGE_HEADER}\n{}",
        exchange("2026-05-20", 8, 7, 40)
    )];
    let receipt = imported(store, partner(), &files, now).await?;
    let after = seats().await?;
    if (receipt.deliveries_new, after) != (1, known + 7) {
        return Err(format!("{known} seats became {after} by {receipt:?}").into());
    }
    Ok(())
}

/// Checks that nothing is left of the erased customer.
pub(super) async fn erased(store: &Store, image: &Image) -> Result<()> {
    let id = customer(ERASED);
    for (path, content) in image {
        let mut parts = content.iter().flat_map(|content| content.windows(id.len()));
        if parts.any(|part| part == id.as_bytes()) {
            return Err(format!("{path} has the erased customer").into());
        }
    }
    let what = Erase::Customer(id.parse()?);
    for kind in Kind::ALL {
        let left = store
            .erase(partner(), kind, what, minute(LATER), true)
            .await?;
        if let Some(left) = left.filter(|it| it.rows > 0 || it.other_files > 0) {
            return Err(format!("{kind} has the erased customer: {left:?}").into());
        }
    }
    Ok(())
}
