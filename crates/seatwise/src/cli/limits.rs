//! How much of the machine a server takes, and how much of the server one client.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use seatwise_server as server;

use super::value::{duration, size};

/// The least and the most memory that questions get where nothing else is said.
const LEAST_MEMORY: u64 = 256 << 20;
const MOST_MEMORY: u64 = 8 << 30;

/// What one client or question may take from the others.
#[derive(Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// How much memory all questions together may take, such as 2GiB
    ///
    /// The default is a quarter of what the machine or container has, from 256MiB to 8GiB.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,
    /// How many questions that read tables are worked out at once; four times as many may wait
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = at_least_one)]
    pub(crate) questions: usize,
    /// How many of them one partner may have
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = at_least_one)]
    pub(crate) questions_per_partner: usize,
    /// How many connections there may be. Beyond that, the one that has waited longest for a request
    /// gives way to a new one; while all are at work, only probes are answered
    #[arg(long, value_name = "NUMBER", default_value_t = 1024, value_parser = at_least_one)]
    pub(crate) connections: usize,
    /// How many of them one address may have; without it a quarter, and all where a proxy is in
    /// front or the server listens on a loopback address
    #[arg(long, value_name = "NUMBER", value_parser = at_least_one)]
    #[arg(conflicts_with = "behind_proxy")]
    pub(crate) connections_per_address: Option<usize>,
    /// How long the body of an import may take to come, and then to be read, such as 1h
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration)]
    pub(crate) import_time: Duration,
    /// How many imports that were sent are worked on at once
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = at_least_one)]
    pub(crate) imports: usize,
    /// How many of them one partner may have
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = at_least_one)]
    pub(crate) imports_per_partner: usize,
}

impl Limits {
    /// Those of a server that listens there. `memory` is what the machine has, in bytes.
    pub(crate) fn of_server(
        &self,
        listen: SocketAddr,
        behind_proxy: bool,
        memory: u64,
    ) -> server::Limits {
        // A proxy on the same machine has one address for all of its clients.
        let shares = !behind_proxy && !listen.ip().to_canonical().is_loopback();
        let share = shares.then_some(self.connections.div_ceil(4));
        server::Limits {
            memory: self.memory.unwrap_or_else(|| memory_of(memory)),
            questions: self.questions,
            questions_per_partner: self.questions_per_partner,
            connections: self.connections,
            connections_per_peer: self.connections_per_address.or(share),
            import_body_timeout: self.import_time,
            import_reading: self.import_time,
            imports: self.imports,
            imports_per_partner: self.imports_per_partner,
            ..server::Limits::default()
        }
    }
}

/// The memory of questions on a machine with so much.
pub(crate) fn memory_of(machine: u64) -> u64 {
    (machine / 4).clamp(LEAST_MEMORY, MOST_MEMORY)
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=1_000_000) => Ok(number),
        _ => Err("a number from 1 to 1000000 is expected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_get_a_quarter_of_the_memory_within_bounds() {
        const GIB: u64 = 1 << 30;
        assert_eq!(memory_of(0), GIB / 4);
        assert_eq!(memory_of(GIB), GIB / 4);
        assert_eq!(memory_of(4 * GIB), GIB);
        assert_eq!(memory_of(512 * GIB), 8 * GIB);
    }
}
