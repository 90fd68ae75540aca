#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gradients g of half the mean squared error and products H g with its Hessian, by PyTorch's double backward; and
GraSP's scores -theta * (H g) with the g of weights alone, zero for what is none.

    python3 make_gradient_flow_reference.py > gradient_flow_reference.json

Debian: python3-torch. Networks and orders are those of make_image_layers_reference.py; behind the layers on images come
fully connected ones: of each the weights, input by input, then the biases. Double precision, batch statistics.
"""
import json
import sys

import torch
from torch import nn

from make_image_layers_reference import conv, flat, images, parameters, rounded, sequence, short

CASES = [
    ("fully connected", None, [6, 5], "relu"),
    ("pools, batch-norm", [conv(5, bias=False), "batch-norm", "activation", "max-pool", conv(4), "activation",
                           dict(layer="average-pool", kernel=2, stride=1), dict(layer="dense", units=6)], [6], "relu"),
    ("depthwise, residual", [conv(8), "batch-norm", "activation", conv(8, groups=8, stride=2, bias=False), "batch-norm",
                             "activation", dict(layer="residual", body=[conv(8, bias=False), "batch-norm", "activation"]),
                             "activation", "global-average-pool"], [], "silu"),
]
SIDE, CHANNELS, COUNT = 6, 2, 7


def linear(layers):
    """In predcorr's order, by layer."""
    for layer in layers:
        yield layer.weight
        yield layer.bias


def case(name, layers, units, activation, temperature):
    torch.manual_seed(sum(name.encode()))
    before, channels = sequence([x for x in layers or [] if x == "activation" or not isinstance(x, dict)
                                 or x["layer"] != "dense"], CHANNELS, activation)
    x = rounded(torch.randn(COUNT, CHANNELS, SIDE, SIDE))
    y = rounded(torch.randn(COUNT))
    with torch.no_grad():
        features = before(x).permute(0, 2, 3, 1).reshape(COUNT, -1).shape[1]
    sizes = [features, *units, 1]
    dense = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
    of_images, of_dense = list(parameters(before)), list(linear(dense))
    for tensor in [t for t, _ in of_images] + of_dense:
        tensor.data = rounded(torch.randn_like(tensor) * 0.5)
    act = dict(relu=torch.relu, silu=nn.functional.silu)[activation]
    h = before(x).permute(0, 2, 3, 1).reshape(COUNT, -1)
    for layer in dense[:-1]:
        h = act(layer(h))
    loss = 0.5 * ((dense[-1](h)[:, 0] / temperature - y) ** 2).mean()
    tensors = [t for t, _ in of_images] + of_dense
    g = torch.autograd.grad(loss, tensors, create_graph=True)
    flow = 0.5 * sum((part ** 2).sum() for part in g)
    hg = torch.autograd.grad(flow, tensors, retain_graph=True)
    is_weight = [t.dim() > 1 for t in tensors]
    weight_flow = 0.5 * sum((part ** 2).sum() for part, counts in zip(g, is_weight) if counts)
    scores = [-t.detach() * d * counts
              for t, d, counts in zip(tensors, torch.autograd.grad(weight_flow, tensors), is_weight)]

    def in_order(values):
        n = len(of_images)
        head = [v for t, (_, w) in zip(values[:n], of_images) for v in flat(t.detach(), w)]
        return head + [v for t in values[n:] for v in (t.detach().T if t.dim() == 2 else t.detach()).reshape(-1).tolist()]

    return dict(name=name, temperature=temperature, network=layers, units=units, activation=activation, side=SIDE,
                channels=CHANNELS, images=images(x), targets=y.tolist(), parameters=in_order(tensors),
                gradient=in_order(g), hessian_gradient=in_order(hg), scores=in_order(scores))


if __name__ == "__main__":
    cases = [case(*given, temperature) for given in CASES for temperature in (1.0, 5.0)]
    json.dump(short(dict(made_by=f"PyTorch {torch.__version__}", cases=cases)), sys.stdout)
