//! What a server for tests has beyond a normal one, on this computer only: a development identity
//! whose tokens it accepts, and an emulator of Partner Center's failures.
//!
//! Both are values of [`Config`](seatwise_server::Config), which a server knows by their form alone:
//! [`DevIdentity::sign_in`] gives a key and the routes of an OpenID provider, and
//! [`Emulation::additions`] gives routes, layers and a clock. A server without them has none of this
//! code in its way.

mod additions;
mod body;
mod clock;
mod control;
mod dev_identity;
mod dev_provider;
mod emulation;
mod fault;
mod faults;
mod gateway;
mod grammar;
mod inject_fault;
mod overview;
mod page;
mod partner_center;
mod plan;
mod portfolios;
mod quota;
mod requests;
mod times;
mod token;

pub use dev_identity::{DevIdentity, DevIdentityError, TokenRequest};
pub use emulation::{ClockStartError, Emulation, Emulator};
pub use grammar::FaultSyntaxError;
pub use plan::FaultPlan;
pub use portfolios::{MakePortfolio, PortfolioRecipe};
pub use quota::RateLimits;
