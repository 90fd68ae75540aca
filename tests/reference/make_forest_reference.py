#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reference trees and errors of forests, made by scikit-learn.

    PREDCORR_DATA=FOLDER python3 make_forest_reference.py > forest_reference.json

Debian: python3-numpy python3-sklearn. FOLDER holds concrete.data and power_plant.data. Inputs of the trees are
multiples of 2^-14 below 4, so that they are the same in float32, which scikit-learn converts inputs to.
"""
import json
import os
import pathlib
import sys

import numpy as np
import sklearn
from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingRegressor, RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor


def distinct_inputs(rng, n, d):
    """No ties: each column has n distinct values."""
    return np.column_stack([rng.choice(1 << 16, n, replace=False) for _ in range(d)]) / 2.0**14 - 2


def tree_case(rng, n, d, weights, **options):
    """A tree in preorder: feature and threshold of inner nodes, value of leaves (feature -2)."""
    x = distinct_inputs(rng, n, d)
    y = np.sin(2 * x[:, 0]) + x[:, -1] ** 2 / 2 + 0.3 * rng.standard_normal(n)
    w = {"none": None, "bootstrap": np.bincount(rng.integers(0, n, n), minlength=n).astype(float),
         "real": rng.exponential(size=n)}[weights]
    tree = DecisionTreeRegressor(random_state=0, **options).fit(x, y, sample_weight=w).tree_
    query = distinct_inputs(rng, 20, d)
    return dict(x=x.tolist(), y=y.tolist(), weights=[] if w is None else w.tolist(), options=options,
                feature=tree.feature.tolist(), threshold=tree.threshold.tolist(), value=tree.value[:, 0, 0].tolist(),
                left=tree.children_left.tolist(), right=tree.children_right.tolist(), query=query.tolist(),
                prediction=tree.predict(query.astype(np.float32))[:, 0].tolist())


def boosting_case(rng, n=60, d=2):
    x = distinct_inputs(rng, n, d)
    y = np.sin(2 * x[:, 0]) + x[:, 1] + 0.3 * rng.standard_normal(n)
    w = rng.integers(0, 4, n).astype(float)
    options = dict(n_estimators=12, learning_rate=0.2, max_depth=2, min_samples_leaf=4)
    seen = w > 0  # scikit-learn counts rows of weight 0 as rows of a leaf
    model = GradientBoostingRegressor(criterion="squared_error", random_state=0, **options)
    model.fit(x[seen], y[seen], sample_weight=w[seen])
    query = distinct_inputs(rng, 20, d)
    return dict(x=x.tolist(), y=y.tolist(), weights=w.tolist(), options=options, query=query.tolist(),
                prediction=model.predict(query).tolist())


def errors(model, x, y, train, seeds, **options):
    """RMSE on every row that is not among the first `train`, over seeds of scikit-learn's own."""
    found = []
    for seed in range(seeds):
        fit = model(random_state=seed, n_jobs=2, **options).fit(x[:train], y[:train])
        found.append(float(np.sqrt(np.mean((fit.predict(x[train:]) - y[train:]) ** 2))))
    return dict(options=options, seeds=seeds, mean=float(np.mean(found)), stddev=float(np.std(found, ddof=1)))


def real_case(file, train, trees):
    """Rows in the order (i * 389) mod n, so that any program can have the same; inputs and targets as they are."""
    rows = np.loadtxt(pathlib.Path(os.environ["PREDCORR_DATA"]) / file)
    n = len(rows)
    assert np.gcd(389, n) == 1
    rows = rows[(np.arange(n) * 389) % n]
    x, y = rows[:, :-1], rows[:, -1]
    third = max(1, (x.shape[1]) // 3)
    return dict(rows=n, train=train,
                all=errors(RandomForestRegressor, x, y, train, 10, n_estimators=trees),
                third=errors(RandomForestRegressor, x, y, train, 10, n_estimators=trees, max_features=third,
                             min_samples_split=6),
                extra=errors(ExtraTreesRegressor, x, y, train, 10, n_estimators=trees))


def main():
    rng = np.random.default_rng(5)
    reference = dict(
        made_by=f"numpy {np.__version__}, scikit-learn {sklearn.__version__}",
        trees=dict(
            grown_out=tree_case(rng, 60, 1, "none"),
            depth=tree_case(rng, 150, 3, "none", max_depth=4),
            leaves=tree_case(rng, 150, 4, "none", min_samples_leaf=6),
            split=tree_case(rng, 200, 3, "none", min_samples_split=12),
            bootstrap=tree_case(rng, 200, 3, "bootstrap", min_samples_split=12, min_samples_leaf=2),
            bootstrap_leaves=tree_case(rng, 150, 2, "bootstrap", min_samples_leaf=5, max_depth=5),
            real_weights=tree_case(rng, 150, 3, "real", min_samples_leaf=5)),
        boosting=boosting_case(rng),
        concrete=real_case("concrete.data", 824, 500),
        power_plant=real_case("power_plant.data", 7655, 50))
    json.dump(reference, sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main()
