//! The commands, one file each.

pub(crate) mod backup;
pub(crate) mod changes;
pub(crate) mod collect;
pub(crate) mod compact;
pub(crate) mod completions;
pub(crate) mod coverage;
pub(crate) mod customers;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod extensions;
pub(crate) mod figures;
pub(crate) mod forget;
pub(crate) mod guests;
pub(crate) mod history;
pub(crate) mod idle;
pub(crate) mod idle_files;
pub(crate) mod import;
mod import_receipt;
pub(crate) mod imports;
pub(crate) mod init;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod man;
pub(crate) mod monthly;
pub(crate) mod query;
pub(crate) mod ready;
pub(crate) mod repair;
mod restatements;
pub(crate) mod runs;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod token;
pub(crate) mod verify;

/// Adds those parameters to a query that have a value.
macro_rules! given {
    ($question:expr, $($parameter:ident: $value:expr),+ $(,)?) => {{
        let mut question = $question;
        $(if let Some(value) = $value {
            question = question.$parameter(value);
        })+
        question
    }};
}

pub(crate) use given;
