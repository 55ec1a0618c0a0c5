//! The words: kinds of facts, days, columns of text, rows and their content, the axes of time, errors.
//!
//! They are values and what can be said of them. This room knows no folder and no table, and uses no
//! other room.

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
