#!/bin/sh
# How long the survey of a tree of 100,000 files takes, as ratios to `rg --files` measured in the same run.
# Makes the tree below target/ on the first run. Needs cargo, git and rg.
set -eu
cd "$(dirname "$0")/.."
command -v rg >/dev/null || { echo "bench.sh: rg (ripgrep) is not installed" >&2; exit 5; }
exec cargo bench --quiet --bench ratios
