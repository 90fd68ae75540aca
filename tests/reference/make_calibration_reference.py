#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reference numbers for the calibration of standard deviations, made by SciPy and scikit-learn.

    python3 make_calibration_reference.py > calibration_reference.json

Debian: python3-numpy python3-scipy python3-sklearn. Numbers are float64 in full. The set without weights of the linear
form is bootstrap_calibration.json, made by make_reference.py.
"""
import json
import sys

import numpy as np
import scipy
import sklearn
from scipy import optimize
from sklearn.isotonic import IsotonicRegression


def mean_nll(residual, s, w):
    if np.any(s <= 0):
        return np.inf
    return np.average(0.5 * np.log(2 * np.pi) + np.log(s) + residual ** 2 / (2 * s * s), weights=w)


def best_of(nll, starts):
    """Nelder-Mead from every start, then again from the best until nothing moves."""
    options = dict(xatol=1e-13, fatol=1e-15, maxiter=20000, maxfev=20000)
    runs = [optimize.minimize(nll, s, method="Nelder-Mead", options=options) for s in starts if np.isfinite(nll(s))]
    best = min(runs, key=lambda run: run.fun)
    for _ in range(5):
        best = min([best, optimize.minimize(nll, best.x, method="Nelder-Mead", options=options)], key=lambda r: r.fun)
    return best


def linear_case(rng, n, a, b, scale=1.0):
    sigma = scale * (0.2 + rng.gamma(2.0, 0.3, n))
    residual = rng.standard_normal(n) * (a * sigma + scale * b)
    w = rng.integers(1, 4, n).astype(float)
    starts = [[p, q * scale] for p in (-0.5, 0.1, 0.5, 1.0, 2.0, 4.0) for q in (-0.3, -0.1, 0.0, 0.2, 1.0, 2.0)]
    best = best_of(lambda x: mean_nll(residual, x[0] * sigma + x[1], w), starts)
    return dict(residual=residual.tolist(), sigma=sigma.tolist(), weights=w.tolist(), a=float(best.x[0]),
                b=float(best.x[1]), nll=float(best.fun))


def power_case(rng, n=120, c=0.7, p=1.6):
    sigma = 0.1 + rng.gamma(2.0, 0.5, n)
    residual = rng.standard_normal(n) * c * sigma ** p
    w = rng.integers(1, 4, n).astype(float)
    starts = [[u, v] for u in (-1.0, 0.0, 1.0) for v in (0.0, 1.0, 3.0)]
    best = best_of(lambda x: mean_nll(residual, np.exp(x[0]) * sigma ** x[1], w), starts)
    scale = optimize.minimize_scalar(lambda x: mean_nll(residual, np.exp(x) * sigma, w), bracket=(-1, 1), tol=1e-14)
    return dict(residual=residual.tolist(), sigma=sigma.tolist(), weights=w.tolist(), coefficient=float(np.exp(best.x[0])),
                exponent=float(best.x[1]), nll=float(best.fun), scale=float(np.exp(scale.x)), scale_nll=float(scale.fun))


def isotonic_case(rng, n=60):
    """Pooling alone, then the map: ties in sigma, the ten least sigmas made equal, variances interpolated."""
    values = np.linspace(0, 2, n) + rng.standard_normal(n)
    w = rng.integers(1, 5, n).astype(float)
    pooled = IsotonicRegression().fit_transform(np.arange(n), values, sample_weight=w)
    sigma = np.round(0.3 + rng.gamma(2.0, 0.4, n), 2)  # with ties
    residual = rng.standard_normal(n) * np.sqrt(0.2 + sigma ** 2)
    order = np.argsort(sigma, kind="stable")
    tied = sigma.copy()
    tied[order[:10]] = sigma[order[9]]
    model = IsotonicRegression(out_of_bounds="clip").fit(tied, residual ** 2, sample_weight=w)
    query = np.concatenate([[0.0, 0.05], np.linspace(sigma[order[9]], sigma.max() + 0.5, 40)])
    sigma_cal = np.sqrt(model.predict(query))
    return dict(values=values.tolist(), weights=w.tolist(), pooled=pooled.tolist(), residual=residual.tolist(),
                sigma=sigma.tolist(), query=query.tolist(), sigma_cal=sigma_cal.tolist(),
                nll=float(mean_nll(residual, np.sqrt(model.predict(tied)), w)))


def shrinkage_case(rng, groups=3, n=12):
    """Groups of standardised residuals and correlation matrices; gamma by a grid and bounded Brent around its best."""
    members = rng.standard_normal((groups, n, 5))
    parts = []
    for f in members:
        cov = f @ f.T / 5 + 0.3 * np.eye(n)
        d = np.sqrt(np.diag(cov))
        r = cov / np.outer(d, d)
        truth = 0.45 * r + 0.55 * np.eye(n)
        parts.append((r, np.linalg.cholesky(truth) @ rng.standard_normal(n)))

    def mean_ll(gamma):
        total = 0.0
        for r, z in parts:
            shrunk = gamma * r + (1 - gamma) * np.eye(n)
            total -= 0.5 * (np.linalg.slogdet(shrunk)[1] + z @ np.linalg.solve(shrunk, z) + n * np.log(2 * np.pi))
        return total / (groups * n)

    grid = np.linspace(0, 1, 201)
    peak = grid[np.argmax([mean_ll(g) for g in grid])]
    best = optimize.minimize_scalar(lambda g: -mean_ll(g), bounds=(max(peak - 0.01, 0), min(peak + 0.01, 1)),
                                    method="bounded", options=dict(xatol=1e-12))
    return dict(correlation=[r.tolist() for r, _ in parts], r=[z.tolist() for _, z in parts], gamma=float(best.x),
                log_likelihood=float(mean_ll(best.x)), kept=float(mean_ll(1.0)), independent=float(mean_ll(0.0)))


def main():
    rng = np.random.default_rng(11)
    json.dump(dict(versions=dict(numpy=np.__version__, scipy=scipy.__version__, sklearn=sklearn.__version__),
                   linear=dict(weighted=linear_case(rng, 80, 1.4, 0.3), negative_b=linear_case(rng, 300, 1.5, -0.2),
                               large_unit=linear_case(rng, 80, 0.6, 0.1, 1e5), falling=linear_case(rng, 80, -0.35, 1.5)),
                   power=power_case(rng), isotonic=isotonic_case(rng), shrinkage=shrinkage_case(rng)), sys.stdout)
    print()


if __name__ == "__main__":
    main()
