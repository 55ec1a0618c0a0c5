//! The settings file: its profiles, and errors with their position.

use std::fmt;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{ExitCode, Failure};

/// The rule for names of profiles, for hints.
pub const NAMES: &str = "use up to 64 letters, digits, `-` and `_`";

/// Whether a text is a valid name of a profile. The name is also that of the sign-in file.
pub fn is_name(text: &str) -> bool {
    let is_sign = |sign: u8| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'_');
    !text.is_empty() && text.len() <= 64 && text.bytes().all(is_sign)
}

/// A profile: its name and options.
pub type NamedProfile<'a> = (String, DeTable<'a>);

/// The text of a settings file.
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    text: String,
}

impl SettingsFile {
    /// Reads the named file, or the default one; `None` if neither is given, or if the default one
    /// does not exist and no profile is asked for.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or the default one does not exist but a profile is asked for.
    pub fn read(
        named: Option<&PathBuf>,
        default: Option<PathBuf>,
        profile: Option<&String>,
    ) -> Result<Option<Self>, Failure> {
        let Some(path) = named.cloned().or(default) else {
            return Ok(None);
        };
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Self { path, text })),
            Err(err) if err.kind() == io::ErrorKind::NotFound && named.is_none() => match profile {
                None => Ok(None),
                Some(name) => Err(Failure {
                    code: ExitCode::Arguments,
                    message: format!(
                        "there is no profile `{name}`: `{}` does not exist",
                        path.display()
                    ),
                    hint: Some("write one with `seatwise init`".to_owned()),
                }),
            },
            Err(err) => Err(Failure {
                code: ExitCode::Arguments,
                message: format!("cannot read the settings in `{}`: {err}", path.display()),
                hint: Some("write them with `seatwise init`".to_owned()),
            }),
        }
    }

    /// The requested profile, or the file's default; `None` if there is neither.
    ///
    /// # Errors
    ///
    /// If the file is not valid, or has no such profile. The message has the line.
    pub fn profile(&self, asked: Option<&String>) -> Result<Option<NamedProfile<'_>>, Failure> {
        let settings = DeTable::parse(&self.text).map_err(|err| {
            let place = err.span().unwrap_or_default();
            self.wrong(place, err.message(), "correct the file there")
        })?;
        let mut default = None;
        let mut profiles = None;
        for (key, value) in settings.into_inner() {
            match (key.as_ref().as_ref(), value.as_ref()) {
                ("default-profile", DeValue::String(_)) => default = Some(value),
                ("profile", DeValue::Table(_)) => profiles = Some(value),
                (name, _) => {
                    let problem = format!("`{name}` is not expected here");
                    let hint = "options stand under [profile.NAME]; the only other key is \
                                `default-profile`, a text";
                    return Err(self.wrong(key.span(), problem, hint));
                }
            }
        }
        let (name, place) = match (asked, &default) {
            (Some(name), _) => (name.clone(), None),
            (None, Some(default)) => {
                let name = default.as_ref().as_str().unwrap_or_default();
                (name.to_owned(), Some(default.span()))
            }
            (None, None) => return Ok(None),
        };
        let mut found = None;
        if let Some(DeValue::Table(profiles)) = profiles.map(Spanned::into_inner) {
            for (key, profile) in profiles {
                if !is_name(key.as_ref()) {
                    let problem = format!("`{}` cannot name a profile", key.as_ref());
                    return Err(self.wrong(key.span(), problem, NAMES));
                }
                match profile.into_inner() {
                    DeValue::Table(options) if key.as_ref() == &name => found = Some(options),
                    DeValue::Table(_) => {}
                    _ => {
                        let problem = format!("`{}` is no table", key.as_ref());
                        let hint = "write options under [profile.NAME]";
                        return Err(self.wrong(key.span(), problem, hint));
                    }
                }
            }
        }
        match (found, place) {
            (Some(options), _) => Ok(Some((name, options))),
            (None, Some(place)) => {
                let problem = format!("there is no profile `{name}`");
                Err(self.wrong(place, problem, "add it, or name another one"))
            }
            (None, None) => Err(Failure {
                code: ExitCode::Arguments,
                message: format!("there is no profile `{name}` in `{}`", self.path.display()),
                hint: Some("write it with `seatwise init --profile NAME`".to_owned()),
            }),
        }
    }

    /// A path in the file. A relative one starts at the file's folder, whatever the working
    /// directory is.
    pub fn path_of(&self, text: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(text)
    }

    /// An error at a position in the file.
    pub fn wrong(
        &self,
        place: Range<usize>,
        problem: impl fmt::Display,
        hint: impl Into<String>,
    ) -> Failure {
        let before = self.text.get(..place.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Failure {
            code: ExitCode::Arguments,
            message: format!("{}:{line}: {problem}", self.path.display()),
            hint: Some(hint.into()),
        }
    }
}
