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
grep "RMSE ↓ | MAE ↓ | joint LL ↑" out/leaderboard.md >/dev/null # its own column, where it asked for it
"$program" list metrics --plugin example/libexample.so | grep "mean absolute error (MAE)" >/dev/null
"$program" list models --plugin example/libexample.so | grep nearest-neighbours >/dev/null # -q would close the pipe early
"$program" run quick --seeds 1 --only constant --out suites-are-installed >/dev/null

read -r -a eigen <<<"$(pkg-config --cflags eigen3)"
refused() { # refused FILE WORDS: status 2 and a message with these words
  local status=0
  grep "RMSE ↓ | MAE ↓ | joint LL ↑" out/leaderboard.md >/dev/null # its own column, where it asked for it
"$program" list metrics --plugin example/libexample.so | grep "mean absolute error (MAE)" >/dev/null
"$program" list models --plugin "$1" >/dev/null 2>message || status=$?
  if [[ $status != 2 ]] || ! grep -q "$2" message; then
    echo "status $status instead of 2, or not '$2':"
    cat message
    exit 1
  fi
}
"$2" -std=c++20 -shared -fPIC -DEIGEN_MAX_ALIGN_BYTES=0 -I usr/include "${eigen[@]}" \
  "$here/last.cpp" -o other.so
refused other.so "Eigen's alignment in bytes: 0 there"
refused "$here/suite.json" "is no plug-in of predcorr"
refused missing.so "missing.so"

# Plug-ins that break their rules lose their cell or score, and are named with their library; all others stand.
status=0
"$program" run "$here/faulty_suite.json" --plugin example/libfaulty.so --out faulty >faulty.txt 2>&1 || status=$?
[[ $status == 1 ]] || { echo "status $status instead of 1:"; cat faulty.txt; exit 1; }
python3 - <<'PYTHON'
import glob, json
cells = [json.load(open(file)) for file in glob.glob("faulty/cells/*.json")]
def cell(dataset, model):
    found = [c for c in cells if c["dataset"]["name"] == dataset and c.get("model", {}).get("name") == model]
    assert len(found) == 1, (dataset, model, len(found))
    return found[0]
def loop(criterion):
    return next(c for c in cells if c.get("learning", {}).get("criterion", {}).get("name") == criterion)
library = " of libfaulty.so: "
for model in ("constant", "returns-null", "fit-throws", "gp"):
    assert "'nowhere'" + library + "load:" in cell("nowhere", model)["reason"]["message"], cell("nowhere", model)
assert "model 'returns-null'" + library in cell("toy-relu", "returns-null")["reason"]["message"]
assert "model 'fit-throws'" + library + "fit: something was thrown" in cell("toy-relu", "fit-throws")["reason"]["message"]
assert "kernel 'narrow'" + library in cell("toy-relu", "gp")["reason"]["message"], cell("toy-relu", "gp")["reason"]
sound = cell("toy-relu", "constant")
assert sound["status"] == "ok"
scores = {s["name"] + "." + s.get("part", ""): s for s in sound["scores"]}
assert scores["rmse."]["value"] > 0 and scores["marginal_log_likelihood."]["value"] is not None
assert "metric 'throws-an-int'" + library in scores["throws_an_int."]["reason"]
for part in "ab":
    assert "metric 'too-few'" + library + "do_score returned 1 values for the 2" in scores["too_few." + part]["reason"]
for criterion in ("no-gains", "outside-the-pool"):
    assert "criterion '%s'%s" % (criterion, library) in loop(criterion)["reason"]["message"]
assert loop("random")["status"] == "ok"
PYTHON
"$program" list all --plugin example/libfaulty.so >faulty.txt
grep "its parameters cannot be listed: model 'cannot-be-made' of libfaulty.so: fields: " faulty.txt >/dev/null
grep "toy-relu: " faulty.txt >/dev/null # what comes behind is there
for plugin in throws-an-int forgets-models no-gains returns-null narrow nowhere; do
  status=0
  "$program" check "$plugin" --plugin example/libfaulty.so >faulty.txt 2>&1 || status=$?
  if [[ $status != 1 ]] || ! grep FAILED faulty.txt >/dev/null; then
    echo "check $plugin: status $status"
    cat faulty.txt
    exit 1
  fi
done

# A parameter struct without its table is one error, a sentence that says what to write.
if "$2" -std=c++20 -fsyntax-only -I usr/include "${eigen[@]}" "$here/no_fields.cpp" 2>message; then
  echo "no_fields.cpp compiles"; exit 1
fi
if [[ $(grep -c "error:" message) != 1 ]] || ! grep "error: .*must have \`static Fields<P> fields()\`" message >/dev/null; then
  echo "not one sentence:"
  cat message
  exit 1
fi
echo "the example plug-in works"
