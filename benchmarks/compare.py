#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times predcorr's GP beside what one would use instead, on the same data and hyper-parameters.

    PREDCORR_DATA=FOLDER benchmarks/compare.py --program build/release/benchmarks/evidence_once

Sides: predcorr; scikit-learn; torch autograd; NumPy and LAPACK with the gradient by hand. Each runs in a process of its
own with its thread count set; processes of all sides take turns, so that a busy moment of the machine hits all alike.
Writes Markdown. Exit status 1 if values or gradients disagree.
"""

import argparse
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

SIDES = ["predcorr", "numpy", "sklearn", "torch"]
TITLES = {
    "predcorr": "predcorr",
    "numpy": "NumPy + LAPACK, by hand",
    "sklearn": "scikit-learn",
    "torch": "torch autograd",
}
AGREEMENT = 1e-6


# --- Problems --------------------------------------------------------------------------------------------------------


def find_data(file):
    folder = os.environ.get("PREDCORR_DATA")
    if not folder:
        sys.exit("compare.py: set PREDCORR_DATA to the folder that has the UCI tables")
    for place in [pathlib.Path(folder) / file, pathlib.Path(folder) / "uci" / file]:
        if place.is_file():
            return place
    sys.exit(f"compare.py: {folder}: has neither {file} nor uci/{file}; 'predcorr fetch all' gets it")


def problem(file, rows):
    """The first `rows` rows of a seeded shuffle, standardised by themselves."""
    import numpy as np

    table = np.loadtxt(find_data(file))
    table = table[np.random.RandomState(1).permutation(len(table))[:rows]]
    table = (table - table.mean(0)) / table.std(0)
    d = table.shape[1] - 1
    # Near what a fit finds; every length-scale differs, so that a mixed-up gradient would show.
    logs = np.log(np.concatenate([[1.3], np.linspace(1.5, 3.5, d), [0.05]]))
    return {"x": np.ascontiguousarray(table[:, :d]), "y": table[:, d].copy(), "log_parameters": logs}


# --- The sides: each makes log_parameters -> (log evidence, gradient) ------------------------------------------------


def sklearn_model(d, logs, bounds=None, optimizer=None):
    import numpy as np
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    v = np.exp(logs)
    b = np.exp(bounds) if bounds is not None else np.tile([1e-10, 1e10], (d + 2, 1))
    kernel = ConstantKernel(v[0], tuple(b[0])) * RBF(v[1:-1], b[1:-1]) + WhiteKernel(v[-1], tuple(b[-1]))
    return GaussianProcessRegressor(kernel, optimizer=optimizer, n_restarts_optimizer=0)


def sklearn_side(x, y):
    import numpy as np

    model = sklearn_model(x.shape[1], np.zeros(x.shape[1] + 2)).fit(x, y)
    return lambda logs: model.log_marginal_likelihood(logs, eval_gradient=True, clone_kernel=False)


def torch_side(x, y):
    import math

    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    x, y = torch.from_numpy(x), torch.from_numpy(y)[:, None]
    n = len(y)

    def evidence(logs):
        t = torch.tensor(logs, requires_grad=True)
        z = x / t[1:-1].exp()
        squares = (z * z).sum(1)
        distances = torch.addmm(squares[:, None] + squares[None, :], z, z.T, alpha=-2).clamp_min(0)
        k = t[0].exp() * torch.exp(-0.5 * distances) + t[-1].exp() * torch.eye(n, dtype=x.dtype)
        factor = torch.linalg.cholesky(k)
        white = torch.linalg.solve_triangular(factor, y, upper=False)
        value = -0.5 * (white * white).sum() - factor.diagonal().log().sum() - 0.5 * n * math.log(2 * math.pi)
        value.backward()
        return value.item(), t.grad.numpy()

    return evidence


def numpy_side(x, y):
    """Two n x n matrices for all evaluations, everything in place, no derivative of its own for any parameter."""
    import numpy as np
    import scipy.spatial
    from scipy.linalg import blas, lapack

    n, d = x.shape
    kernel = np.empty((n, n), order="F")
    work = np.empty((n, n), order="F")
    left, right = np.ones((n, d + 2), order="F"), np.ones((n, d + 2), order="F")

    def factorised(k, variance, noise):
        np.exp(k, out=k)
        np.fill_diagonal(k, variance)
        np.copyto(work, k)
        np.fill_diagonal(work, variance + noise)
        return lapack.dpotrf(work, lower=1, clean=0, overwrite_a=1)

    def evidence(logs):
        variance, noise = np.exp(logs[0]), np.exp(logs[-1])
        z = x * np.exp(-logs[1:-1])
        # -|z_i - z_j|^2 / 2 + log variance out of one product.
        half = -0.5 * np.einsum("ij,ij->i", z, z)
        left[:, :d], left[:, d] = z, half + logs[0]
        right[:, :d], right[:, d], right[:, d + 1] = z, 1.0, half
        k = blas.dgemm(1.0, left, right, beta=0.0, c=kernel, trans_b=1, overwrite_c=1)
        factor, info = factorised(k, variance, noise)
        if info != 0:
            # The product cancels where length-scales are tiny, as at the far end of a first line search; differences
            # do not. Few evaluations come here.
            np.multiply(scipy.spatial.distance.cdist(z, z, "sqeuclidean"), -0.5, out=k)
            k += logs[0]
            factor, info = factorised(k, variance, noise)
        if info != 0:  # as scikit-learn has it
            return -np.inf, np.zeros(d + 2)
        a, _ = lapack.dpotrs(factor, y, lower=1)
        value = -0.5 * y @ a - np.log(factor.diagonal()).sum() - 0.5 * n * np.log(2 * np.pi)
        inverse, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
        weight = blas.dsyr(-1.0, a, lower=1, a=inverse, overwrite_a=1)  # K^-1 - a a', lower triangle
        trace = weight.trace()
        np.multiply(weight, k, out=weight)  # what stands above the diagonal is read by nobody
        right[:, :d], right[:, d] = z, 1.0
        sums = blas.dsymm(1.0, weight, right[:, : d + 1], lower=1)
        gradient = np.empty(d + 2)
        gradient[0] = -0.5 * sums[:, d].sum()
        gradient[1:-1] = -(sums[:, d] @ (z * z) - np.einsum("ij,ij->j", z, sums[:, :d]))
        gradient[-1] = -0.5 * noise * trace
        return value, gradient

    return evidence


# --- In the process of one side --------------------------------------------------------------------------------------


def software(side):
    import numpy

    parts = ["numpy " + numpy.__version__]
    if side != "predcorr":
        import scipy

        parts.append("scipy " + scipy.__version__)
    if side == "sklearn":
        import sklearn

        parts.append("scikit-learn " + sklearn.__version__)
    if side == "torch":
        import torch

        parts.append("torch " + torch.__version__)
    try:
        import threadpoolctl

        for pool in threadpoolctl.threadpool_info():
            if pool["internal_api"] == "openblas":
                parts.append(f"OpenBLAS {pool['version']} as {pool['architecture']}")
                break
    except ImportError:
        pass
    return ", ".join(parts)


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def child(arguments):
    """What a process of its own does: prints one line of JSON."""
    import numpy as np

    given = np.load(arguments.file)
    x, y = given["x"], given["y"]
    make = {"sklearn": sklearn_side, "torch": torch_side, "numpy": numpy_side}[arguments.side]
    seconds, before = [], peak_bytes()
    if arguments.child == "evidence":
        evidence = make(x, y)
        evidence(given["log_parameters"])  # not timed
        for _ in range(arguments.repeats):
            start = time.perf_counter()
            value, gradient = evidence(given["log_parameters"])
            seconds.append(time.perf_counter() - start)
        result = {"gradient": list(map(float, gradient))}
    else:
        for _ in range(arguments.repeats):
            start = time.perf_counter()
            value, evaluations = whole_fit(arguments.side, make, x, y, given["start"], given["bounds"])
            seconds.append(time.perf_counter() - start)
        result = {"evaluations": evaluations}
    result.update(seconds=seconds, log_likelihood=float(value), peak_bytes=peak_bytes() - before)
    result["software"] = software(arguments.side)
    print(json.dumps(result))


def whole_fit(side, make, x, y, start, bounds):
    """L-BFGS-B of SciPy with scikit-learn's settings, by scikit-learn itself where it is that side."""
    import scipy.optimize

    calls = 0

    def search(objective, initial, bounds):
        nonlocal calls

        def counted(at):
            nonlocal calls
            calls += 1
            return objective(at)

        found = scipy.optimize.minimize(counted, initial, method="L-BFGS-B", jac=True, bounds=bounds)
        return found.x, found.fun

    if side == "sklearn":
        model = sklearn_model(x.shape[1], start, bounds, search).fit(x, y)
        return model.log_marginal_likelihood_value_, calls
    evidence = make(x, y)

    def objective(at):
        value, gradient = evidence(at)
        return -value, -gradient

    return -search(objective, start, bounds)[1], calls


# --- In the process that was started by hand -------------------------------------------------------------------------


def run_side(side, what, file, threads, repeats, arguments):
    if side == "predcorr":
        command = [arguments.program, what, file, "--threads", threads, "--repeats", repeats]
    else:
        command = [sys.executable, __file__, "--child", what, "--side", side, "--file", file, "--repeats", repeats]
    environment = dict(os.environ, OPENBLAS_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    if arguments.coretype:
        environment["OPENBLAS_CORETYPE"] = arguments.coretype
    done = subprocess.run([str(c) for c in command], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"compare.py: {side} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def in_turns(sides, what, file, threads, rounds, repeats, arguments):
    """{side: last result with the seconds of all rounds}."""
    results = {}
    for turn in range(rounds):
        for side in sides:
            print(f"{what} {file.stem} {threads} threads, round {turn + 1}: {side}", file=sys.stderr)
            now = run_side(side, what, file, threads, repeats, arguments)
            now["seconds"] = results.get(side, {}).get("seconds", []) + now["seconds"]
            results[side] = now
            arguments.software[side] = now["software"]
    return results


def disagreement(one, other):
    """Largest relative difference of value and gradient; the gradient's relative to its largest entry."""
    value = abs(one["log_likelihood"] - other["log_likelihood"]) / abs(other["log_likelihood"])
    largest = max(map(abs, other["gradient"]))
    gradient = max(abs(a - b) for a, b in zip(one["gradient"], other["gradient"])) / largest
    return max(value, gradient)


def evidence_table(files, arguments):
    lines = ["### Evidence with gradient, one evaluation", ""]
    lines += [
        "| data | threads | side | minimum s | median s | of predcorr's minimum | of its median | peak MiB | off by |"
    ]
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    agree = True
    for name, file in files.items():
        for threads in arguments.threads:
            sides, rounds, repeats = arguments.sides, arguments.rounds, arguments.repeats
            results = in_turns(sides, "evidence", file, threads, rounds, repeats, arguments)
            own = results["predcorr"]
            for side, r in results.items():
                off = disagreement(r, own)
                agree = agree and off <= AGREEMENT
                low, middle = min(r["seconds"]), statistics.median(r["seconds"])
                lines.append(
                    f"| {name} | {threads} | {TITLES[side]} | {low:.4f} | {middle:.4f} "
                    f"| {low / min(own['seconds']):.2f} | {middle / statistics.median(own['seconds']):.2f} "
                    f"| {r['peak_bytes'] / 2**20:.0f} | {off:.0e} |"
                )
    return lines, agree


def fit_table(files, arguments):
    import numpy as np

    lines = ["### Whole fits, same start and ranges, no restarts", ""]
    lines += [
        "| data | threads | side | minimum s | median s | of predcorr's minimum | evaluations | log evidence reached |"
    ]
    lines += ["|---|---|---|---|---|---|---|---|"]
    for name, file in files.items():
        done = subprocess.run([arguments.program, "start", file], capture_output=True, text=True, check=True)
        start = json.loads(done.stdout)
        np.savez(file, **np.load(file), start=start["value"], bounds=np.column_stack([start["low"], start["high"]]))
        for threads in arguments.threads:
            sides = [s for s in arguments.sides if s != "torch"]
            results = in_turns(sides, "fit", file, threads, arguments.fit_rounds, 1, arguments)
            own = results["predcorr"]
            for side, r in results.items():
                title = TITLES[side] + (" + SciPy's L-BFGS-B" if side == "numpy" else "")
                low = min(r["seconds"])
                behind = own["log_likelihood"] - r["log_likelihood"]
                remark = f", {abs(behind):.2f} {'lower' if behind > 0 else 'higher'}" if abs(behind) > 0.01 else ""
                lines.append(
                    f"| {name} | {threads} | {title} | {low:.2f} | {statistics.median(r['seconds']):.2f} "
                    f"| {low / min(own['seconds']):.1f} | {r['evaluations']:.0f} | {r['log_likelihood']:.3f}{remark} |"
                )
    return lines


def usable_sides(wanted):
    usable = []
    for side in wanted:
        modules = {"sklearn": ["sklearn"], "torch": ["torch"], "numpy": ["numpy", "scipy"], "predcorr": []}[side]
        tried = subprocess.run([sys.executable, "-c", "".join(f"import {m};" for m in modules)], capture_output=True)
        if tried.returncode == 0:
            usable.append(side)
        else:
            print(f"compare.py: {side} is left out: {' and '.join(modules)} cannot be imported", file=sys.stderr)
    return usable


def cpu():
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor()


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(root / "build/release/benchmarks/evidence_once"))
    parser.add_argument("--sides", nargs="+", default=SIDES, choices=SIDES, help="predcorr is always one of them")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5, help="turns of all sides, a new process each; 0: no table")
    parser.add_argument("--repeats", type=int, default=3, help="timed evaluations in each process, after one untimed")
    parser.add_argument("--fit-rounds", type=int, default=2, help="the same for whole fits; 0: no table")
    coretype = os.environ.get("OPENBLAS_CORETYPE", "")
    parser.add_argument("--coretype", default=coretype, help="OPENBLAS_CORETYPE; default: the user's")
    parser.add_argument("--child", choices=["evidence", "fit"], help=argparse.SUPPRESS)
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments)
    try:
        import numpy as np
    except ImportError:
        sys.exit(f"compare.py: {sys.executable} has no numpy; Debian's /usr/bin/python3 has it from python3-scipy")
    if not os.access(arguments.program, os.X_OK):
        sys.exit(f"compare.py: {arguments.program} is missing: build it, or give --program")
    arguments.sides = usable_sides(["predcorr"] + [s for s in arguments.sides if s != "predcorr"])
    arguments.software = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for name, rows in [("concrete", 800), ("kin8nm", 2000)]:
            file = pathlib.Path(folder) / f"{name}.npz"
            np.savez(file, **problem(f"{name}.data", rows))
            files[f"{name}, {rows} rows"] = file
        lines, agree = evidence_table(files, arguments) if arguments.rounds > 0 else ([], True)
        if arguments.fit_rounds > 0:
            lines += [""] + fit_table(files, arguments)
    print(f"{cpu()}, {os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()};")
    print(f"OPENBLAS_CORETYPE {arguments.coretype or 'not set'};")
    rounds = f"evidence: {arguments.rounds} rounds of {arguments.repeats}; fits: {arguments.fit_rounds} rounds"
    print(rounds + ".\n")
    for side, text in arguments.software.items():
        print(f"- {TITLES[side]}: {text}")
    print()
    print("\n".join(lines))
    if not agree:
        print(f"compare.py: values or gradients differ by more than {AGREEMENT}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
