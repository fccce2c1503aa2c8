#!/usr/bin/env bash
# How fast wfgen is, as ratios to what people use beside it, measured in turns in one run: the survey of 100,000 files
# to `rg --files`, `generate --check` to `git status`, `validate` to actionlint and zizmor, start-up to `true`.
# Makes its trees below target/ on the first run. Needs cargo, git, rg and python3; actionlint and zizmor if they are there.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v rg > /dev/null || { echo "bench.sh: rg (ripgrep) is not installed" >&2; exit 5; }
export PATH="$PWD/target/tools/bin:$PWD/target/tools/python/bin:$HOME/go/bin:$PATH"
cargo build --quiet --release
exec python3 tools/bench.py "$PWD/target/release/wfgen" "$PWD/target/bench" "$@"
