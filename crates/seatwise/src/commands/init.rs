//! `seatwise init`: writes a profile to the settings file.

use std::fs;
use std::io;
use std::path::Path;

use seatwise_client::Cloud;
use seatwise_service::{Error, ExitCode, Failure, NAMES, Result, is_name};
use seatwise_store::replace_file;
use toml::Value;
use toml::de::DeTable;

use crate::cli::{DataDir, Init, Settings};
use crate::{output, profile};

/// The start of a new file.
const BEGINNING: &str = "\
# Settings of seatwise: options that need not be given on the command line.
#
# Under [profile.NAME] stand options by their long names, without dashes, for all commands that have
# them; under [profile.NAME.COMMAND] those of one command. What is given on the command line or in
# the environment comes first. Relative paths begin at the folder of this file.
#
# Secrets do not belong here: `seatwise login` keeps each sign-in in a file of its own, and a token
# is taken from the environment.

# The profile that commands use unless you name another one with --profile.
";

pub(crate) fn run(args: Init, settings: &Settings) -> Result<()> {
    let name = settings.profile.as_deref().filter(|it| !it.is_empty());
    let name = name.unwrap_or("default");
    if !is_name(name) {
        return Err(Failure {
            code: ExitCode::Arguments,
            message: format!("`{name}` cannot name a profile"),
            hint: Some(NAMES.to_owned()),
        }
        .into());
    }
    let path = settings.config.clone();
    let path = path
        .filter(|it| !it.as_os_str().is_empty())
        .or_else(profile::settings_file);
    let path = path.ok_or_else(|| Failure {
        code: ExitCode::Unexpected,
        message: "there is no home folder for settings: name a file with --config".to_owned(),
        hint: None,
    })?;
    let path = std::path::absolute(path)?;
    let known = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(err) if err.kind() == io::ErrorKind::NotFound => String::new(),
        Err(err) => return Err(Error::cannot(format!("read `{}`", path.display()))(err)),
    };
    let default = default_profile(&known, name, &path)?;
    let is_default = default.as_deref().is_none_or(|default| default == name);
    let mut text = if known.is_empty() {
        BEGINNING.to_owned()
    } else {
        known.trim_end().to_owned() + "\n"
    };
    if default.is_none() {
        text.push_str(&format!("default-profile = {}\n", Value::from(name)));
    }
    text.push_str(&section(name, &args)?);
    read(&text, &path)?;
    replace_file(&path, text.as_bytes())
        .map_err(Error::cannot(format!("write `{}`", path.display())))?;
    output::line(format_args!("wrote profile `{name}` to {}", path.display()))?;
    if args.client_id.is_some() {
        let with = if is_default {
            String::new()
        } else {
            format!(" --profile {name}")
        };
        output::note(format_args!(
            "next: `seatwise login{with}`, `seatwise doctor{with}`, then `seatwise collect{with}`"
        ));
    }
    Ok(())
}

fn read<'a>(text: &'a str, path: &Path) -> Result<DeTable<'a>, Failure> {
    let settings = DeTable::parse(text).map_err(|err| Failure {
        code: ExitCode::Arguments,
        message: format!(
            "a profile cannot be added to `{}`: {}",
            path.display(),
            err.message()
        ),
        hint: Some("correct the file, or name another one with --config".to_owned()),
    })?;
    Ok(settings.into_inner())
}

/// The profile that commands use by default; `None` if the file is empty. Fails if the profile
/// `name` already exists.
fn default_profile(text: &str, name: &str, path: &Path) -> Result<Option<String>, Failure> {
    let settings = read(text, path)?;
    let profiles = settings.get("profile");
    if profiles.is_some_and(|profiles| profiles.get_ref().get(name).is_some()) {
        return Err(Failure {
            code: ExitCode::Arguments,
            message: format!(
                "there is a profile `{name}` in `{}` already",
                path.display()
            ),
            hint: Some("edit it there, or name another one with --profile".to_owned()),
        });
    }
    if settings.is_empty() {
        return Ok(None);
    }
    let default = settings.get("default-profile");
    let default = default.and_then(|default| default.get_ref().as_str());
    Ok(Some(default.unwrap_or_default().to_owned()))
}

/// The text of a profile: the options given, and comments with others.
fn section(name: &str, args: &Init) -> Result<String> {
    let data_dir = match &args.data.data_dir {
        Some(DataDir::Folder(folder)) => Some(absolute(folder)?),
        Some(DataDir::Url(url)) => Some(url.clone()),
        None => None,
    };
    let work_dir = args
        .data
        .work
        .work_dir
        .as_deref()
        .map(absolute)
        .transpose()?;
    let partner = args.partner.to_string();
    // The cloud cannot be found from a token, so its URL is written too.
    let own = (args.cloud != Cloud::Global).then(|| args.cloud.api_root().to_owned());
    let url = args.url.clone().or(own);
    let cloud = args.cloud.to_string();
    let lines = [
        ("The partner's tenant id.", "partner", Some(&partner)),
        (
            "The application in that tenant that can sign users in.",
            "client-id",
            args.client_id.as_ref(),
        ),
        (
            "The cloud: global, us-government or china.",
            "cloud",
            Some(&cloud),
        ),
        (
            "The URL of the service; by default Partner Center.",
            "url",
            url.as_ref(),
        ),
        (
            "The URL of the authority that issues tokens; by default that of the cloud.",
            "authority",
            args.authority.as_ref(),
        ),
        (
            "The data folder, or its URL in object storage.",
            "data-dir",
            data_dir.as_ref(),
        ),
        (
            "With a URL: the folder on this computer for uploads, keys and progress.",
            "work-dir",
            work_dir.as_ref(),
        ),
    ];
    let mut text = format!("\n[profile.{name}]\n");
    for (comment, key, value) in lines {
        let line = match value {
            Some(value) => format!("{key} = {}", Value::from(value.as_str())),
            None => format!("#{key} = \"\""),
        };
        text.push_str(&format!("# {comment}\n{line}\n"));
    }
    text.push_str(&serve_section(name, args));
    Ok(text)
}

/// The options of a collection and of a server, as far as they can be known.
fn serve_section(name: &str, args: &Init) -> String {
    let partner = args.partner;
    let issuer = args.cloud.issuer();
    let audience = match args.cloud {
        // The default audience of a server is that of the public cloud.
        cloud if cloud.resource() == Cloud::Global.resource() => String::new(),
        cloud => format!("audience = [{}]\n", Value::from(cloud.resource())),
    };
    format!(
        "\
# How many requests a minute a collection makes at most, and how many at once.
#requests-per-minute = 480
#in-flight = 4

# Options of `seatwise serve`: it takes the tokens of this partner that Partner Center takes.
[profile.{name}.serve]
issuer = [\"{issuer}\"]
tenant = [\"{partner}\"]
{audience}# To collect while it serves:
#listen = \"127.0.0.1:8080\"
#collect-every = \"24h\"
#collect-at = \"03:30\"
#time-zone = \"Europe/Berlin\"
#compact-every = \"24h\"
"
    )
}

/// A folder from the root on, as text.
fn absolute(folder: &Path) -> Result<String> {
    let folder = std::path::absolute(folder)?.into_os_string();
    folder.into_string().map_err(|_| {
        let message = "the name of the data folder is not valid Unicode".to_owned();
        Error::from(Failure {
            code: ExitCode::Unexpected,
            message,
            hint: None,
        })
    })
}
