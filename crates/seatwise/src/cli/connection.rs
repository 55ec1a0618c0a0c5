//! Options to reach a service or a data folder.

use std::path::PathBuf;

use clap::Args;
use seatwise_types::PartnerId;

use super::data::names_data;
use super::value::address;
use super::{DataDir, Work};
use crate::system;

#[derive(Args)]
pub(crate) struct Connection {
    /// The URL of the service
    ///
    /// The default is the URL that `seatwise login` signed in to, else Partner Center at
    /// api.partnercenter.microsoft.com.
    #[arg(long, env = "SEATWISE_URL", value_parser = address)]
    pub(crate) url: Option<String>,
    /// An access token to use instead of the sign-in
    ///
    /// Other users of this computer may see it on the command line, so set the environment
    /// variable.
    #[arg(long, env = "SEATWISE_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    #[command(flatten)]
    pub(crate) trust: Trust,
    #[command(flatten)]
    pub(crate) kept: KeptSignIn,
}

/// Where a command reads from: a service, or a data folder.
#[derive(Args)]
#[command(mut_arg("read_folder", names_data))]
pub(crate) struct Source {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Read this data folder, without a server or a sign-in; nothing is written to it
    #[arg(long = "data-dir")]
    pub(crate) read_folder: Option<DataDir>,
    #[command(flatten)]
    pub(crate) work: Work,
    /// The partner to read, if the folder has several: its tenant id
    #[arg(long = "partner", value_name = "GUID", requires = "read_folder")]
    pub(crate) read_partner: Option<PartnerId>,
}

/// Certificates that are trusted in addition to the system's.
#[derive(Args)]
pub(crate) struct Trust {
    /// A PEM file with certificates to trust in addition to the system's
    ///
    /// Give the certificate of the service, or of the authority that issued it.
    #[arg(long, value_name = "FILE", env = "SEATWISE_CA_CERT")]
    pub(crate) ca_cert: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct KeptSignIn {
    /// The file with the sign-in of `seatwise login`
    ///
    /// The default is one file for each profile in your configuration folder.
    #[arg(long, value_name = "FILE", env = "SEATWISE_SIGN_IN_FILE")]
    pub(crate) sign_in_file: Option<PathBuf>,
}

impl KeptSignIn {
    /// The named file, or the default one; `None` if there is no home folder.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        let default = || Some(system::settings_folder()?.join("seatwise/sign-in.json"));
        self.sign_in_file.clone().or_else(default)
    }
}

impl From<Connection> for seatwise_service::Connection {
    fn from(args: Connection) -> Self {
        Self {
            url: args.url,
            token: args.token.map(Into::into),
            sign_in_file: args.kept.path(),
            ca_cert: args.trust.ca_cert,
        }
    }
}
