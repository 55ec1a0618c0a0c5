#!/usr/bin/env bash
# Runs what one of the folders here tests with Python's own libraries: `run.sh msal`.
#
# Needs the binary (SEATWISE names it, else the debug build) and Python 3.10 with venv, `run.sh spark`
# also Java 17; says so and does nothing where that is absent. The packages are installed in an
# environment of its own, outside the checkout.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
name="${1:?which one: $(cd "$here" && ls -d */ | tr -d '\n')}"

if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    echo "skipped: $name (there is no Python 3.10 with venv)"
    exit 0
fi
if [ "$name" = spark ]; then
    java="$("${JAVA_HOME:+$JAVA_HOME/bin/}java" -XshowSettings:properties -version 2>&1 |
        sed -n 's/^ *java\.specification\.version = \([0-9]*\).*/\1/p')" || true
    if [ "${java:-0}" -lt 17 ]; then
        echo "skipped: $name (there is no Java 17 or later)"
        exit 0
    fi
fi
SEATWISE="$(realpath "${SEATWISE:-${CARGO_TARGET_DIR:-$here/../../../../target}/debug/seatwise}")"
export SEATWISE
environment="${XDG_CACHE_HOME:-$HOME/.cache}/seatwise-python/$name"
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
fi
"$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/$name/requirements.txt"
# What several folders share lies beside them, where Python must not make one for itself.
export PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1
exec "$environment/bin/python" "$here/$name/main.py"
