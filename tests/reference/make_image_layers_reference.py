#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Outputs, gradients and running statistics of layers on images, by PyTorch in double precision.

    python3 make_image_layers_reference.py > image_layers_reference.json

Debian: python3-torch. Layers are given as a suite gives them. Images, outputs and gradients by images are lists by
image, row, column, channel; parameters and their gradients are one list in predcorr's order: of a convolution the
weights by window row, window column, input channel, output channel (the last changes fastest), then the biases; of
batch normalisation gamma, then beta; statistics: means, then variances.
"""
import json
import sys

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
ACTIVATIONS = dict(relu=nn.ReLU, tanh=nn.Tanh, silu=nn.SiLU)


def pair(value):
    return tuple(value) if isinstance(value, list) else (value, value)


class Sum(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def module(layer, channels, activation):
    """A PyTorch module and the channels behind it."""
    given = {"layer": layer} if isinstance(layer, str) else layer
    word = given["layer"]
    if word == "convolution":
        kernel = pair(given.get("kernel", 3))
        padding = pair(given.get("padding", [k // 2 for k in kernel]))
        return nn.Conv2d(channels, given["channels"], kernel, given.get("stride", 1), padding,
                         groups=given.get("groups", 1), bias=given.get("bias", True)), given["channels"]
    if word in ("max-pool", "average-pool"):
        pool = nn.MaxPool2d if word == "max-pool" else nn.AvgPool2d
        return pool(pair(given.get("kernel", 2)), given.get("stride", 2), pair(given.get("padding", 0))), channels
    if word == "global-average-pool":
        return nn.AdaptiveAvgPool2d(1), channels
    if word == "batch-norm":
        return nn.BatchNorm2d(channels), channels
    if word == "activation":
        return ACTIVATIONS[activation](), channels
    body, behind = sequence(given["body"], channels, activation)
    shortcut, _ = sequence(given.get("shortcut", []), channels, activation)
    return Sum(body, shortcut), behind


def sequence(layers, channels, activation):
    modules = []
    for layer in layers:
        made, channels = module(layer, channels, activation)
        modules.append(made)
    return nn.Sequential(*modules), channels


def parameters(net):
    """In predcorr's order: (tensor, whether it is a convolution's weights)."""
    for m in net.modules():
        if isinstance(m, nn.Conv2d):
            yield m.weight, True
            if m.bias is not None:
                yield m.bias, False
        elif isinstance(m, nn.BatchNorm2d):
            yield m.weight, False
            yield m.bias, False


def flat(tensor, is_weight):
    return (tensor.permute(2, 3, 1, 0) if is_weight else tensor).reshape(-1).tolist()


def images(tensor):
    return tensor.permute(0, 2, 3, 1).reshape(-1).tolist()


def rounded(tensor):
    return torch.round(tensor * 1000) / 1000


def case(name, layers, height, width, channels, count=3, activation="relu", passes=("training", "evaluation")):
    torch.manual_seed(sum(name.encode()))
    net, _ = sequence(layers, channels, activation)
    for tensor, _ in parameters(net):
        tensor.data = rounded(torch.randn_like(tensor) * 0.5)
    for m in net.modules():  # running statistics that are not where they begin
        if isinstance(m, nn.BatchNorm2d):
            m.running_mean = rounded(0.3 * torch.randn_like(m.running_mean))
            m.running_var = rounded(0.5 + torch.rand_like(m.running_var))
    statistics = [v for m in net.modules() if isinstance(m, nn.BatchNorm2d)
                  for v in m.running_mean.tolist() + m.running_var.tolist()]
    x = rounded(torch.randn(count, channels, height, width)).requires_grad_()
    result = dict(name=name, layers=layers, height=height, width=width, channels=channels, count=count,
                  activation=activation, images=images(x),
                  parameters=[v for p in parameters(net) for v in flat(*p)], statistics=statistics)
    for mode in passes:
        net.train(mode == "training")
        net.zero_grad()
        x.grad = None
        y = net(x)
        if "by_output" not in result:
            by_output = rounded(torch.randn_like(y))
            result.update(by_output=images(by_output), shape=[y.shape[2], y.shape[3], y.shape[1]])
        (y * by_output).sum().backward()
        result[mode] = dict(output=images(y), by_images=images(x.grad),
                            by_parameters=[v for t, w in parameters(net) for v in flat(t.grad, w)])
        if mode == "training" and statistics:  # after one batch; evaluation goes on from there
            result["statistics_after"] = [v for m in net.modules() if isinstance(m, nn.BatchNorm2d)
                                          for v in m.running_mean.tolist() + m.running_var.tolist()]
    return result


def conv(channels, **given):
    return dict(layer="convolution", channels=channels, **given)


CASES = [
    case("3 x 3", [conv(5)], 7, 6, 2),
    case("window and padding differ by axis", [conv(3, kernel=[3, 5], padding=[0, 2], stride=2)], 9, 8, 2, count=2),
    case("stride above the window", [conv(4, kernel=2, stride=3, padding=1)], 8, 7, 3, count=2),
    case("large window", [conv(2, kernel=5, stride=2, padding=2, bias=False)], 7, 7, 1),
    case("1 x 1, stride 2", [conv(9, kernel=1, stride=2)], 5, 6, 4, count=2),
    case("two groups", [conv(6, groups=2)], 5, 4, 4, count=2),
    case("depthwise", [conv(9, groups=9)], 5, 6, 9, count=2),
    case("depthwise, stride 2", [conv(4, groups=4, stride=2, kernel=[3, 2], padding=[1, 0])], 7, 6, 4, count=2),
    case("channels beyond two vectors", [conv(37, bias=False), "activation", conv(3, kernel=1)], 4, 5, 3, count=1),
    case("max-pool", [dict(layer="max-pool", kernel=3, stride=2, padding=1)], 7, 6, 3),
    case("average-pool", [dict(layer="average-pool", kernel=[3, 2], stride=2, padding=[1, 0])], 7, 6, 3),
    case("global-average-pool", ["global-average-pool"], 4, 5, 3),
    case("batch-norm", ["batch-norm"], 4, 3, 5, count=4),
    case("batch-norm, rectified", ["batch-norm", "activation"], 4, 3, 5, count=4),
    case("batch-norm of few pixels", [conv(3, kernel=3, padding=0), "batch-norm", "activation"], 3, 3, 2, count=2),
    case("tanh", [conv(3), "batch-norm", "activation"], 4, 4, 2, activation="tanh"),
    case("silu", [conv(3), "activation", conv(2)], 4, 4, 2, activation="silu"),
    case("residual", [conv(3), "activation", dict(layer="residual", body=[conv(3), "batch-norm", "activation", conv(3)]),
                      "activation"], 5, 5, 2),
    case("residual with a shortcut",
         [conv(4), dict(layer="residual", body=[conv(6, stride=2, bias=False), "batch-norm", "activation", conv(6)],
                        shortcut=[conv(6, kernel=1, stride=2, bias=False), "batch-norm"]), "activation"], 6, 6, 2),
    case("a small network",
         [conv(8, bias=False), "batch-norm", "activation", dict(layer="max-pool"), conv(8, groups=8, bias=False),
          "batch-norm", "activation", conv(12, kernel=1, bias=False), "batch-norm", "activation",
          "global-average-pool"], 8, 8, 1, count=4),
]



def short(value):
    """Nine digits of every number: what is compared is single precision."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [short(v) for v in value]
    return {k: short(v) for k, v in value.items()} if isinstance(value, dict) else value


if __name__ == "__main__":
    json.dump(short(dict(made_by=f"PyTorch {torch.__version__}", cases=CASES)), sys.stdout)
