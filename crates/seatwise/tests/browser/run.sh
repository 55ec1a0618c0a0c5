#!/usr/bin/env bash
# Looks at every page with a real browser: `run.sh`. `run.sh pictures` makes the screenshots of the
# README instead.
#
# Needs the binary (SEATWISE names it, else the debug build), Chromium (CHROMIUM names it), and Node.js 20
# with npm; says so and does nothing where one is absent. The packages are installed outside the checkout.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"

CHROMIUM="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
if [ -z "$CHROMIUM" ]; then
    echo "skipped: browser (there is no Chromium; Debian has it as \`chromium\`)"
    exit 0
fi
if ! command -v npm >/dev/null || ! node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null; then
    echo "skipped: browser (there is no Node.js 20 with npm)"
    exit 0
fi
SEATWISE="$(realpath "${SEATWISE:-${CARGO_TARGET_DIR:-$here/../../../../target}/debug/seatwise}")"
PICTURES="$(realpath "$here/../../../../docs")"
export CHROMIUM SEATWISE PICTURES
environment="${XDG_CACHE_HOME:-$HOME/.cache}/seatwise-browser"
mkdir -p "$environment"
cp "$here"/*.mjs "$here/package.json" "$here/package-lock.json" "$environment/"
npm ci --prefix "$environment" --silent --no-audit --no-fund
exec node "$environment/${1:-test}.mjs"
