//! Options that bound what a server and its clients use.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use seatwise_server as server;

use super::value::{duration, size};

/// The bounds of the default for `--memory`.
const LEAST_MEMORY: u64 = 256 << 20;
const MOST_MEMORY: u64 = 8 << 30;

/// Bounds that protect clients from one another.
#[derive(Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// The most memory for all queries together, such as 2GiB
    ///
    /// The default is a quarter of what the machine or container has, from 256MiB to 8GiB.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,
    /// The most table queries that run at once; four times as many may wait
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = at_least_one)]
    pub(crate) questions: usize,
    /// The most of them for one partner
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = at_least_one)]
    pub(crate) questions_per_partner: usize,
    /// The most connections
    ///
    /// At the limit, a new connection replaces the one that has been idle longest. If none is idle,
    /// only probes are answered.
    #[arg(long, value_name = "NUMBER", default_value_t = 1024, value_parser = at_least_one)]
    pub(crate) connections: usize,
    /// The most connections from one address
    ///
    /// The default is a quarter of all; with --behind-proxy or a loopback address there is no
    /// limit.
    #[arg(long, value_name = "NUMBER", value_parser = at_least_one)]
    #[arg(conflicts_with = "behind_proxy")]
    pub(crate) connections_per_address: Option<usize>,
    /// The longest time to receive the body of an import, and then to read it, such as 1h
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration)]
    pub(crate) import_time: Duration,
    /// The most imports by POST that are processed at once
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = at_least_one)]
    pub(crate) imports: usize,
    /// The most of them for one partner
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = at_least_one)]
    pub(crate) imports_per_partner: usize,
}

impl Limits {
    /// The limits of a server that listens on this address. `memory` is the machine's, in bytes.
    pub(crate) fn of_server(
        &self,
        listen: SocketAddr,
        behind_proxy: bool,
        memory: u64,
    ) -> server::Limits {
        // A proxy on the same machine has one address for all its clients.
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

/// The default for queries on a machine with this much memory, in bytes.
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
