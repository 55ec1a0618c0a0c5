#!/usr/bin/env bash
# Times the import of 2.9 million rows beside Polars and DuckDB: import.sh FOLDER. The rows are made up, and stay in the folder.
#
# Needs Python 3.10 with venv. The engines are installed outside the checkout.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
folder="$(mkdir -p "${1:?name a folder for the data}" && cd "$1" && pwd)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/seatwise-bench"

cd "$here/../../.."
cargo build --release --locked -p seatwise
seatwise="${CARGO_TARGET_DIR:-target}/release/seatwise"
[ -x "$cache/bin/python" ] || python3 -m venv "$cache"
"$cache/bin/pip" install --quiet --disable-pip-version-check "polars==2.1.0" "duckdb==2.0.1"

csv="$folder/usage.csv"
if [ ! -e "$csv" ]; then
    "$seatwise" demo --once --customers 1700 --data-dir "$folder/made-up" >/dev/null
    "$seatwise" export --data-dir "$folder/made-up" --to "$folder/exported" --format csv
    mv "$folder"/exported/*/usage.csv "$csv"
    rm -r "$folder/made-up" "$folder/exported"
fi
"$cache/bin/python" "$here/import.py" "$seatwise" "$csv" "$folder"
