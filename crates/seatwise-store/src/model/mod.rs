//! The vocabulary: kinds of tables, days, text columns, rows and their content, the axes of time,
//! errors.
//!
//! This room has only values and functions on them. It uses no folder, no table and no other room.

pub(crate) mod axes;
pub(crate) mod columns;
pub(crate) mod content_hash;
pub(crate) mod days;
pub(crate) mod error;
pub(crate) mod fact;
pub(crate) mod kind;
pub(crate) mod limits;
pub(crate) mod percent;
pub(crate) mod selection;
pub(crate) mod texts;
