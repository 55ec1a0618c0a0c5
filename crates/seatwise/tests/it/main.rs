//! Tests of the binary as people and scripts meet it.

mod demo;
mod directions;
mod documents;
mod figures;
mod house;
mod import;
mod killed;
mod seed;
