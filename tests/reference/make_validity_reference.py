#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Correlations over models of means over seeds, their jackknife intervals, and paired t tests (tests/results), by SciPy.

    python3 make_validity_reference.py > validity_reference.json

Debian: python3-numpy python3-scipy. validity_reference.json was made with Python 3.11.2, NumPy 1.24.2, SciPy 1.10.1.
"""
import json

import numpy as np
from scipy import stats

random = np.random.RandomState(8)
MODELS, SEEDS = 6, 7
quality = np.linspace(0, 1, MODELS)[:, None]
score = quality + 0.3 * random.standard_normal((MODELS, SEEDS))
target = quality**2 + 0.2 * random.standard_normal((MODELS, SEEDS))


def relation(kind, columns):
    a, b = score[:, columns].mean(1), target[:, columns].mean(1)
    return float(kind(a, b)[0])


def interval(kind):
    value = relation(kind, np.arange(SEEDS))
    without = np.array([relation(kind, np.delete(np.arange(SEEDS), seed)) for seed in range(SEEDS)])
    error = np.sqrt((SEEDS - 1) / SEEDS * ((without - without.mean()) ** 2).sum())
    half = stats.t.ppf(0.975, SEEDS - 1) * error
    return [value, max(value - half, -1.0), min(value + half, 1.0)]


pairs, needed, agree = 0, [], []
separated = 0
for i in range(MODELS):
    for j in range(i):
        d = score[i] - score[j]
        pairs += 1
        z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
        needed.append(max(2.0, float(np.ceil((z * d.std(ddof=1) / d.mean()) ** 2))))
        if stats.ttest_rel(score[i], score[j]).pvalue < 0.05:
            separated += 1
            agree.append(bool((target[i].mean() > target[j].mean()) == (d.mean() > 0)))

out = {
    "score": score.tolist(),
    "target": target.tolist(),
    "pearson": interval(stats.pearsonr),
    "spearman": interval(stats.spearmanr),
    "pairs": pairs,
    "separated": separated / pairs,
    "seeds": [float(np.percentile(needed, q, method="inverted_cdf")) for q in (25, 50, 75)],
    "agreement": float(np.mean(agree)),
}
print(json.dumps(out, indent=1))
