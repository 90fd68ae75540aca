#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Independent numbers for tests/models/bnn/int8.

    python3 make_int8_reference.py > int8_reference.json

needs numpy (Debian: python3-numpy). int8_reference.json was made with Python 3.11.2, NumPy 1.24.2. Expectations over
stochastic rounding are sums over both outcomes of every entry, in double; nothing is in closed form.
"""
import json
import math

import numpy as np

random = np.random.default_rng(11)
MASK = 2**64 - 1
STEP = 0x9E3779B97F4A7C15


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def floats(values):
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def draw(key, i):
    return (mix((key + (i // 4 + 1) * STEP) & MASK) >> (16 * (i % 4)) & 0xFFFF) >> 1


def quantised():
    cases = []
    for clip, scale in [(2.5, 1.0), (0.001, 0.0004), (3e4, 9e3)]:
        x = floats(random.normal(size=60) * scale)
        x[:3] = [0, clip, -2 * clip]
        clip = float(np.float32(clip))
        steps = np.clip(x, -clip, clip) / (clip / 127)
        key, offset = int(random.integers(2**63)), int(random.integers(1000))
        parts = np.rint(steps * 2**15).astype(int)
        up = [int(p + draw(key, offset + i)) >> 15 for i, p in enumerate(parts)]
        cases.append({"x": x.tolist(), "clip": clip, "nearest": np.rint(steps).astype(int).tolist(), "key": str(key),
                      "offset": offset, "stochastic": up})
    return cases


def outcomes(g, clip, rounding):
    """Values that entries may become, and their probabilities."""
    step = clip / 127
    steps = np.clip(g, -clip, clip) / step
    if rounding == "nearest":
        return [(np.rint(steps) * step, np.ones_like(g))]
    down = np.floor(steps)
    return [(down * step, 1 - (steps - down)), ((down + 1) * step, steps - down)]


def error(g, clip, rounding):
    z = outcomes(g, clip, rounding)
    dot = sum((p * v * g).sum() for v, p in z)
    square = sum((p * v * v).sum() for v, p in z)
    off = sum((p * (v - g) ** 2).sum() for v, p in z)
    return {"clip": clip, "rounding": rounding, "deviation": 1 - dot / math.sqrt(square * (g * g).sum()),
            "mean_square": off / g.size, "clipped": float(np.mean(np.abs(g) > clip))}


def errors():
    g = floats(random.laplace(size=150))
    g[::7] = 0
    clips = [float(np.float32(c)) for c in (np.abs(g).max(), 2.1, 0.7, 0.05)]
    nonzero = np.abs(g[g != 0])
    return {"g": g.tolist(), "errors": [error(g, c, r) for c in clips for r in ("nearest", "stochastic")],
            "percentiles": [[p, float(np.percentile(nonzero, p))] for p in (99.9, 90.0, 33.3, 100.0)]}


def outlier():
    """One entry of 300, a million of 1."""
    g = np.ones(1000001)
    g[0] = 300
    return [error(g, float(c), r) for c in (300, 127, 1) for r in ("nearest", "stochastic")]


def factors():
    return [[d, max(math.exp(-20 * d), 0.1)] for d in (0, 0.01, 0.05, 0.1, 0.2, 1.5)]


print(json.dumps({"quantised": quantised(), "errors": errors(), "outlier": outlier(), "rate_factors": factors()}))
