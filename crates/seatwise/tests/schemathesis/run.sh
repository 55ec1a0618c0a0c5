#!/usr/bin/env bash
# Schemathesis asks a live server everything that its OpenAPI document allows, and what it forbids.
#
# Needs the binary (SEATWISE names it, else the debug build) and Python 3 with venv; the packages
# are installed in an environment of its own, outside the checkout.
set -euo pipefail
cd "$(dirname "$0")/../../../.."

if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    echo "skipped: Schemathesis asks the server (there is no Python 3.10 with venv)"
    exit 0
fi
export SEATWISE="${SEATWISE:-${CARGO_TARGET_DIR:-target}/debug/seatwise}"
environment="${XDG_CACHE_HOME:-$HOME/.cache}/seatwise-schemathesis"
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
fi
"$environment/bin/pip" install --quiet --disable-pip-version-check 'schemathesis>=4.32,<5'
exec "$environment/bin/python" crates/seatwise/tests/schemathesis/ask.py
