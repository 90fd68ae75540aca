#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times a step of training in 8-bit integers beside the same in float, ours and PyTorch's.

    benchmarks/compare_int8.py --program build/release/benchmarks/images_once

Networks on images are those of compare_images.py, in batches of 64; fully connected ones have three hidden layers and as
many inputs as units, in batches of 256. One thread; sides take turns. `int8` is the default: first and last layer in
float, both techniques on. Writes Markdown.
"""

import argparse
import json
import pathlib
import sys
import tempfile

from compare_images import BATCH, ROWS, layers_of, problem, run, torch_epochs

MLP_ROWS, MLP_BATCH = 2048, 256


def mlp_problem(inputs):
    import numpy as np

    random = np.random.RandomState(5)
    x = random.standard_normal((MLP_ROWS, inputs))
    y = np.tanh(x @ random.standard_normal((inputs, 8)) / inputs**0.5).sum(1)
    return {"x": x, "y": y / y.std()}


def torch_mlp(arguments):
    import numpy as np
    import torch
    from torch import nn

    torch.set_num_threads(1)
    data = np.load(arguments.file)
    x, y = (torch.from_numpy(data[k]).float() for k in "xy")
    units = x.shape[1]

    def make():
        hidden = [layer for _ in range(3) for layer in (nn.Linear(units, units), nn.ReLU(inplace=True))]
        return nn.Sequential(*hidden, nn.Linear(units, 1))

    seconds, _, _ = torch_epochs(make, x, y, MLP_BATCH, arguments)
    print(json.dumps({"seconds": seconds, "software": f"PyTorch {torch.__version__}"}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", default="build/release/benchmarks/images_once")
    parser.add_argument("--python", default=sys.executable, help="that has PyTorch")
    parser.add_argument("--networks", nargs="*", default=["vgg-8", "resnet-8", "mobile-8"])
    parser.add_argument("--widths", nargs="*", type=int, default=[32, 64, 128, 256, 512, 1024])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--work", type=int, default=2, help="epochs")
    parser.add_argument("--torch", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.torch:
        return torch_mlp(arguments)

    import numpy as np

    common = ["--work", str(arguments.work), "--repeats", str(arguments.repeats)]
    images = pathlib.Path(__file__).with_name("compare_images.py")
    print("| network | int8, ms a step | float | PyTorch, float | times float | times PyTorch |\n"
          "|---|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        file = str(pathlib.Path(folder) / "data.npz")

        def measure(name, steps, train, torch):
            sides = {"int8": [], "float": [], "torch": []}
            for _ in range(arguments.rounds):
                for precision in ("int8", "float"):
                    sides[precision].append(run([arguments.program, "train", file, *train, "--precision",
                                                 f'"{precision}"', *common], 1))
                sides["torch"].append(run([arguments.python, *torch, "--torch", "--file", file, *common], 1))
            least = {k: 1e3 * min(min(r["seconds"]) for r in v) / (arguments.work * steps) for k, v in sides.items()}
            print(f"| {name} | {least['int8']:.2f} | {least['float']:.2f} | {least['torch']:.2f} | "
                  f"{least['float'] / least['int8']:.2f} | {least['torch'] / least['int8']:.2f} |", flush=True)
            return f"{sides['int8'][0]['software']}, {sides['torch'][0]['software']}"

        np.savez(file, **problem())
        for network in arguments.networks:
            measure(network, -(-ROWS // BATCH), ["--network", network, "--batch", str(BATCH)],
                    [images, "--layers", layers_of(arguments.program, network)])
        for width in arguments.widths:
            np.savez(file, **mlp_problem(width))
            units = [str(width)] * 3
            software = measure("-".join(units), MLP_ROWS // MLP_BATCH,
                               ["--network", "mlp", "--batch", str(MLP_BATCH), "--units", *units], [__file__])
    print(f"\n{software}, 1 thread.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
