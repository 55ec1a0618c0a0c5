//! What the next process acknowledges after one was killed, if the power is cut then.

use seatwise_store::Store;
use tempfile::TempDir;

use super::check::{Between, LATER, compare, erased, goes_on, intact};
use super::course::{Acknowledged, Answers, Result, Step, answer_at, answers, done, minute};
use super::disk::{Change, Disk, Image, Left, Operation, write};
use super::recorder::Recorder;

/// What the next process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Answers as known when the killed process did its last step.
    Answer,
    Import,
    Erase,
    /// The step of the killed process.
    Repeat,
}

impl Next {
    pub(super) const ALL: [Self; 4] = [Self::Answer, Self::Import, Self::Erase, Self::Repeat];

    /// The step that is repeated; `None` if it is not, or cannot be.
    fn repeated<'a>(self, between: Between<'a>) -> Option<&'a Acknowledged> {
        let is_once = |it: &&Acknowledged| matches!(it.step, Step::Create | Step::LinkGuest);
        between
            .after
            .filter(|it| self == Self::Repeat && !is_once(it))
    }

    /// Does it, and returns the answers that are acknowledged by it.
    async fn acknowledged(self, store: &Store, between: Between<'_>) -> Result<Option<Answers>> {
        let later = minute(LATER);
        match (self, between.before, between.after) {
            (Self::Answer, Some(_), Some(after)) => {
                let mut given = Answers::new();
                let answer = answer_at(store, after.now, later).await?;
                given.insert(known_at(after), answer);
                let receipt = answers(store).await?.remove("receipt");
                given.extend(receipt.map(|it| ("receipt".to_owned(), it)));
                return Ok(Some(given));
            }
            (Self::Import, ..) => goes_on(store, later).await?,
            (Self::Erase, Some(_), _) => done(store, &Step::Erase, later).await?,
            (Self::Repeat, ..) => match self.repeated(between) {
                Some(killed) => done(store, &killed.step, killed.now).await?,
                None => return Ok(None),
            },
            _ => return Ok(None),
        }
        let mut given = answers(store).await?;
        let repeated = self.repeated(between);
        if !repeated.is_some_and(|it| matches!(it.step, Step::RemoveOther)) {
            // It is locked apart.
            given.remove(OTHER);
        }
        Ok(Some(given))
    }
}

/// The subject of the other partner's answer.
const OTHER: &str = "other partner";

fn known_at(step: &Acknowledged) -> String {
    format!("known at {}", step.now)
}

/// A process that is killed, and the next one.
#[derive(Clone, Copy)]
pub(super) struct Killed<'a> {
    /// What the killed one did to the disk.
    pub(super) disk: &'a Disk,
    pub(super) between: Between<'a>,
    pub(super) next: Next,
    /// Whether the next one syncs what the killed one left, before it writes.
    pub(super) takes_over: bool,
}

/// Checks what the next process acknowledges. In addition, the power is cut at another moment of this
/// process, which is chosen by `moment`.
pub(super) async fn check_after_kill(killed: Killed<'_>, moment: usize) -> Result<()> {
    let Killed {
        disk,
        between,
        next,
        ..
    } = killed;
    let folder = tempfile::tempdir()?;
    write(&disk.after(|_, _| Left::All).image(), folder.path());
    let recorder = Recorder::after(folder.path(), disk);
    let store = Store::create_with(&folder.path().join("data"), Recorder::files(&recorder))?;
    let Some(given) = next.acknowledged(&store, between).await? else {
        return Ok(());
    };
    let mut operations = recorder.lock().unwrap().operations.clone();
    if !killed.takes_over {
        let recorder = recorder.lock().unwrap();
        let is_lock = |it: &Operation| match it {
            Operation::Change(Change::Content { file, .. }) => {
                recorder.paths[file].ends_with("writer.lock")
            }
            _ => false,
        };
        let until = operations.iter().position(is_lock).unwrap_or_default();
        let before = operations.drain(..until);
        let kept: Vec<_> = before
            .filter(|it| !matches!(it, Operation::Sync(_)))
            .collect();
        operations.splice(..0, kept);
    }
    let cut = |moment: usize| {
        let mut disk = disk.clone();
        operations[..moment].iter().for_each(|it| disk.run(it));
        disk.after(|_, _| Left::Nothing).image()
    };
    opened(&cut(moment % (operations.len() + 1))).await?;

    let image = cut(operations.len());
    let (store, _folder) = opened(&image).await?;
    same(&store, between, &given).await?;
    if next == Next::Answer
        && let Some(after) = between.after
    {
        // Clocks can stand still: what is recorded now must not count at a settled instant.
        goes_on(&store, after.now).await?;
        return same(&store, between, &given).await;
    }
    let repeated = next.repeated(between);
    if next == Next::Erase || repeated.is_some_and(|it| matches!(it.step, Step::Erase)) {
        erased(&store, &image).await?;
    }
    Ok(())
}

/// The store on this disk, which nothing is missing of.
async fn opened(image: &Image) -> Result<(Store, TempDir)> {
    let folder = tempfile::tempdir()?;
    write(image, folder.path());
    let store = Store::create(&folder.path().join("data"))?;
    intact(&store).await?;
    Ok((store, folder))
}

/// Checks that a store gives the answers that were acknowledged.
async fn same(store: &Store, between: Between<'_>, given: &Answers) -> Result<()> {
    let mut found = answers(store).await?;
    if let Some(after) = between.after.filter(|it| given.contains_key(&known_at(it))) {
        let answer = answer_at(store, after.now, minute(LATER)).await?;
        found.insert(known_at(after), answer);
    }
    for (subject, answer) in &found {
        match given.get(subject) {
            Some(given) if given == answer => {}
            Some(given) => {
                return Err(format!("{subject} was given as\n{given}\nand is\n{answer}").into());
            }
            None if subject == OTHER => compare(between, subject, answer)?,
            None => {}
        }
    }
    Ok(())
}
