//! Profiles: options from the settings file.
//!
//! A profile is not a second way of configuration: its options are added to the command line, which
//! is then parsed as if you had typed them.

use std::ffi::OsString;
use std::ops::Range;
use std::path::PathBuf;

use clap::builder::ValueHint;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, CommandFactory as _, Parser as _};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use seatwise_service::{Failure, Result, SettingsFile};

use crate::cli::{Cli, is_url};
use crate::system;

/// Commands without profiles: they need no options of one, or write it. A health check ignores the
/// profile's `url`, which is usually Partner Center's.
const WITHOUT: [&str; 5] = ["init", "demo", "ready", "completions", "man"];

/// Options that a profile cannot set: secrets, confirmations and their subjects, a data folder to
/// read instead of a service, and the options of profiles themselves.
const NEVER: [&str; 10] = [
    "token",
    "yes",
    "customer",
    "before",
    "read_folder",
    "read_partner",
    "profile",
    "config",
    "help",
    "version",
];

/// The default settings file. It need not exist; `None` if there is no home folder.
pub(crate) fn settings_file() -> Option<PathBuf> {
    Some(system::settings_folder()?.join("seatwise/seatwise.toml"))
}

/// The file with the sign-in of a profile.
fn sign_in_file(name: &str) -> Option<PathBuf> {
    let file = format!("seatwise/sign-in/{name}.json");
    Some(system::settings_folder()?.join(file))
}

/// Parses the command line, with the options of its profile.
///
/// # Errors
/// If the settings file cannot be used. An invalid command line ends the process as usual with
/// clap.
pub(crate) fn command_line(mut args: Vec<OsString>) -> Result<Cli> {
    // The profile can add a missing option, so only the second parse reports errors.
    let given = Cli::command()
        .ignore_errors(true)
        .try_get_matches_from(&args);
    let given = given.ok().and_then(innermost);
    let path = given.as_ref().map(|(_, path)| path.clone());
    let path = path.unwrap_or_default();
    let parse = |args| Cli::try_parse_from(args).unwrap_or_else(|err| refuse(err, &path));
    let Some((given, _)) = given.filter(|_| !WITHOUT.contains(&path[0].as_str())) else {
        return Ok(parse(args));
    };
    let name = given.get_one::<String>("profile");
    let name = name.filter(|name| !name.is_empty());
    let config = given.get_one::<PathBuf>("config");
    let config = config.filter(|path| !path.as_os_str().is_empty());
    let file = SettingsFile::read(config, settings_file(), name)?;
    let profile = match &file {
        Some(file) => Profile::read(file, name)?,
        None => None,
    };
    let Some(profile) = profile else {
        return Ok(parse(args));
    };
    let added = profile.options(&path, &given)?;
    let end = args.iter().position(|arg| arg == "--");
    let end = end.unwrap_or(args.len());
    args.splice(end..end, added.iter().map(|it| it.argument.clone()));
    Cli::try_parse_from(args).map_err(|err| profile.blame(err, &path, &added).into())
}

/// Ends the process as clap does, with the usage of the command at this path.
///
/// clap's own usage lists each option with a value as required, including those from the
/// environment or a profile.
fn refuse(mut err: clap::Error, path: &[String]) -> ! {
    let mut all = Cli::command();
    all.build();
    let mut command = Some(&mut all);
    for name in path {
        command = command.and_then(|it| it.find_subcommand_mut(name));
    }
    if let (ErrorKind::MissingRequiredArgument | ErrorKind::ArgumentConflict, Some(command)) =
        (err.kind(), command)
    {
        let usage = ContextValue::StyledStr(command.render_usage());
        err.insert(ContextKind::Usage, usage);
    }
    err.exit()
}

/// The matches of the innermost command, and its path; `None` without a command.
fn innermost(mut matches: ArgMatches) -> Option<(ArgMatches, Vec<String>)> {
    let mut path = Vec::new();
    while let Some((name, below)) = matches.remove_subcommand() {
        path.push(name);
        matches = below;
    }
    (!path.is_empty()).then_some((matches, path))
}

/// The options of one profile.
struct Profile<'a> {
    file: &'a SettingsFile,
    name: String,
    options: DeTable<'a>,
}

/// An option that a profile adds to the command line.
struct Added {
    /// As typed, such as `--in-flight=8`.
    argument: OsString,
    /// The option's name, such as `--in-flight`.
    option: String,
    /// The position in the file.
    place: Range<usize>,
}

/// An option in the file: key and value.
type Written<'a> = (&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>);

impl<'a> Profile<'a> {
    /// The requested profile, or the file's default; `None` if there is neither.
    fn read(file: &'a SettingsFile, asked: Option<&String>) -> Result<Option<Self>, Failure> {
        let found = file.profile(asked)?;
        Ok(found.map(|(name, options)| Self {
            file,
            name,
            options,
        }))
    }

    /// The options for a command that are set neither on the command line nor in the environment.
    fn options(&self, path: &[String], given: &ArgMatches) -> Result<Vec<Added>, Failure> {
        let all = Cli::command();
        let mut command = &all;
        for name in path {
            // The path comes from clap's matches, so the command exists.
            command = command.find_subcommand(name).unwrap_or(command);
        }
        let (own, shared) = self.written(&all, &path[0])?;
        let own = own.into_iter().filter_map(|written| {
            let name: &str = written.0.as_ref();
            let option = option(command, name).or_else(|| by_its_name(command, name))?;
            Some((written, option))
        });
        let mut chosen: Vec<_> = own.collect();
        for written in shared {
            if let Some(option) = option(command, written.0.as_ref())
                && chosen
                    .iter()
                    .all(|(_, known)| known.get_id() != option.get_id())
            {
                chosen.push((written, option));
            }
        }
        chosen.retain(|(_, option)| !is_given(given, option));
        let mut added = Vec::new();
        for ((key, value), option) in chosen {
            for argument in self.arguments(option, value)? {
                added.push(Added {
                    argument,
                    option: format!("--{}", option.get_long().unwrap_or_default()),
                    place: key.span(),
                });
            }
        }
        added.extend(self.kept_sign_in(command, given, &added));
        Ok(added)
    }

    /// The options in the section of a command, and those of all commands. All are checked.
    fn written(
        &self,
        all: &clap::Command,
        command: &str,
    ) -> Result<(Vec<Written<'_>>, Vec<Written<'_>>), Failure> {
        let (mut own, mut shared) = (Vec::new(), Vec::new());
        for (key, value) in &self.options {
            let name: &str = key.as_ref();
            let DeValue::Table(options) = value.as_ref() else {
                self.is_the_same_everywhere(key, all)?;
                self.is_known(key, |name| has_option(all, name))?;
                shared.push((key, value));
                continue;
            };
            let Some(section) = all.find_subcommand(name) else {
                let problem = format!("there is no command `{name}`");
                let hint = "name a command of seatwise: see `seatwise --help`";
                return Err(self.file.wrong(key.span(), problem, hint));
            };
            for (key, _) in options {
                self.is_known(key, |name| {
                    has_option(section, name) || by_its_name(section, name).is_some()
                })?;
            }
            if name == command {
                own.extend(options);
            }
        }
        Ok((own, shared))
    }

    /// Adds the sign-in file of the profile, unless another one is set.
    fn kept_sign_in(
        &self,
        command: &clap::Command,
        given: &ArgMatches,
        added: &[Added],
    ) -> Option<Added> {
        let option = option(command, "sign-in-file")?;
        if is_given(given, option) || added.iter().any(|it| it.option == "--sign-in-file") {
            return None;
        }
        let mut argument = OsString::from("--sign-in-file=");
        argument.push(sign_in_file(&self.name)?);
        Some(Added {
            argument,
            option: "--sign-in-file".to_owned(),
            place: 0..0,
        })
    }

    /// Rejects an option for all commands whose name has another meaning in one of them.
    fn is_the_same_everywhere(
        &self,
        key: &Spanned<impl AsRef<str>>,
        all: &clap::Command,
    ) -> Result<(), Failure> {
        let name = key.as_ref().as_ref();
        let mut commands = all.get_subcommands();
        match commands.find(|command| by_its_name(command, name).is_some()) {
            None => Ok(()),
            Some(command) => {
                let problem = format!("`{name}` is not the same for all commands");
                let hint = format!(
                    "write `url` for the address of the service; or put it under \
                     [profile.{}.{}] or another command",
                    self.name,
                    command.get_name()
                );
                Err(self.file.wrong(key.span(), problem, hint))
            }
        }
    }

    fn is_known(
        &self,
        key: &Spanned<impl AsRef<str>>,
        is_option: impl Fn(&str) -> bool,
    ) -> Result<(), Failure> {
        let name = key.as_ref().as_ref();
        if NEVER.contains(&name) {
            let problem = format!("`{name}` is not taken from a profile");
            let hint = match name {
                "token" => "put it in SEATWISE_TOKEN, or sign in with `seatwise login`",
                _ => "give it on the command line",
            };
            return Err(self.file.wrong(key.span(), problem, hint));
        }
        if !is_option(name) {
            let problem = format!("there is no option `{name}`");
            let hint =
                "options are called as in the help, without `--`: see `seatwise help COMMAND`";
            return Err(self.file.wrong(key.span(), problem, hint));
        }
        Ok(())
    }

    /// The arguments for an option with this value.
    fn arguments(
        &self,
        option: &Arg,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<OsString>, Failure> {
        let name = format!("--{}", option.get_long().unwrap_or_default());
        if matches!(option.get_action(), ArgAction::SetTrue) {
            return match value.as_ref() {
                DeValue::Boolean(is_set) => Ok(is_set.then(|| name.into()).into_iter().collect()),
                _ => Err(self.file.wrong(
                    value.span(),
                    format!("{name} has no value"),
                    "write `true` or `false`",
                )),
            };
        }
        let values = match value.as_ref() {
            DeValue::Array(values) if matches!(option.get_action(), ArgAction::Append) => {
                values.iter().collect()
            }
            _ => vec![value],
        };
        let is_path = option.get_value_hint() == ValueHint::AnyPath;
        let mut arguments = Vec::new();
        for value in values {
            let text = match value.as_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Integer(number) => number.to_string(),
                DeValue::Float(number) => number.to_string(),
                DeValue::Boolean(is_set) => is_set.to_string(),
                DeValue::Datetime(time) => time.to_string(),
                DeValue::Array(_) | DeValue::Table(_) => {
                    let problem = format!("{name} takes one value");
                    return Err(self
                        .file
                        .wrong(value.span(), problem, "write a text or a number"));
                }
            };
            let mut argument = OsString::from(format!("{name}="));
            if is_path && !is_url(&text) {
                argument.push(self.file.path_of(&text));
            } else {
                argument.push(text);
            }
            arguments.push(argument);
        }
        Ok(arguments)
    }

    /// Reports an error in an option at its position in the file. Ends the process for other
    /// errors, as clap does.
    fn blame(&self, err: clap::Error, path: &[String], added: &[Added]) -> Failure {
        let option = match err.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(option)) => option.split([' ', '=']).next(),
            _ => None,
        };
        let added = added.iter().find(|it| Some(it.option.as_str()) == option);
        let Some(added) = added else {
            refuse(err, path)
        };
        let problem = err.to_string();
        let problem = problem.lines().next().unwrap_or_default();
        let problem = problem.trim_start_matches("error: ");
        let hint = format!(
            "correct it there, or give {} on the command line",
            added.option
        );
        self.file.wrong(added.place.clone(), problem, hint)
    }
}

/// Whether an option is set on the command line or in the environment.
fn is_given(given: &ArgMatches, option: &Arg) -> bool {
    matches!(
        given.value_source(option.get_id().as_str()),
        Some(ValueSource::CommandLine | ValueSource::EnvVariable)
    )
}

/// The option of a command for a key. The key is the name that most commands use, such as `url` for
/// `--from` of `collect`.
fn option<'a>(command: &'a clap::Command, key: &str) -> Option<&'a Arg> {
    let mut options = command.get_arguments().filter(|it| it.get_long().is_some());
    options.find(|option| {
        let id = option.get_id().as_str();
        !NEVER.contains(&id) && id.replace('_', "-") == key
    })
}

/// The option of a command that has this name here, but another name in other commands.
fn by_its_name<'a>(command: &'a clap::Command, name: &str) -> Option<&'a Arg> {
    let mut options = command.get_arguments();
    options.find(|option| {
        let id = option.get_id().as_str();
        !NEVER.contains(&id) && option.get_long() == Some(name) && id.replace('_', "-") != name
    })
}

/// Whether a command or one of its subcommands has an option.
fn has_option(command: &clap::Command, key: &str) -> bool {
    let is_with = |below: &&clap::Command| !WITHOUT.contains(&below.get_name());
    let mut below = command.get_subcommands().filter(is_with);
    option(command, key).is_some() || below.any(|it| has_option(it, key))
}
