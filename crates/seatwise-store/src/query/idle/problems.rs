//! Problems in a file of the partner.

use std::fmt;

use seatwise_types::extensions::{IdleFileKind, IdleWarning};

use super::text_position::position;

/// The largest number of listed problems.
const MOST: usize = 100;

/// Why a price file or a policy is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct IdleFileError {
    /// The file.
    pub file: IdleFileKind,
    /// The problems, each with line, column, field and remedy; at least one.
    pub problems: Vec<IdleWarning>,
}

impl fmt::Display for IdleFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.file {
            IdleFileKind::Prices => "the price file",
            IdleFileKind::Policy => "the policy of idle seats",
        };
        write!(f, "{what} cannot be used")?;
        if let [first, rest @ ..] = self.problems.as_slice() {
            let IdleWarning {
                line,
                column,
                field,
                problem,
                ..
            } = first;
            write!(f, ": line {line}, column {column}, `{field}`: {problem}")?;
            if !rest.is_empty() {
                write!(f, " (and {} more)", rest.len())?;
            }
        }
        Ok(())
    }
}

/// Collects problems while a file is parsed.
pub(super) struct Problems<'a> {
    file: IdleFileKind,
    text: &'a str,
    found: Vec<IdleWarning>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(file: IdleFileKind, text: &'a str) -> Self {
        Self {
            file,
            text,
            found: Vec::new(),
        }
    }

    /// Adds a problem at a byte offset.
    pub(super) fn add(&mut self, at: usize, field: &str, problem: String) {
        let (line, column) = position(self.text, at);
        self.found.push(IdleWarning {
            file: self.file,
            line,
            column,
            field: field.to_owned(),
            problem,
        });
    }

    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn are_too_many(&self) -> bool {
        self.found.len() >= MOST
    }

    pub(super) fn into_result(self) -> Result<(), IdleFileError> {
        match self.found.is_empty() {
            true => Ok(()),
            false => Err(IdleFileError {
                file: self.file,
                problems: self.found,
            }),
        }
    }
}
