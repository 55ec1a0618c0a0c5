//! The response to an import that stored nothing.

use anyhow::anyhow;
use seatwise_store::StoreError;
use seatwise_store::import::{BadRow, BadRows, ImportError};
use seatwise_types::{ErrorBody, ErrorCode, wire};
use serde::Serialize;

use crate::plumbing::error::ApiError;

/// A likely cause if a body marked as a form cannot be read. It comes first, because without line
/// ends the error can quote a header as long as the file.
pub(super) const LINE_ENDS: &str =
    "if curl sent the body, use `--data-binary @FILE`: `-d` takes the line ends away; ";

/// The response to an import that stored nothing.
pub(super) fn refused(err: ImportError, is_marked_as_form: bool) -> ApiError {
    let of_input = err.is_of_input();
    match err {
        ImportError::BadRows { bad, .. } => bad_rows(&bad),
        ImportError::File { source, .. } if of_input => ApiError::new(
            ErrorCode::InvalidInput,
            format!(
                "{}the body cannot be imported: {source}",
                if is_marked_as_form { LINE_ENDS } else { "" }
            ),
        ),
        ImportError::Loses { .. } => {
            let description = format!(
                "{err}: if the body is right and the missing rows no longer exist, send \
                 replace=true; nothing of it was stored"
            );
            ApiError::new(ErrorCode::InvalidInput, description)
        }
        ImportError::Store(source @ StoreError::Unmended { .. }) => {
            let description = format!(
                "the store is damaged, and the body does not have everything that was in it: \
                 {source}; send all of it, or send mend=true, which records what the body has of it as \
                 of now and gives up the rest; nothing of it was stored"
            );
            ApiError::new(ErrorCode::InvalidInput, description)
        }
        ImportError::Store(source @ StoreError::TooLong) => {
            let description = format!(
                "{source}: send less at once, or import the file with the command `seatwise import`"
            );
            ApiError::new(ErrorCode::InvalidInput, description)
        }
        err => {
            let is_full = matches!(err.store(), Some(StoreError::Full { .. }));
            ApiError::unstored(is_full, anyhow!(err).context("cannot store a body"))
        }
    }
}

/// An error with the first bad rows, which have the same members as in a receipt.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BadRowsBody<'a, Error> {
    #[serde(flatten)]
    pub(crate) error: Error,
    pub(crate) bad_rows: u64,
    pub(crate) first_bad_rows: &'a [BadRow],
}

fn bad_rows(bad: &BadRows) -> ApiError {
    let description = format!(
        "the body has {bad}, nothing of it was stored: correct it, or send skipBadRows=true \
         to skip deliveries with a bad row"
    );
    let error = ErrorBody::new(ErrorCode::InvalidInput, description.clone());
    ApiError::new(ErrorCode::InvalidInput, description).with_body(|form| {
        wire::encode(&BadRowsBody {
            error: error.in_form(form),
            bad_rows: bad.count,
            first_bad_rows: &bad.first,
        })
    })
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn a_body_that_mends_for_too_long_is_refused_with_another_way() {
        let answer = refused(StoreError::TooLong.into(), false);
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert_eq!(
            answer.description(),
            "finding out which deliveries of damaged files the import restores takes too long; nothing \
             was stored: send less at once, or import the file with the command `seatwise import`"
        );
    }
}
