#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Combined scores and findings (tests/results/requests), by SciPy.

    python3 make_board_request_reference.py > board_request_reference.json

board_request_reference.json was made with Python 3.11.2, NumPy 2.4.6, SciPy 1.17.1.

The variance of a combined score is made otherwise than in the program: by the infinitesimal jackknife, that is from the
derivative of the score by the weight of each seed, which a complex step gives to all digits.
"""
import json

import numpy as np
from scipy import stats

random = np.random.RandomState(7)
WEIGHTS = {"up": 1.0, "down": 2.5}
# rho as for a fifth of the rows tested; none; and another number of seeds on each
DATASETS = {"a": (6, 0.2), "b": (4, 0.0), "c": (9, 0.1)}
MODELS = ("floor", "m", "ceiling")


def made_up(n):
    """Correlated over models, as scores at the same seeds are."""
    common = random.standard_normal(n)
    level = {"up": {"floor": -2.0, "m": -1.2, "ceiling": -0.7}, "down": {"floor": 3.0, "m": 2.5, "ceiling": 1.0}}
    return {score: {model: (level[score][model] + 0.2 * common + 0.1 * random.standard_normal(n)).tolist()
                    for model in MODELS} for score in WEIGHTS}


values = {dataset: made_up(n) for dataset, (n, rho) in DATASETS.items()}


def share(dataset, score, weights):
    mean = {model: weights @ np.array(values[dataset][score][model]) / weights.sum() for model in MODELS}
    return (mean["m"] - mean["floor"]) / (mean["ceiling"] - mean["floor"])


def combined(weights):
    parts = {score: sum(share(d, score, weights[d]) for d in DATASETS) / len(DATASETS) for score in WEIGHTS}
    return sum(WEIGHTS[score] * parts[score] for score in WEIGHTS) / sum(WEIGHTS.values()), parts


ones = {dataset: np.ones(n, dtype=complex) for dataset, (n, rho) in DATASETS.items()}
value, parts = combined(ones)
variances, freedoms = [], []
for dataset, (n, rho) in DATASETS.items():
    influence = np.empty(n)
    for s in range(n):
        shifted = {d: w.copy() for d, w in ones.items()}
        shifted[dataset][s] += 1e-30j
        influence[s] = combined(shifted)[0].imag / 1e-30 * n  # derivative by the weight, on the scale of one value
    variances.append(influence.var(ddof=1) * (1 / n + rho / (1 - rho)))
    freedoms.append(n - 1)
variance = sum(variances)
freedom = variance**2 / sum(v**2 / f for v, f in zip(variances, freedoms))
half = stats.t.ppf(0.975, freedom) * np.sqrt(variance)

differences = {d: np.array(values[d]["up"]["m"]) - np.array(values[d]["up"]["floor"]) for d in DATASETS}
means = np.array([difference.mean() for difference in differences.values()])
n, rho = DATASETS["a"]
error = differences["a"].std(ddof=1) * np.sqrt(1 / n + rho / (1 - rho))



def coverage(runs=100000):
    """How often intervals hold the truth, 0.55: two data sets of 8 and 5 seeds, which move all three models alike."""
    draws = np.random.RandomState(1)
    total, variance, squares = np.zeros(runs), np.zeros(runs), np.zeros(runs)
    for n, own in ((8, 0.6), (5, 0.5)):
        common = draws.standard_normal((runs, n))
        floor, ceiling, model = (mean + common + 0.1 * draws.standard_normal((runs, n)) for mean in (0, 1, own))
        span = ceiling.mean(1) - floor.mean(1)
        part = (model.mean(1) - floor.mean(1)) / span
        deviations = ((model - floor) - part[:, None] * (ceiling - floor)) / span[:, None] / 2
        v = deviations.var(1, ddof=1) / n
        total, variance, squares = total + part / 2, variance + v, squares + v**2 / (n - 1)
    halves = stats.t.ppf(0.975, variance**2 / squares) * np.sqrt(variance)
    return float(np.mean(np.abs(total - 0.55) <= halves))


print(json.dumps(dict(
    coverage=coverage(),
    weights=WEIGHTS,
    datasets={d: dict(overlap=rho, scores=values[d]) for d, (n, rho) in DATASETS.items()},
    combined=dict(value=value.real, parts={score: part.real for score, part in parts.items()}, freedom=freedom,
                  low=value.real - half, high=value.real + half),
    findings=dict(over_datasets=dict(zip(("low", "high"), stats.t.interval(0.95, 2, means.mean(), stats.sem(means))),
                                     value=means.mean()),
                  over_seeds=dict(zip(("low", "high"),
                                      stats.t.interval(0.95, n - 1, differences["a"].mean(), error)),
                                  value=differences["a"].mean())))))
