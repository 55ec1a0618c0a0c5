#!/usr/bin/env bash
# Compares a store in object storage with one in a folder: S3 by moto, Azure by Azurite, both on loopback.
#
# Needs Python 3.10 with venv, and for Azurite also npm; says so and does nothing where that is absent. The doubles are
# installed outside the checkout, and end with this script.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/seatwise-doubles"
mkdir -p "$cache"
pids=()
trap '[ ${#pids[@]} = 0 ] || kill "${pids[@]}"' EXIT

# Tests the storage at a URL. Its settings are in the environment.
compare() {
    (cd "$here/../../../.." && SEATWISE_TEST_STORAGE="$1" cargo test --workspace --locked --test it -- \
        --ignored the_object_storage_of_a_cloud)
}

# A port that is free now.
free_port() { python3 -c 'import socket; it = socket.create_server(("127.0.0.1", 0)); print(it.getsockname()[1])'; }

# Waits at most 30 seconds for a server.
answers() {
    for _ in $(seq 60); do
        if curl -s -o /dev/null "$1"; then return; fi
        sleep 0.5
    done
    echo "$1 does not answer" >&2
    return 1
}

if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    echo "skipped: doubles of object storage (there is no Python 3.10 with venv)"
    exit 0
fi
[ -x "$cache/moto/bin/python" ] || python3 -m venv "$cache/moto"
"$cache/moto/bin/pip" install --quiet --disable-pip-version-check "moto[server,s3]==5.2.5"
port=$(free_port)
"$cache/moto/bin/moto_server" -H 127.0.0.1 -p "$port" >"$cache/moto.log" 2>&1 &
pids+=($!)
answers "http://127.0.0.1:$port/"
curl -s -o /dev/null -X PUT "http://127.0.0.1:$port/seatwise"
AWS_ENDPOINT="http://127.0.0.1:$port" AWS_ALLOW_HTTP=true AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=double \
    AWS_SECRET_ACCESS_KEY=double compare "s3://seatwise/run-$$"

if ! command -v npm >/dev/null; then
    echo "skipped: Azurite (there is no npm)"
    exit 0
fi
npm install --silent --no-audit --no-fund --prefix "$cache" azurite@3
port=$(free_port)
node "$cache/node_modules/.bin/azurite-blob" --blobHost 127.0.0.1 --blobPort "$port" --inMemoryPersistence \
    --skipApiVersionCheck --silent >"$cache/azurite.log" 2>&1 &
pids+=($!)
answers "http://127.0.0.1:$port/"
python3 "$here/azure_container.py" "$port" seatwise
export AZURITE_BLOB_STORAGE_URL="http://127.0.0.1:$port"
AZURE_STORAGE_USE_EMULATOR=true AZURE_ALLOW_HTTP=true compare "az://seatwise/run-$$"
