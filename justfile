# The steps of `.ci/run`, one by one, in the usual target folder. `just` lists them.

_default:
    @just --list --unsorted

# Format all code
fmt:
    cargo fmt --all

# Clippy over code, tests and examples; a warning is an error
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Build the documentation; a warning is an error
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked

# All tests, those in the documentation among them
test:
    cargo test --workspace --locked

# What clients do to take a server from the others, against the real binary; some minutes, on Linux
abuse:
    cargo test --workspace --locked --test it -- --ignored --test-threads 1 --nocapture abuse::

# Processes that write are killed in sixty rounds, against the real binary; some minutes
crash:
    cargo test --workspace --locked --test it -- --ignored --nocapture crash::

# The power is cut after each operation of a store, in thousands of ways; over an hour
lost:
    cargo test --workspace --locked --test it -- --ignored --nocapture --test-threads 1 lost::

# A store in object storage against one in a folder: doubles of S3 and Azure, on loopback
doubles:
    crates/seatwise-store/tests/doubles/run.sh

# From nothing to an answer: `just demo`, or `just demo --once`
demo *ARGS:
    cargo run -- demo {{ARGS}}

# A thousand flipped bits in data files, logs and checkpoints: each is found, none is answered
damage:
    cargo test --workspace --locked --test it -- --ignored a_thousand_bits

# How long answers, connections and an import take at full size, beside limits and peers; the data is kept in the folder
bench FOLDER *SIZES:
    cargo bench --locked -p seatwise --bench answers -- {{FOLDER}} {{SIZES}}
    cargo bench --locked -p seatwise -p seatwise-server --bench http
    crates/seatwise/benches/import.sh {{FOLDER}}

# Licences, advisories and sources of all dependencies (needs cargo-deny)
deny:
    cargo deny check

# What `.ci/run` does
ci: _formatted lint doc test

_formatted:
    cargo fmt --all --check
