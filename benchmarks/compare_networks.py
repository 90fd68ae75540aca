#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times predcorr's network engine beside PyTorch (and NumPy), same network, batch, optimiser and threads.

    benchmarks/compare_networks.py --program build/release/benchmarks/networks_once

Work: a ReLU network 8-UNITS-1 in float on 800 synthetic rows in batches of 100, by Adam: one network, 100 networks
(PyTorch: one batched product `bmm` for all), Bayes by backprop with 10 weight samples a step (`bmm`); and gradients of
a log posterior on a full batch of 200 rows for one chain and for ten (PyTorch: `bmm`; NumPy: by hand). Each side is a
process of its own with its thread count set; sides take turns. Writes Markdown.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROWS, INPUTS, BATCH, CHAIN_ROWS = 800, 8, 100, 200


def problem():
    import numpy as np

    random = np.random.RandomState(3)
    x = random.standard_normal((ROWS, INPUTS))
    y = np.sin(x[:, 0] * 2) + x[:, 1] * x[:, 2] + 0.3 * random.standard_normal(ROWS)
    return {"x": x, "y": (y - y.mean()) / y.std()}


# --- PyTorch ---------------------------------------------------------------------------------------------------------


def torch_networks(x, y, units, count, epochs):
    """Mean squared error of the last network; every network has its own batches."""
    import torch

    x, y = torch.from_numpy(x).float(), torch.from_numpy(y).float()
    if count == 1:
        net = torch.nn.Sequential(torch.nn.Linear(INPUTS, units), torch.nn.ReLU(), torch.nn.Linear(units, 1))
        adam = torch.optim.Adam(net.parameters(), lr=0.01)
        for _ in range(epochs):
            order = torch.randperm(ROWS)
            for rows in order.split(BATCH):
                adam.zero_grad(set_to_none=True)
                (0.5 * (net(x[rows])[:, 0] - y[rows]) ** 2).mean().backward()
                adam.step()
        return ((net(x)[:, 0] - y) ** 2).mean().item()
    w1 = (torch.randn(count, INPUTS, units) * (2 / INPUTS) ** 0.5).requires_grad_()
    b1 = torch.zeros(count, 1, units, requires_grad=True)
    w2 = (torch.randn(count, units, 1) * (2 / units) ** 0.5).requires_grad_()
    b2 = torch.zeros(count, 1, 1, requires_grad=True)
    adam = torch.optim.Adam([w1, b1, w2, b2], lr=0.01)

    def forward(inputs):
        return torch.baddbmm(b2, torch.baddbmm(b1, inputs, w1).relu_(), w2)

    for _ in range(epochs):
        order = torch.rand(count, ROWS).argsort(1)
        for rows in order.split(BATCH, 1):
            adam.zero_grad(set_to_none=True)
            residual = forward(x[rows])[..., 0] - y[rows]
            (0.5 * residual**2).mean(1).sum().backward()
            adam.step()
    return ((forward(x.expand(count, -1, -1))[-1, :, 0] - y) ** 2).mean().item()


def torch_bbb(x, y, units, epochs, samples=10):
    """The noise variance that is learned."""
    import torch

    x, y = torch.from_numpy(x).float(), torch.from_numpy(y).float()
    shapes = [(INPUTS, units), (1, units), (units, 1), (1, 1)]
    scales = [(INPUTS + 1) ** -0.5, (INPUTS + 1) ** -0.5, (units + 1) ** -0.5, (units + 1) ** -0.5]
    mean = [torch.randn(s).requires_grad_() for s in shapes]
    log_std = [torch.full(s, -5.0, requires_grad=True) for s in shapes]
    log_noise = torch.tensor(-2.0, requires_grad=True)
    adam = torch.optim.Adam(mean + log_std + [log_noise], lr=0.01)
    for _ in range(epochs):
        for rows in torch.randperm(ROWS).split(BATCH):
            adam.zero_grad(set_to_none=True)
            std = [s.exp() for s in log_std]
            w = [c * (m + s * torch.randn(samples, *m.shape)) for c, m, s in zip(scales, mean, std)]
            hidden = torch.baddbmm(w[1], x[rows].expand(samples, -1, -1), w[0]).relu_()
            residual = torch.baddbmm(w[3], hidden, w[2])[..., 0] - y[rows]
            kl = sum((0.5 * (s * s + m * m - 1) - t).sum() for m, s, t in zip(mean, std, log_std))
            (log_noise + 0.5 * (-2 * log_noise).exp() * (residual**2).mean() + kl / ROWS).backward()
            adam.step()
    return (2 * log_noise).exp().item()


def torch_gradients(x, y, units, count, steps):
    import torch

    x, y = torch.from_numpy(x[:CHAIN_ROWS]).float(), torch.from_numpy(y[:CHAIN_ROWS]).float()
    c1, c2 = (INPUTS + 1) ** -0.5, (units + 1) ** -0.5
    shapes = [(count, INPUTS, units), (count, 1, units), (count, units, 1), (count, 1, 1)]
    weights = [torch.randn(s).requires_grad_() for s in shapes]
    inputs = x.expand(count, -1, -1) * c1
    for _ in range(steps):
        hidden = torch.baddbmm(weights[1], inputs, weights[0], beta=c1).relu_()
        residual = torch.baddbmm(weights[3], hidden, weights[2], beta=c2, alpha=c2)[..., 0] - y
        loss = (residual**2).mean(1).sum()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, g in zip(weights, grads):
                w -= 1e-4 * (g + w / CHAIN_ROWS)
    return loss.item() / count


# --- NumPy -----------------------------------------------------------------------------------------------------------


def numpy_gradients(x, y, units, count, steps):
    """One chain, by hand, buffers used again."""
    import numpy as np

    f = np.float32
    x, y = np.ascontiguousarray(x[:CHAIN_ROWS], dtype=f), y[:CHAIN_ROWS].astype(f)
    c1, c2 = f((INPUTS + 1) ** -0.5), f((units + 1) ** -0.5)
    random = np.random.RandomState(1)
    xs = np.hstack([x, np.ones((CHAIN_ROWS, 1), f)]) * c1
    w1 = random.standard_normal((INPUTS + 1, units)).astype(f)
    w2, b2 = random.standard_normal(units).astype(f), f(0.1)
    hidden, back = np.empty((CHAIN_ROWS, units), f), np.empty((CHAIN_ROWS, units), f)
    rate, decay = f(1e-4), f(1 / CHAIN_ROWS)
    for _ in range(steps):
        np.matmul(xs, w1, out=hidden)
        np.maximum(hidden, 0, out=hidden)
        residual = c2 * (hidden @ w2 + b2) - y
        pull = residual * f(2 * c2 / CHAIN_ROWS)
        np.multiply(pull[:, None], w2, out=back)
        np.multiply(back, hidden > 0, out=back)
        g1, g2, g3 = xs.T @ back, hidden.T @ pull, pull.sum()
        w1 -= rate * (g1 + w1 * decay)
        w2 -= rate * (g2 + w2 * decay)
        b2 -= rate * (g3 + b2 * decay)
    return float(residual @ residual) / CHAIN_ROWS


def numpy_product(work):
    """GFLOP/s of a product of 2048 squared in float: what the machine's library reaches."""
    import numpy as np

    a = np.random.RandomState(1).standard_normal((2048, 2048)).astype(np.float32)
    for _ in range(work):
        b = a @ a
    return float(b[0, 0])


# --- Running them ----------------------------------------------------------------------------------------------------


def child(a):
    import numpy as np

    given = np.load(a.file)
    x, y = given["x"], given["y"]
    software = "numpy " + np.__version__
    if a.side == "torch":
        import torch

        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        torch.manual_seed(1)
        software = "torch " + torch.__version__
    run = {
        ("torch", "train"): lambda work: torch_networks(x, y, a.units, a.count, work),
        ("torch", "bbb"): lambda work: torch_bbb(x, y, a.units, work),
        ("torch", "gradients"): lambda work: torch_gradients(x, y, a.units, a.count, work),
        ("numpy", "product"): numpy_product,
        ("numpy", "gradients"): lambda work: numpy_gradients(x, y, a.units, a.count, work),
    }[a.side, a.child]
    run(2)  # not timed; the first call prepares
    seconds = []
    for _ in range(a.repeats):
        start = time.perf_counter()
        outcome = run(a.work)
        seconds.append(time.perf_counter() - start)
    done = a.work * (1 if a.child == "bbb" else a.count)
    print(json.dumps({"rate": done / min(seconds), "outcome": outcome, "software": software}))


def measure(side, what, file, units, count, work, threads, repeats, arguments):
    options = ["--units", units, "--count", count, "--work", work, "--repeats", repeats]
    if side == "predcorr":
        command = [arguments.program, what, file, *options, "--threads", threads]
    else:
        command = [sys.executable, __file__, "--child", what, "--side", side, "--file", file, *options]
    environment = dict(os.environ, OPENBLAS_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    print(f"{what} {units} units, {count}, {threads} threads: {side}", file=sys.stderr)
    done = subprocess.run([str(c) for c in command], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"compare_networks.py: {side} failed:\n{done.stderr}")
    return json.loads(done.stdout)


# name, what, units, count, {side: work}, unit of the rate
CASES = [
    ("one network", "train", 50, 1, {"predcorr": 1500, "torch": 100}, "epochs"),
    ("one network", "train", 400, 1, {"predcorr": 300, "torch": 60}, "epochs"),
    ("100 networks", "train", 50, 100, {"predcorr": 30, "torch": 8}, "network-epochs"),
    ("100 networks", "train", 400, 100, {"predcorr": 5, "torch": 3}, "network-epochs"),
    ("bbb, 10 samples a step", "bbb", 50, 1, {"predcorr": 40, "torch": 40}, "epochs"),
    ("bbb, 10 samples a step", "bbb", 400, 1, {"predcorr": 20, "torch": 20}, "epochs"),
    ("gradients, 1 chain", "gradients", 50, 1, {"predcorr": 4000, "torch": 4000, "numpy": 4000}, "gradients"),
    ("gradients, 10 chains", "gradients", 50, 10, {"predcorr": 2000, "torch": 2000}, "gradients"),
]


def flops(what, units, count):
    """Of one unit of the rate: products alone, forward and both ways back."""
    row = 2 * (INPUTS + 1) * units * 2 + 2 * (units + 1) * 2 + 2 * units
    return row * (CHAIN_ROWS if what == "gradients" else ROWS) * (10 if what == "bbb" else 1)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(root / "build/release/benchmarks/networks_once"))
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=2, help="turns of all sides; the best rate counts")
    parser.add_argument("--repeats", type=int, default=2, help="timed runs in each process")
    for name in ["--child", "--side", "--file"]:
        parser.add_argument(name, help=argparse.SUPPRESS)
    for name in ["--units", "--count", "--work"]:
        parser.add_argument(name, type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments)
    import numpy as np

    for threads in arguments.threads:
        with tempfile.NamedTemporaryFile(suffix=".npz") as file:
            np.savez(file, **problem())
            rate = measure("numpy", "product", file.name, 0, 1, 10, threads, 3, arguments)["rate"]
        print(f"Float product of 2048 squared by NumPy, {threads} threads: {rate * 2 * 2048**3 / 1e9:.0f} GFLOP/s.\n")
    print("| work | units | threads | side | rate, 1/s | predcorr is faster by | GFLOP/s | outcome |")
    print("|---|---|---|---|---|---|---|---|")
    software = {}
    with tempfile.TemporaryDirectory() as folder:
        full = problem()
        files = {"full": pathlib.Path(folder) / "full.npz", "chain": pathlib.Path(folder) / "chain.npz"}
        np.savez(files["full"], **full)
        np.savez(files["chain"], x=full["x"][:CHAIN_ROWS], y=full["y"][:CHAIN_ROWS])
        for name, what, units, count, work, unit in CASES:
            file = files["chain" if what == "gradients" else "full"]
            for threads in arguments.threads:
                best = {}
                for _ in range(arguments.rounds):
                    for side in work:
                        now = measure(side, what, file, units, count, work[side], threads, arguments.repeats, arguments)
                        software[side] = now["software"]
                        if side not in best or now["rate"] > best[side]["rate"]:
                            best[side] = now
                for side, r in best.items():
                    print(
                        f"| {name} | {units} | {threads} | {side} | {r['rate']:.0f} {unit} "
                        f"| {best['predcorr']['rate'] / r['rate']:.1f} "
                        f"| {r['rate'] * flops(what, units, count) / 1e9:.1f} | {r['outcome']:.3f} |",
                        flush=True,
                    )
    print()
    for side, text in software.items():
        print(f"- {side}: {text}")


if __name__ == "__main__":
    sys.exit(main())
