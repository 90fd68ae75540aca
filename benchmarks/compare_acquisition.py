#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times greedy batch selection (bmig) beside NumPy, on the same covariances, and checks that the picks are the same.

    benchmarks/compare_acquisition.py --program build/release/benchmarks/acquisition_once

Sides: predcorr with the covariance dense and as a factor; "by solving": for each pick the conditional covariances of
all candidates and targets are solved for from the prior, vectorised over candidates; "rank one": a careful NumPy that
keeps pool x targets covariances, subtracts what the last pick explains, in place, and uses buffers again. Each side is
a process of its own with its thread count set; sides take turns and the least time counts. Then selections from a
million points by a float factor of 100 columns (--huge), beside NumPy's float product of the same sizes. Writes
Markdown; ends with status 1 if picks differ.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

CASES = [(500, 200, 7), (2000, 1000, 50), (6000, 2000, 90)]  # pool, targets, picks
WIDTH = 60  # of the factor; what it leaves is an extra diagonal


def problem(pool, targets):
    import numpy as np

    random = np.random.RandomState(pool)
    n = pool + targets
    scale = 0.5 + random.random_sample((n, 1))
    factor = scale * random.standard_normal((n, WIDTH)) / WIDTH**0.5
    return {
        "factor": factor,
        "diagonal": 0.02 + 0.05 * random.random_sample(n),
        "noise_var": 0.05 + 0.2 * random.random_sample(n),
        "n_pool": np.array([pool]),
    }


# --- NumPy -----------------------------------------------------------------------------------------------------------


def covariance(given):
    """Of f everywhere; noise on the pool's diagonal."""
    import numpy as np

    n_pool = int(given["n_pool"][0])
    c = given["factor"] @ given["factor"].T
    extra = given["diagonal"].copy()
    extra[:n_pool] += given["noise_var"][:n_pool]
    c[np.diag_indices_from(c)] += extra
    return c, n_pool


def by_solving(c, n_pool, picks):
    import numpy as np

    prior = np.diag(c)
    chosen = []
    for _ in range(picks):
        cross, variance, left = c[:n_pool, n_pool:], prior[:n_pool], prior[n_pool:]
        if chosen:
            solved_pool = np.linalg.solve(c[np.ix_(chosen, chosen)], c[chosen, :n_pool])
            solved_targets = np.linalg.solve(c[np.ix_(chosen, chosen)], c[chosen, n_pool:])
            cross = cross - c[:n_pool, chosen] @ solved_targets
            variance = variance - np.einsum("pk,kp->p", c[:n_pool, chosen], solved_pool)
            left = left - np.einsum("tk,kt->t", c[n_pool:, chosen], solved_targets)
        with np.errstate(all="ignore"):
            rho2 = cross**2 / np.outer(variance, left)
            gain = -0.5 * np.sum(np.log1p(-rho2), axis=1)
        gain[chosen] = -np.inf
        chosen.append(int(np.argmax(gain)))
    return chosen


def rank_one(c, n_pool, picks):
    """Kept: covariances in units of the targets' prior deviations, and the variances."""
    import numpy as np

    scale = 1 / np.sqrt(np.diag(c)[n_pool:])
    cross = c[:n_pool, n_pool:] * scale
    variance, left = np.diag(c)[:n_pool].copy(), np.ones(len(scale))
    columns, work = np.empty((picks, n_pool)), np.empty_like(cross)
    chosen = []
    for k in range(picks):
        with np.errstate(all="ignore"):
            np.multiply(cross, cross, out=work)
            work /= variance[:, None]
            np.subtract(left, work, out=work)
            np.log(work, out=work)
            gain = -0.5 * work.sum(axis=1)
        gain[chosen] = -np.inf
        q = int(np.argmax(gain))
        chosen.append(q)
        root = variance[q] ** 0.5
        columns[k] = (c[q, :n_pool] - columns[:k, q] @ columns[:k]) / root
        row = cross[q] / root
        np.multiply(columns[k][:, None], row, out=work)
        cross -= work
        variance -= columns[k] ** 2
        left -= row**2
    return chosen


def float_product(pool, targets, width):
    """Seconds of pool x targets entries by blocks of 4096 rows."""
    import numpy as np

    random = np.random.RandomState(1)
    rows = random.standard_normal((4096, width)).astype(np.float32)
    other = random.standard_normal((width, targets)).astype(np.float32)
    out = np.empty((4096, targets), np.float32)
    np.matmul(rows, other, out=out)
    start = time.perf_counter()
    for _ in range(20):
        np.matmul(rows, other, out=out)
    return (time.perf_counter() - start) / 20 * pool / 4096


def child(a):
    import numpy as np

    if a.child == "product":
        seconds = float_product(a.pool, a.targets, a.members)
        return print(json.dumps({"minimum": seconds, "picks": [], "software": "numpy " + np.__version__}))
    c, n_pool = covariance(np.load(a.file))
    run = {"by solving": by_solving, "rank one": rank_one}[a.child]
    seconds = []
    for _ in range(a.repeats):
        start = time.perf_counter()
        picks = run(c, n_pool, a.picks)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"minimum": min(seconds), "picks": picks, "software": "numpy " + np.__version__}))


# --- Running them ----------------------------------------------------------------------------------------------------


def measured(command, threads):
    environment = dict(os.environ, OPENBLAS_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    print(" ".join(str(c) for c in command[1:]), file=sys.stderr)
    done = subprocess.run([str(c) for c in command], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"compare_acquisition.py: {command[1]} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def compare(arguments, software):
    same = True
    print("| pool / targets / picks | threads | side | seconds | of predcorr, dense | picks |")
    print("|---|---|---|---|---|---|")
    for pool, targets, picks in CASES[: arguments.cases]:
        with tempfile.NamedTemporaryFile(suffix=".npz") as file:
            import numpy as np

            np.savez(file, **problem(pool, targets))
            file.flush()
            repeats = max(1, min(50, int(4e8 / (pool * targets * picks))))
            shared = ["--file", file.name, "--picks", picks, "--repeats", repeats]
            for threads in arguments.threads:
                sides = {
                    "predcorr, dense": [arguments.program, "bmig", "--form", "dense", "--threads", threads],
                    "predcorr, factor": [arguments.program, "bmig", "--form", "factor", "--threads", threads],
                    "NumPy, rank one": [sys.executable, __file__, "--child", "rank one"],
                    "NumPy, by solving": [sys.executable, __file__, "--child", "by solving"],
                }
                best = {}
                for _ in range(arguments.rounds):
                    for side, command in sides.items():
                        now = measured(command + shared, threads)
                        software[side] = now["software"]
                        if side not in best or now["minimum"] < best[side]["minimum"]:
                            best[side] = now
                reference = best["predcorr, dense"]
                for side, r in best.items():
                    equal = r["picks"] == reference["picks"]
                    same = same and equal
                    print(
                        f"| {pool} / {targets} / {picks} | {threads} | {side} | {r['minimum']:.4f} "
                        f"| {r['minimum'] / reference['minimum']:.1f} | {'same' if equal else 'DIFFERENT'} |",
                        flush=True,
                    )
    return same


def huge(arguments):
    pool, targets, members, picks = 1000000, 2000, 100, 10
    sizes = ["--pool", pool, "--targets", targets, "--members", members]
    print(f"\n{pool} points, {targets} targets, float factor of {members} columns, {picks} picks\n")
    print("| criterion | threads | seconds | million entries a second | peak MiB | of it beyond the prediction |")
    print("|---|---|---|---|---|---|")
    for threads in arguments.threads:
        product = measured([sys.executable, __file__, "--child", "product", *sizes], threads)["minimum"]
        print(f"| NumPy's float product, once for each pick | {threads} | {product * picks:.2f} "
              f"| {pool * targets / product / 1e6:.0f} | | |")
        for criterion in arguments.huge:
            r = measured([arguments.program, criterion, *sizes, "--picks", picks, "--threads", threads], threads)
            print(
                f"| {criterion} | {threads} | {r['minimum']:.2f} | {r['entries_per_second'] / 1e6:.0f} "
                f"| {r['peak_bytes'] / 2**20:.0f} | {r['peak_bytes_over_prediction'] / 2**20:.0f} |",
                flush=True,
            )


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(root / "build/release/benchmarks/acquisition_once"))
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=2, help="turns of all sides; the least time counts")
    parser.add_argument("--cases", type=int, default=len(CASES), help="how many sizes, smallest first")
    parser.add_argument("--huge", nargs="*", default=["bmig"], help="criteria for the million points; none: leave out")
    for name in ["--child", "--file"]:
        parser.add_argument(name, help=argparse.SUPPRESS)
    for name in ["--picks", "--repeats", "--pool", "--targets", "--members"]:
        parser.add_argument(name, type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments)
    software = {}
    same = compare(arguments, software)
    if arguments.huge:
        huge(arguments)
    print()
    for side, text in software.items():
        print(f"- {side}: {text}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
