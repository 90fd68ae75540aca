#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times Spearman's correlation and XLL beside SciPy and NumPy, on the same arrays, and checks that the values agree.

    benchmarks/compare_scores.py --program build/release/benchmarks/scores_once

Work: Spearman's correlation of 4000 x 2000 correlations; XLL of one model by one reference, 2000 test points in groups
of 5, neighbours included. Sides: `scipy.stats.spearmanr`; a careful XLL in NumPy (neighbours by partition, one batched
Cholesky factorisation for all groups); XLL point by point (neighbours by sorting a row, SciPy's multivariate normal),
as one writes it first. Each side is a process of its own with its thread count set; sides take turns and the least
time counts. Writes Markdown; ends with status 1 if values differ by more than 1e-8.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

PAIRS = 4000 * 2000
POINTS, NEIGHBOURS = 2000, 5


def arrays():
    import numpy as np

    random = np.random.RandomState(3)
    a = random.standard_normal(PAIRS)
    files = {"spearman": {"a": a, "b": 0.5 * a + random.standard_normal(PAIRS)}, "xll": {}}
    x = random.standard_normal((POINTS, 6))
    squares = (x**2).sum(1)
    distance = np.maximum(squares[:, None] + squares - 2 * x @ x.T, 0)
    for prefix, scale in (("", 1.5), ("reference_", 2.0)):
        files["xll"][prefix + "mean"] = np.zeros(POINTS)
        files["xll"][prefix + "latent_cov"] = np.exp(-0.5 * distance / scale**2)
        files["xll"][prefix + "noise_var"] = np.full(POINTS, 0.1)
    files["xll"]["y"] = np.sin(x[:, 0]) + 0.3 * random.standard_normal(POINTS)
    return files


# --- SciPy and NumPy -------------------------------------------------------------------------------------------------


def spearman(data):
    from scipy.stats import spearmanr

    return float(spearmanr(data["a"], data["b"])[0])


def observed(data, prefix):
    import numpy as np

    c = data[prefix + "latent_cov"].copy()
    c[np.diag_indices_from(c)] += data[prefix + "noise_var"]
    return c


def xll_batched(data):
    """All groups at once: scaled residuals, correlations gathered by index, one stacked factorisation."""
    import numpy as np

    model, reference = observed(data, ""), observed(data, "reference_")
    deviation, own = np.sqrt(np.diag(reference)), np.sqrt(np.diag(model))
    z = (data["y"] - data["reference_mean"]) / deviation
    strength = np.abs(reference) / deviation
    strength /= deviation[:, None]
    np.fill_diagonal(strength, np.inf)
    groups = np.argpartition(-strength, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    r = model[groups[:, :, None], groups[:, None, :]] / (own[groups][:, :, None] * own[groups][:, None, :])
    root = np.linalg.cholesky(r)
    white = np.linalg.solve(root, z[groups][:, :, None])[:, :, 0]
    logs = np.log(np.einsum("nkk->nk", root)).sum(1) + np.log(deviation)[groups].sum(1)
    total = -0.5 * (white**2).sum(1) - logs - 0.5 * NEIGHBOURS * np.log(2 * np.pi)
    return float(total.mean() / NEIGHBOURS)


def xll_by_point(data):
    import numpy as np
    from scipy.stats import multivariate_normal

    model, reference = observed(data, ""), observed(data, "reference_")
    own, deviation = np.sqrt(np.diag(model)), np.sqrt(np.diag(reference))
    total = 0.0
    for i in range(len(own)):
        strength = np.abs(reference[i]) / (deviation[i] * deviation)
        strength[i] = np.inf
        group = np.argsort(-strength, kind="stable")[:NEIGHBOURS]
        r = model[np.ix_(group, group)] / np.outer(own[group], own[group])
        covariance = r * np.outer(deviation[group], deviation[group])
        total += multivariate_normal.logpdf(data["y"][group], data["reference_mean"][group], covariance)
    return total / len(own) / NEIGHBOURS


SIDES = {
    "spearman": {"SciPy": spearman},
    "xll": {"NumPy, batched": xll_batched, "NumPy and SciPy, point by point": xll_by_point},
}


def child(arguments):
    import numpy as np
    import scipy

    data = dict(np.load(arguments.file))
    run = SIDES[arguments.work][arguments.child]
    seconds = []
    for _ in range(arguments.repeats):
        start = time.perf_counter()
        value = run(data)
        seconds.append(time.perf_counter() - start)
    software = f"numpy {np.__version__}, scipy {scipy.__version__}"
    print(json.dumps({"minimum": min(seconds), "value": value, "software": software}))


# --- Running them ----------------------------------------------------------------------------------------------------


def measured(command, threads):
    environment = dict(os.environ, OPENBLAS_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    print(" ".join(str(c) for c in command[1:]), file=sys.stderr)
    done = subprocess.run([str(c) for c in command], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"compare_scores.py: {command[1]} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(root / "build/release/benchmarks/scores_once"))
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=2, help="turns of all sides; the least time counts")
    for name in ["--child", "--work", "--file"]:
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--repeats", type=int, default=1, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments)
    import numpy as np

    same, software = True, {}
    print("| work | threads | side | milliseconds | predcorr is faster by |\n|---|---|---|---|---|")
    for work, data in arrays().items():
        with tempfile.NamedTemporaryFile(suffix=".npz") as file:
            np.savez(file, **data)
            file.flush()
            shared = ["--file", file.name, "--repeats", 1 if work == "spearman" else 5]
            for threads in arguments.threads:
                commands = {"predcorr": [arguments.program, work, "--threads", threads]}
                for side in SIDES[work]:
                    commands[side] = [sys.executable, __file__, "--work", work, "--child", side]
                best = {}
                for _ in range(arguments.rounds):
                    for side, command in commands.items():
                        now = measured(command + shared, threads)
                        software["predcorr" if side == "predcorr" else "others"] = now["software"]
                        if side not in best or now["minimum"] < best[side]["minimum"]:
                            best[side] = now
                own = best["predcorr"]
                for side, r in best.items():
                    same = same and abs(r["value"] - own["value"]) < 1e-8 * max(1, abs(own["value"]))
                    ratio = r["minimum"] / own["minimum"]
                    print(f"| {work} | {threads} | {side} | {1e3 * r['minimum']:.2f} | {ratio:.1f} |", flush=True)
    print("\nValues agree to 1e-8.\n" if same else "\nVALUES DIFFER.\n")
    for side, text in software.items():
        print(f"- {side}: {text}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
