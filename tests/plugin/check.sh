#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check.sh BUILD COMPILER: installs that build into a folder of its own, builds the example here against it, runs a
# suite with it, and sees that libraries built for something else are refused.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cmake --install "$1" --prefix "$work/usr" >/dev/null
cmake -S "$here" -B example -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER="$2" -DCMAKE_PREFIX_PATH="$work/usr" >/dev/null
cmake --build example
program=$work/usr/bin/predcorr

"$program" run "$here/suite.json" --plugin example/libexample.so --out out
python3 - <<'PYTHON'
import json
board = json.load(open("out/leaderboard.json"))
models = board["datasets"]["sine"]["models"]
assert models["nearest-neighbours"]["mean_absolute_error"]["mean"] < models["constant"]["mean_absolute_error"]["mean"]
assert [curve["criterion"] for curve in board["active_learning"]["sine"]] == ["last"], board["active_learning"]
assert not board["failures"]
PYTHON
"$program" list models --plugin example/libexample.so | grep nearest-neighbours >/dev/null # -q would close the pipe early
"$program" run quick --seeds 1 --only constant --out suites-are-installed >/dev/null

refused() { # refused FILE WORDS: status 2 and a message with these words
  local status=0
  "$program" list models --plugin "$1" >/dev/null 2>message || status=$?
  [[ $status == 2 ]] && grep -q "$2" message || { echo "status $status instead of 2, or not '$2':"; cat message; exit 1; }
}
"$2" -std=c++20 -shared -fPIC -DEIGEN_MAX_ALIGN_BYTES=0 -I usr/include/predcorr $(pkg-config --cflags eigen3) \
  "$here/last.cpp" -o other.so
refused other.so "Eigen's alignment in bytes: 0 there"
refused "$here/suite.json" "is no plug-in of predcorr"
refused missing.so "missing.so"
echo "the example plug-in works"
