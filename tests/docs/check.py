#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check.py PROGRAM WORK [PAGE ...]: runs the commands of README.md, CONTRIBUTING.md and docs/*.md, so that none of them
goes stale.

Each page gets a folder of its own in WORK that looks like the checkout: links to its folders, a folder `results` that
may be written to, and a `run` and a `predcorr` that call PROGRAM. The blocks of a page are run in order.

    ```sh                     each line is run by bash; it goes on in the next after a backslash or within quotes
    <!-- file: NAME -->       the block below, whatever its language, is written to NAME before anything runs
    <!-- test: skip WHY -->   the block below is not run: it needs the network, root, hours, or data of the reader's own
    <!-- test: data -->       the block below is run where PREDCORR_DATA names a folder
    <!-- test: module M -->   the block below is run where the python3 that runs this file has the module M

A line fails where its exit status is not 0, or not N where it ends in `# exit N`. `predcorr run` is given `--seeds 1`
where the line names no seeds. `./run suite` and `./run predcorr` are run; any other `./run NAME` must be one that
`./run help` tells of. JSON blocks must parse, Python blocks must compile, relative links must lead somewhere, and
docs/README.md must link every page. Exits with 1 where anything of this does not hold.
"""
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 900  # of one command, on a busy machine
BLOCK = re.compile(
    r"(?P<marks>(?:^[ \t]*<!-- (?:test|file): .*? -->[ \t]*\n)*)^(?P<indent>[ \t]*)```(?P<language>\w*)[ \t]*\n"
    r"(?P<text>.*?)^[ \t]*```[ \t]*$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"<!-- (test|file): (.*?) -->")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
OTHER_RUN = re.compile(r"^(?:\w+=\S+\s+)*\./run\s+([\w-]+)")
SEEDLESS = """#!/usr/bin/env bash
# Stands for the program: one seed where none are named.
if [[ ${1:-} == run && " $* " != *" --seeds "* && " $* " != *" --help "* ]]; then set -- "$@" --seeds 1; fi
exec PROGRAM "$@"
"""
RUN = """#!/usr/bin/env bash
case ${1:-} in
  suite) shift; [[ $# -gt 0 && $1 != -* ]] || set -- quick "$@"; exec predcorr run "$@" ;;
  predcorr) shift; exec predcorr "$@" ;;
esac
exit 2
"""


def anchors_of(page):
    """What headings of a page are called in links, by GitHub's rule."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.*?)[ \t]*$", text, re.MULTILINE)}


class Block:
    def __init__(self, page, match):
        text, indent = match["text"], match["indent"]
        self.text = "".join(line[len(indent):] if line.startswith(indent) else line for line in text.splitlines(True))
        self.language = match["language"]
        self.place = f"{page}:{match.string.count(chr(10), 0, match.start('text')) + 1}"
        marks = MARK.findall(match["marks"])
        self.file = next((value for kind, value in marks if kind == "file"), None)
        self.test = next((value for kind, value in marks if kind == "test"), "")

    def lines(self):
        """Commands: lines, joined where one ends in a backslash or within single quotes; no comments."""
        commands, begun = [], ""
        for line in self.text.splitlines():
            if not begun and (not line.strip() or line.strip().startswith("#")):
                continue
            begun += line.strip()
            if begun.endswith("\\"):
                begun = begun[:-1]
            elif begun.count("'") % 2 == 0:
                commands.append(begun)
                begun = ""
            else:
                begun += " "
        return commands + ([begun] if begun else [])

    def why_skipped(self):
        kind, _, rest = self.test.partition(" ")
        if kind == "skip":
            return rest or "no reason is given"
        if kind == "data" and not os.environ.get("PREDCORR_DATA"):
            return "PREDCORR_DATA is not set"
        if kind == "module":
            imported = subprocess.run([sys.executable, "-c", f"import {rest}"], capture_output=True)
            return f"python3 has no module {rest}" if imported.returncode else None
        return None


class Checker:
    def __init__(self, program, work):
        self.program, self.work = program, work
        self.errors, self.skipped, self.slow = [], [], []
        self.ran = self.named = 0
        told = subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True).stdout
        self.known_to_run = set(re.findall(r"^\./run ([\w-]+)", told, re.MULTILINE)) | {"help"}

    def fail(self, place, message):
        self.errors.append(f"{place}: {message}")

    def context(self, name):
        """A folder like the checkout, of which `results` alone is written to."""
        folder = self.work / name
        (folder / "results" / "references").mkdir(parents=True)
        for item in sorted(ROOT.iterdir()):
            if item.name not in ("results", "run", "build") and not item.name.startswith("."):
                (folder / item.name).symlink_to(item)
        for item in ("published", "schema"):
            (folder / "results" / item).symlink_to(ROOT / "results" / item)
        for item in (ROOT / "results" / "references").iterdir():
            (folder / "results" / "references" / item.name).symlink_to(item)
        for path, text in ((folder / "bin" / "predcorr", SEEDLESS.replace("PROGRAM", f"'{self.program}'")),
                           (folder / "run", RUN)):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)
        return folder

    def environment(self, folder, with_data):
        environment = dict(os.environ)
        environment["PATH"] = os.pathsep.join(
            [str(folder / "bin"), str(Path(sys.executable).parent), environment.get("PATH", "")])
        environment["XDG_CACHE_HOME"] = str(folder / "cache")
        if not with_data:
            environment.pop("PREDCORR_DATA", None)
        return environment

    def run_line(self, block, line, folder):
        other = OTHER_RUN.match(line)
        if other and other[1] not in ("suite", "predcorr"):
            self.named += 1
            if other[1] not in self.known_to_run:
                self.fail(block.place, f"'./run help' does not tell of './run {other[1]}'")
            return
        expected = re.search(r"#\s*exit (\d+)\s*$", line)
        start = time.monotonic()
        try:
            done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=folder, text=True, errors="replace",
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=LONGEST_SECONDS, env=self.environment(folder, block.test == "data"))
        except subprocess.TimeoutExpired:
            self.fail(block.place, f"more than {LONGEST_SECONDS} s: {line}")
            return
        self.ran += 1
        self.slow.append((time.monotonic() - start, line))
        if done.returncode != (int(expected[1]) if expected else 0):
            end = "\n".join("    " + text for text in done.stdout.splitlines()[-8:])
            self.fail(block.place, f"exit status {done.returncode}: {line}\n{end}")

    def check_text(self, block):
        try:
            if block.language == "json":
                json.loads(block.text)
            elif block.language == "python":
                ast.parse(block.text)
        except (ValueError, SyntaxError) as error:
            self.fail(block.place, f"{block.language} block: {error}")

    def check_page(self, page):
        text = (ROOT / page).read_text(encoding="utf-8")
        blocks = [Block(page, match) for match in BLOCK.finditer(text)]
        self.check_links(page, BLOCK.sub("", text))
        for block in blocks:
            self.check_text(block)
        commands = [block for block in blocks if block.language == "sh"]
        if not commands:
            return
        folder = self.context(page.replace("/", "-")[:-len(".md")])
        for block in blocks:
            if block.file:
                path = folder / block.file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
        for block in commands:
            why = block.why_skipped()
            if why is not None:
                # What lacks something here, as in other tests; the others are never run.
                word = "not run" if block.test.startswith("skip") else "skipped"
                self.skipped += [(word, block.place, line, why) for line in block.lines()]
                continue
            for line in block.lines():
                self.run_line(block, line, folder)

    def check_links(self, page, text):
        for target in LINK.findall(text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (ROOT / page).parent / path if path else ROOT / page
            if not file.exists() or (anchor and anchor not in anchors_of(file)):
                self.fail(page, f"the link {target} leads nowhere")

    def check_index(self):
        index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
        linked = set(LINK.findall(index))
        for page in sorted((ROOT / "docs").glob("*.md")):
            if page.name != "README.md" and page.name not in linked:
                self.fail("docs/README.md", f"no link to {page.name}")

    def report(self, seconds):
        for word, place, line, why in self.skipped:
            print(f"{word}: {place}: {line} ({why})")
        for took, line in sorted(self.slow, reverse=True)[:3]:
            print(f"slowest  {took:5.1f} s  {line}")
        for error in self.errors:
            print(f"FAILED   {error}")
        print(f"docs: {self.ran} commands run, {self.named} known to ./run help, {len(self.skipped)} not run, "
              f"{len(self.errors)} failed, {seconds:.0f} s")
        return 1 if self.errors else 0


def main(arguments):
    if len(arguments) < 2:
        print(__doc__)
        return 2
    program, work = Path(arguments[0]).resolve(), Path(arguments[1]).resolve()
    if "PREDCORR_DATA" in os.environ and os.environ["PREDCORR_DATA"]:
        os.environ["PREDCORR_DATA"] = str(Path(os.environ["PREDCORR_DATA"]).resolve())
    # Only a folder that this check made, or an empty one, is made empty.
    marker = work / ".docs-check"
    if work.exists() and any(work.iterdir()) and not marker.exists():
        print(f"{work} is not empty, and not of an earlier check", file=sys.stderr)
        return 2
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    marker.touch()
    docs = sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))
    pages = arguments[2:] or ["README.md", "CONTRIBUTING.md", *docs]
    start = time.monotonic()
    checker = Checker(program, work)
    for page in pages:
        checker.check_page(page)
    for page in ("SECURITY.md", "CHANGELOG.md"):
        checker.check_links(page, (ROOT / page).read_text(encoding="utf-8"))
    checker.check_index()
    status = checker.report(time.monotonic() - start)
    if status == 0:
        shutil.rmtree(work, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
