#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times predcorr's regression trees beside scikit-learn's, same data, settings and threads.

    PREDCORR_DATA=FOLDER benchmarks/compare_forests.py --program build/release/benchmarks/forests_once

Work: forests of exact-split trees on bootstrap resamples, grown on 6,553 rows of kin8nm (all inputs at every node; two
of them and no split of fewer than 6 rows) and on 20,000 x 80 synthetic rows (all; a third); what each tree says of
1,639 rows; and predcorr's joint prediction of 100,000 points, which scikit-learn does not have. Each side is a process of
its own with its thread count set; sides take turns; the least of the repeats counts, and memory is what the process had
at its peak beyond what it had before growing. Writes Markdown.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

TREES, QUERY = 500, 1639


def kin8nm(folders):
    import numpy as np

    for folder in folders:
        for file in (folder / "kin8nm.data", folder / "uci" / "kin8nm.data"):
            if file.exists():
                rows = np.loadtxt(file)
                rows = rows[np.random.RandomState(1).permutation(len(rows))]
                return rows[QUERY:, :-1], rows[QUERY:, -1], rows[:QUERY, :-1], rows[:QUERY, -1]
    sys.exit("compare_forests.py: kin8nm.data was not found; set PREDCORR_DATA to the folder that has it")


def synthetic(rows=20000, inputs=80):
    import numpy as np

    random = np.random.RandomState(2)
    x = random.standard_normal((rows + QUERY, inputs))
    y = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + x[:, 3:13].sum(1) / 3 + 0.3 * random.standard_normal(len(x))
    return x[QUERY:], y[QUERY:], x[:QUERY], y[:QUERY]


# --- scikit-learn ----------------------------------------------------------------------------------------------------


def peak_bytes():
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return 1024 * int(line.split()[1])
    return 0


def reset_peak():
    try:
        pathlib.Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass  # then the peak is the whole process's


def child(a):
    import concurrent.futures

    import numpy as np
    import sklearn
    from sklearn.ensemble import RandomForestRegressor

    given = np.load(a.file)
    x, y, query, query_y = (given[k] for k in ("x", "y", "query", "query_y"))

    def grow():
        features = a.max_features if a.max_features > 0 else 1.0
        return RandomForestRegressor(a.trees, max_features=features, min_samples_split=a.min_split,
                                     n_jobs=a.threads, random_state=1).fit(x, y)

    def predict(forest, pool):
        """Its trees, without the checks of the estimator around each, which would cost more than they do."""
        rows = np.ascontiguousarray(query, dtype=np.float32)
        values = np.empty((len(rows), a.trees), np.float32)

        def one(t):
            values[:, t] = forest.estimators_[t].tree_.predict(rows)[:, 0]

        list(pool.map(one, range(a.trees)) if a.threads > 1 else map(one, range(a.trees)))
        return values

    RandomForestRegressor(2).fit(x[:100], y[:100])  # not timed; the first call prepares
    reset_peak()
    before = peak_bytes()
    seconds = []
    with concurrent.futures.ThreadPoolExecutor(a.threads) as pool:
        forest = grow() if a.child == "predict" else None
        for _ in range(a.repeats):
            start = time.perf_counter()
            if a.child == "predict":
                predict(forest, pool)
            else:
                forest = None
                forest = grow()
            seconds.append(time.perf_counter() - start)
    peak = peak_bytes() - before
    rmse = float(np.sqrt(np.mean((forest.predict(query) - query_y) ** 2)))
    print(json.dumps({"seconds": seconds, "outcome": rmse, "peak_bytes": peak,
                      "software": "scikit-learn " + sklearn.__version__}))


# --- Running them ----------------------------------------------------------------------------------------------------


def measure(side, what, file, threads, repeats, trees, options, program):
    arguments = ["--threads", threads, "--repeats", repeats, "--trees", trees]
    for name, value in options.items():
        arguments += [f"--{name}", value]
    if side == "predcorr":
        command = [program, what, file, *arguments]
    else:
        command = [sys.executable, __file__, "--child", what, "--file", file, *arguments]
    environment = dict(os.environ, OPENBLAS_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    print(f"{what} {pathlib.Path(file).stem} {options} {threads} threads: {side}", file=sys.stderr)
    done = subprocess.run([str(c) for c in command], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"compare_forests.py: {side} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/benchmarks/forests_once")
    parser.add_argument("--rounds", type=int, default=2, help="processes of each side for each line")
    parser.add_argument("--repeats", type=int, default=1, help="runs in each process; predictions have ten times as many")
    parser.add_argument("--trees", type=int, default=TREES)
    parser.add_argument("--synthetic-trees", type=int, default=TREES,
                        help="scikit-learn needs a quarter of an hour for 500; fewer are scaled by nobody but you")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    parser.add_argument("--lines", default="", help="only lines whose work and data this regular expression finds")
    parser.add_argument("--max-features", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--min-split", type=int, default=2, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.child:
        a.threads = a.threads[0]
        return child(a)

    import numpy as np

    folders = [pathlib.Path(f) for f in (os.environ.get("PREDCORR_DATA", ""), "~/.cache/predcorr") if f]
    software = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for name, data in (("kin8nm", kin8nm([f.expanduser() for f in folders])), ("synthetic", synthetic())):
            files[name] = pathlib.Path(folder) / f"{name}.npz"
            np.savez(files[name], **dict(zip(("x", "y", "query", "query_y"), map(np.ascontiguousarray, data))))
        some = {"max-features": 2, "min-split": 6}
        lines = [
            ("grow", "kin8nm, all inputs", "kin8nm", {}, a.trees),
            ("grow", "kin8nm, 2 inputs, splits of 6", "kin8nm", some, a.trees),
            ("grow", "20,000 x 80, all inputs", "synthetic", {}, a.synthetic_trees),
            ("grow", "20,000 x 80, 26 inputs", "synthetic", {"max-features": 26}, a.synthetic_trees),
            ("predict", "kin8nm, all inputs", "kin8nm", {}, a.trees),
            ("predict", "kin8nm, 2 inputs, splits of 6", "kin8nm", some, a.trees),
        ]
        print("| work | data | trees | threads | side | seconds | predcorr is faster by | peak MiB | of predcorr's | RMSE |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        for what, name, file, options, trees in lines:
            if not re.search(a.lines, f"{what} {name}"):
                continue
            for threads in a.threads:
                least = {}
                for _ in range(a.rounds):
                    for side in ("predcorr", "scikit-learn"):
                        repeats = a.repeats * (10 if what == "predict" else 1)
                        run = measure(side, what, files[file], threads, repeats, trees, options, a.program)
                        software[side] = run["software"]
                        if side not in least or min(run["seconds"]) < least[side][0]:
                            least[side] = (min(run["seconds"]), run["peak_bytes"] / 2**20, run["outcome"])
                ours = least["predcorr"]
                for side, (seconds, peak, rmse) in least.items():
                    print(f"| {what} | {name} | {trees} | {threads} | {side} | {seconds:.3f} | {seconds / ours[0]:.1f} | "
                          f"{peak:.0f} | {peak / ours[1]:.1f} | {rmse:.4f} |", flush=True)
        print()
        print("| joint prediction | trees | threads | seconds | peak MiB |")
        print("|---|---|---|---|---|")
        for threads in a.threads if re.search(a.lines, "joint") else []:
            run = measure("predcorr", "joint", files["kin8nm"], threads, 3, a.trees, {}, a.program)
            print(f"| 100,000 points, kin8nm | {a.trees} | {threads} | {min(run['seconds']):.2f} | "
                  f"{run['peak_bytes'] / 2**20:.0f} |")
    print()
    for side, version in software.items():
        print(f"- {side}: {version}")


if __name__ == "__main__":
    main()
