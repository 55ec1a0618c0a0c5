//! What the commands of Seatwise do beyond parsing arguments and printing: sign-in, settings, and
//! the background work of a server.
//!
//! Time comes from the caller, so that tests can set it. Errors have an exit code and a hint.

mod collecting;
mod collection;
mod each_table;
mod error;
mod exit_code;
mod hint;
mod kept_sign_in;
mod log;
mod schedule;
mod settings_file;
mod sign_in;
mod timer;
mod upkeep;

pub use collecting::{Collecting, ask_last_collection, ask_past_collections};
pub use collection::{Collection, Manner};
pub use each_table::{CompactedTable, DOMAINS, ErasedTable, IDLE, compact, erase};
pub use error::{Error, Failure, Result, client_code};
pub use exit_code::ExitCode;
pub use hint::client_hint;
pub use kept_sign_in::{KeptSignIn, SignInFile, application};
pub use log::Log;
pub use schedule::Schedule;
pub use settings_file::{NAMES, NamedProfile, SettingsFile, is_name};
pub use sign_in::{Connection, SignedIn, signed_in, trusted};
pub use timer::Timer;
pub use upkeep::Upkeep;
