#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reference numbers for bootstrap ensembles and their base learners, made by NumPy, SciPy and scikit-learn.

    python3 make_bootstrap_reference.py > bootstrap_reference.json

Debian: python3-numpy python3-scipy python3-sklearn. Matrices are lists of rows; numbers are float64 in full.
"""
import json
import sys

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge, RidgeCV


def positive_part(estimate, error):
    """Mean of N(estimate, error^2) above 0, by SciPy."""
    return float(stats.truncnorm.mean(-estimate / error, np.inf, loc=estimate, scale=error))


def jackknives(t, counts):
    """Row by row as the formulas stand. t: B x m, counts: B x n."""
    b, n = counts.shape
    deviation = t - t.mean(0)
    squares = np.sum(deviation ** 2, 0)
    variances = counts.var(0, ddof=1)
    k = (n - 1) / n * counts.mean() / variances.mean()
    ij = np.array([k / b * np.sum((counts[:, [i]] - counts[:, i].mean()) * deviation, 0) for i in range(n)])
    out = dict(infinitesimal=[ij, k ** 2 / b ** 2 * variances.sum() * squares,
                              [k / b * (counts[:, i] - counts[:, i].mean()) for i in range(n)]])
    left = counts == 0
    if left.any(0).all():
        scale = np.sqrt((n - 1) / n)
        jab = np.array([scale * (t[left[:, i]].mean(0) - t.mean(0)) for i in range(n)])
        size = left.sum(0)
        out["after_bootstrap"] = [jab, (n - 1) / n * np.sum(1 / size - 1 / b) * squares / (b - 1),
                                  [scale * (left[:, i] / size[i] - 1 / b) for i in range(n)]]
    result = {}
    for name, (c, correction, contrasts) in out.items():
        raw = c.T @ c
        contrasts = np.array(contrasts)
        # Pairing values with counts at random: c has this covariance, and |c|^2 the variance 2 tr(covariance^2).
        error = np.sqrt(2 * np.sum((contrasts @ contrasts.T) ** 2)) * squares / (b - 1)
        corrected = np.diag(raw) - correction
        kept = np.array([positive_part(v, e) for v, e in zip(corrected, error)])
        scale = np.sqrt(kept / np.diag(raw))
        result[name] = dict(raw=raw.tolist(), correction=correction.tolist(), error=error.tolist(),
                            covariance=(raw * np.outer(scale, scale)).tolist())
    return result


def jackknife_case(rng, members, n, drawn=None, replace=True, weights=False):
    z = rng.standard_normal((n, 3))
    if weights:
        counts = n * rng.dirichlet(np.ones(n), members)
    else:
        rows = [rng.choice(n, drawn or n, replace) for _ in range(members)]
        counts = np.array([np.bincount(r, minlength=n) for r in rows], dtype=float)
    t = counts @ z / counts.sum(1, keepdims=True)
    t = np.column_stack([t, t[:, 0] - 2 * t[:, 1] + 0.3 * rng.standard_normal(members), rng.standard_normal(members)])
    t, counts = t.astype(np.float32).astype(float), counts.astype(np.float32).astype(float)
    return dict(values=t.T.tolist(), counts=counts.tolist(), **jackknives(t, counts))


def ridge_case(rng, n=25, d=3):
    """Weighted ridge and its penalty by leave-one-out; a case with more inputs than rows."""
    penalties = [0.01, 0.1, 1.0, 10.0, 100.0]
    result = dict(penalties=penalties)
    for name, rows, inputs in (("tall", n, d), ("wide", 8, 12)):
        x = rng.standard_normal((rows, inputs)) * np.linspace(0.5, 2, inputs) + np.linspace(-1, 1, inputs)
        y = 1.5 + x @ (rng.standard_normal(inputs) / np.sqrt(inputs)) + 0.8 * rng.standard_normal(rows)
        query = rng.standard_normal((4, inputs))
        weights = rng.integers(1, 4, rows).astype(float)
        best = RidgeCV(alphas=penalties, gcv_mode="svd", store_cv_values=True).fit(x, y)
        # scikit-learn centres by the whole sample's means; leaving out rows one by one moves them as it should.
        errors = [np.mean([(y[i] - Ridge(alpha=p, solver="svd").fit(np.delete(x, i, 0), np.delete(y, i))
                            .predict(x[[i]])[0]) ** 2 for i in range(rows)]) for p in penalties]
        assert penalties[int(np.argmin(errors))] == best.alpha_
        weighted = Ridge(alpha=2.0, solver="svd").fit(x, y, sample_weight=weights)
        # Posterior with prior precision lambda on the weights and none on the intercept, times the noise variance.
        design = np.column_stack([np.ones(rows), x])
        penalty = np.diag([0.0] + [2.0] * inputs)
        precision = design.T @ (weights[:, None] * design) + penalty
        hat = design @ np.linalg.solve(precision, design.T * weights)
        residual = y - weighted.predict(x)
        noise = float(np.sum(weights * residual ** 2) / (weights.sum() - np.trace(hat)))
        ahead = np.column_stack([np.ones(4), query])
        result[name] = dict(x=x.tolist(), y=y.tolist(), query=query.tolist(), weights=weights.tolist(),
                            best=best.alpha_, errors=errors, best_mean=best.predict(query).tolist(), penalty=2.0,
                            mean=weighted.predict(query).tolist(), noise_variance=noise,
                            latent_cov=(noise * ahead @ np.linalg.solve(precision, ahead.T)).tolist())
    return result


def kernel_ridge_case(rng, n=20, d=2):
    """Weighted kernel ridge by scikit-learn; the same as a Gaussian process with its kernel scaled by noise / lambda;
    leave-one-out errors by leaving rows out."""
    x, query = rng.standard_normal((n, d)), rng.standard_normal((4, d))
    y = np.sin(2 * x[:, 0]) + 0.3 * x[:, 1] + 0.2 * rng.standard_normal(n)
    weights, penalty, length = rng.integers(1, 4, n).astype(float), 0.3, 1.2
    gamma = 0.5 / length ** 2
    fit = KernelRidge(alpha=penalty, kernel="rbf", gamma=gamma).fit(x, y, sample_weight=weights)
    kernel = RBF(length)
    gram = kernel(x)
    hat = gram @ np.linalg.inv(gram + penalty * np.diag(1 / weights))
    noise = float(np.sum(weights * (y - fit.predict(x)) ** 2) / (weights.sum() - np.trace(hat)))
    gp = GaussianProcessRegressor(ConstantKernel(noise / penalty) * kernel, alpha=noise / weights, optimizer=None)
    mean, cov = gp.fit(x, y).predict(query, return_cov=True)
    assert np.allclose(mean, fit.predict(query))
    penalties = [0.001, 0.01, 0.1, 1.0, 10.0]
    errors = [np.mean([(y[i] - KernelRidge(alpha=p, kernel="rbf", gamma=gamma)
                        .fit(np.delete(x, i, 0), np.delete(y, i)).predict(x[[i]])[0]) ** 2 for i in range(n)])
              for p in penalties]
    best = penalties[int(np.argmin(errors))]
    best_mean = KernelRidge(alpha=best, kernel="rbf", gamma=gamma).fit(x, y).predict(query)
    return dict(x=x.tolist(), y=y.tolist(), query=query.tolist(), weights=weights.tolist(), penalty=penalty,
                length_scale=length, mean=mean.tolist(), latent_cov=cov.tolist(), noise_variance=noise,
                penalties=penalties, errors=errors, best=best, best_mean=best_mean.tolist())


def main():
    rng = np.random.default_rng(5)
    versions = dict(numpy=np.__version__, scipy=scipy.__version__, scikit_learn=sklearn.__version__)
    jackknife = dict(many_members=jackknife_case(rng, 60, 8), few_members=jackknife_case(rng, 16, 30),
                     without_replacement=jackknife_case(rng, 40, 9, 5, False),
                     dirichlet=jackknife_case(rng, 50, 7, weights=True))
    json.dump(dict(versions=versions, jackknife=jackknife, ridge=ridge_case(rng),
                   kernel_ridge=kernel_ridge_case(rng)), sys.stdout)
    print()


if __name__ == "__main__":
    main()
