#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times the training of predcorr's networks on images beside PyTorch: same layers, batches, optimiser and threads.

    benchmarks/compare_images.py --program build/release/benchmarks/images_once

Work: epochs of Adam over 2,000 made-up images of 28 x 28 in batches of 64, half the mean squared error, float. PyTorch
is given the memory format that is faster here, channels last. Each side is a process of its own with its thread count
set; sides take turns. Memory is what the process takes beyond what it has before it trains. Writes Markdown.
"""

import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROWS, SIDE, BATCH = 2000, 28, 64


def problem():
    import numpy as np

    random = np.random.RandomState(3)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    angle = random.uniform(-1, 1, ROWS)
    bars = [np.exp(-50 * (np.cos(a) * x + np.sin(a) * y) ** 2) for a in angle]
    images = np.array(bars) + 0.1 * random.standard_normal((ROWS, SIDE, SIDE))
    return {"x": (images.reshape(ROWS, -1) - images.mean()) / images.std(), "y": angle / angle.std()}


def torch_network(layers):
    from torch import nn

    class Sum(nn.Module):
        def __init__(self, body, shortcut):
            super().__init__()
            self.body, self.shortcut = body, shortcut

        def forward(self, x):
            return self.body(x) + self.shortcut(x)

    def sequence(items, channels):
        made = []
        for item in items:
            word = item if isinstance(item, str) else item["layer"]
            if word == "convolution":
                kernel = item.get("kernel", 3)
                made.append(nn.Conv2d(channels, item["channels"], kernel, item.get("stride", 1), kernel // 2,
                                      groups=item.get("groups", 1), bias=item.get("bias", True)))
                channels = item["channels"]
            elif word == "batch-norm":
                made.append(nn.BatchNorm2d(channels))
            elif word == "activation":
                made.append(nn.ReLU(inplace=True))
            elif word == "max-pool":
                made.append(nn.MaxPool2d(item.get("kernel", 2), item.get("stride", 2)))
            elif word == "global-average-pool":
                made.append(nn.AdaptiveAvgPool2d(1))
            elif word == "residual":
                body, behind = sequence(item["body"], channels)
                made.append(Sum(body, sequence(item.get("shortcut", []), channels)[0]))
                channels = behind
            elif word == "dense":
                made += [nn.Flatten(), nn.LazyLinear(item["units"]), nn.ReLU(inplace=True)]
        return nn.Sequential(*made), channels

    network, _ = sequence(layers, 1)
    return nn.Sequential(network, nn.Flatten(), nn.LazyLinear(1))


def torch_epochs(make, x, y, batch, arguments):
    """Seconds for epochs of Adam on the network that make() returns, the network, and bytes taken meanwhile."""
    import torch

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    seconds = []
    for _ in range(arguments.repeats):
        net = make()
        adam = torch.optim.Adam(net.parameters(), lr=1e-3)
        start = time.perf_counter()
        for _ in range(arguments.work):
            for rows in torch.randperm(len(x)).split(batch):
                adam.zero_grad(set_to_none=True)
                (0.5 * (net(x[rows])[:, 0] - y[rows]) ** 2).mean().backward()
                adam.step()
        seconds.append(time.perf_counter() - start)
    return seconds, net, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before


def torch_side(arguments):
    import numpy as np
    import torch

    torch.set_num_threads(arguments.threads)
    data = np.load(arguments.file)
    x = torch.from_numpy(data["x"]).float().reshape(-1, 1, SIDE, SIDE).to(memory_format=torch.channels_last)
    y = torch.from_numpy(data["y"]).float()

    def make():
        net = torch_network(json.loads(arguments.layers))
        net(x[:2])
        return net.to(memory_format=torch.channels_last)

    seconds, net, peak = torch_epochs(make, x, y, BATCH, arguments)
    net.eval()
    with torch.no_grad():
        outcome = ((torch.cat([net(part) for part in x.split(100)])[:, 0] - y) ** 2).mean().item()
    print(json.dumps({"seconds": seconds, "outcome": outcome, "peak_bytes": peak,
                      "software": f"PyTorch {torch.__version__}"}))


def run(command, threads):
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {' '.join(command[:4])}: {done.stderr}")
    return json.loads(done.stdout)


def layers_of(program, network):
    """The layers that a name stands for, JSON."""
    return subprocess.run([program, "layers", "--network", network], capture_output=True, text=True, check=True).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", default="build/release/benchmarks/images_once")
    parser.add_argument("--python", default=sys.executable, help="that has PyTorch")
    parser.add_argument("--networks", nargs="*", default=["vgg-8", "resnet-8", "mobile-8"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--work", type=int, default=1, help="epochs")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--torch", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    parser.add_argument("--layers", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.torch:
        return torch_side(arguments)

    import numpy as np

    common = ["--work", str(arguments.work), "--threads", str(arguments.threads), "--repeats", str(arguments.repeats)]
    print("| network | predcorr, s an epoch | PyTorch, s an epoch | times as fast | memory, MiB | PyTorch's | "
          "error after | PyTorch's |\n|---|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        file = str(pathlib.Path(folder) / "images.npz")
        np.savez(file, **problem())
        for network in arguments.networks:
            layers = layers_of(arguments.program, network)
            sides = {"predcorr": [], "torch": []}
            for _ in range(arguments.rounds):
                sides["predcorr"].append(run([arguments.program, "train", file, "--network", network, "--batch",
                                              str(BATCH), *common], arguments.threads))
                sides["torch"].append(run([arguments.python, __file__, "--torch", "--file", file, "--layers", layers,
                                           *common], arguments.threads))
            least = {k: min(min(r["seconds"]) for r in v) / arguments.work for k, v in sides.items()}
            memory = {k: min(r["peak_bytes"] for r in v) / 2**20 for k, v in sides.items()}
            print(f"| {network} | {least['predcorr']:.3f} | {least['torch']:.3f} | "
                  f"{least['torch'] / least['predcorr']:.2f} | {memory['predcorr']:.0f} | {memory['torch']:.0f} | "
                  f"{sides['predcorr'][0]['outcome']:.3f} | {sides['torch'][0]['outcome']:.3f} |", flush=True)
        print(f"\n{sides['predcorr'][0]['software']}, {sides['torch'][0]['software']}, "
              f"{arguments.threads} thread{'s' if arguments.threads > 1 else ''}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
