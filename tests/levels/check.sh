#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check.sh BUILD: one suite on this processor and on emulated ones of other makers. Their boards must agree in every bit
# of every number. Exits with 77 (skipped) where there is no emulator, or none that can run what was built.
set -euo pipefail
build=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
level=$(sed -n 's/^PREDCORR_LEVEL:STRING=//p' "$build/CMakeCache.txt")
skip() { echo "skipped: $*"; exit 77; }
command -v qemu-x86_64 >/dev/null || skip "there is no qemu-x86_64 (Debian: qemu-user)"
grep -q '^PREDCORR_SANITIZE:BOOL=ON' "$build/CMakeCache.txt" && skip "sanitizers do not run in an emulator"
case $level in
  x86-64-v3 | x86-64) processors=(Haswell EPYC) ;; # Intel, AMD
  *) skip "qemu-user emulates no processor with $level" ;;
esac
qemu-x86_64 -cpu Haswell "$build/predcorr" --version >/dev/null 2>&1 || skip "this qemu-x86_64 emulates no $level"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
run() { # run NAME COMMAND...
  local name=$1
  shift
  "$@" run "$here/suite.json" --out "$folder/$name" --threads 2 >/dev/null 2>"$folder/$name.log" ||
    { cat "$folder/$name.log" >&2; echo "$name: the suite failed" >&2; exit 1; }
}
run here "$build/predcorr"
for processor in "${processors[@]}"; do
  run "$processor" qemu-x86_64 -cpu "$processor" "$build/predcorr"
  python3 - "$folder/here/leaderboard.json" "$folder/$processor/leaderboard.json" "$processor" <<'PYTHON'
import json, sys

def numbers(value, path=""):
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in ("cost", "provenance"):
                yield from numbers(item, f"{path}/{key}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from numbers(item, f"{path}/{i}")
    else:
        yield path, value

here, there = (dict(numbers(json.load(open(file)))) for file in sys.argv[1:3])
moved = sorted(path for path in here.keys() | there.keys() if here.get(path) != there.get(path))
for path in moved[:10]:
    print(f"{path}: {here.get(path)!r} here, {there.get(path)!r} on {sys.argv[3]}")
print(f"{sys.argv[3]}: {len(moved)} of {len(here)} values differ")
sys.exit(bool(moved) or len(here) < 1000)
PYTHON
done
