//! An invalid field of a row.

use std::borrow::Cow;

/// An invalid field.
pub(super) struct Fault {
    pub(super) field: usize,
    pub(super) remedy: Cow<'static, str>,
}

pub(super) fn fault<T>(field: usize, remedy: impl Into<Cow<'static, str>>) -> Result<T, Fault> {
    Err(Fault {
        field,
        remedy: remedy.into(),
    })
}
