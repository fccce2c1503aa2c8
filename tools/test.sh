#!/usr/bin/env bash
# Every test of wfgen, with its independent judges. They are installed first if they are missing: zizmor,
# check-jsonschema, pre-commit and PyYAML from PyPI, Chromium from Debian, actionlint from the Go module proxy, json-rules-engine from npm.
set -euo pipefail
cd "$(dirname "$0")/.."

ZIZMOR=1.32.0
ACTIONLINT=1.7.12

export CI=true CARGO_TERM_COLOR=never
# A toolchain file in a checkout that is looked at must not change the toolchain of this machine.
export RUSTUP_AUTO_INSTALL=0
tools="$PWD/target/tools"
export PATH="$tools/bin:$tools/python/bin:$PATH"

step() { printf '\n== %s\n' "$*"; }

step "Tools"
mkdir -p "$tools/bin"
if [ ! -x "$tools/python/bin/pre-commit" ]; then
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --disable-pip-version-check \
    "zizmor==$ZIZMOR" check-jsonschema==0.39.0 PyYAML==6.0.3 pre-commit==4.7.0 uv==0.13.8
fi
if ! actionlint -version 2>/dev/null | grep -q "^v\?$ACTIONLINT"; then
  GOBIN="$tools/bin" go install "github.com/rhysd/actionlint/cmd/actionlint@v$ACTIONLINT"
fi

# The page of a report is looked at in a browser.
if ! command -v chromium >/dev/null && command -v apt-get >/dev/null; then
  (apt-get update && apt-get install --yes --no-install-recommends chromium) >/dev/null 2>&1 ||
    echo "chromium could not be installed" >&2
fi

step "Format"
cargo fmt --check

step "Lints"
cargo clippy --quiet --all-targets -- -D warnings

step "Tests"
cargo test --quiet --no-fail-fast

