//! HTTP, without anything about licences: sockets, TLS, bounds, parameters, errors and the bytes of
//! answers.

pub(crate) mod answer;
pub(crate) mod bounds;
pub(crate) mod connection_cutter;
pub(crate) mod dates;
pub(crate) mod error;
pub(crate) mod header_case;
pub mod html;
pub(crate) mod idle;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod parameters;
pub(crate) mod patience;
pub(crate) mod seats;
pub(crate) mod target;
pub(crate) mod tls;
pub(crate) mod unreadable;
pub(crate) mod upload;
pub(crate) mod wire_profile;
