#!/usr/bin/env bash
# Microsoft's MSAL for Python signs in with the development identity, over TLS.
#
# Needs the binary (SEATWISE names it, else the debug build) and Python 3 with venv; the packages
# are installed in an environment of its own, outside the checkout.
set -euo pipefail
cd "$(dirname "$0")/../../../.."

if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    echo "skipped: MSAL signs in (there is no Python 3 with venv)"
    exit 0
fi
export SEATWISE="${SEATWISE:-${CARGO_TARGET_DIR:-target}/debug/seatwise}"
environment="${XDG_CACHE_HOME:-$HOME/.cache}/seatwise-msal"
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
fi
"$environment/bin/pip" install --quiet --disable-pip-version-check 'msal>=1.39,<2' 'cryptography>=45'
exec "$environment/bin/python" crates/seatwise/tests/msal/sign_in.py
