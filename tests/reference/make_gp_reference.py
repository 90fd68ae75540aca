#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reference numbers for the Gaussian processes of models/gp, made by NumPy, SciPy and scikit-learn.

    python3 make_gp_reference.py > gp_reference.json

Debian: python3-numpy python3-scipy python3-sklearn. Kernels stand beside their numbers as a suite writes them. Matrices
are lists of rows; numbers are float64 in full.
"""
import json
import sys

import numpy as np
import scipy
import sklearn
from scipy import linalg, optimize, stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (RBF, ConstantKernel, DotProduct, ExpSineSquared, Matern,
                                              RationalQuadratic, WhiteKernel)

FIXED = "fixed"


def rbf(variance, length_scale):
    return {"rbf": {"variance": variance, "length_scale": length_scale}}


def white(variance):
    return {"white": {"variance": variance}}


def data(rng, n, d):
    x = rng.standard_normal((n, d))
    return x, np.sin(2 * x[:, 0]) + 0.5 * x[:, -1] + 0.3 * rng.standard_normal(n)


# ---------------------------------------------------------------- log marginal likelihood and its gradient
def evidence_case(rng, n, d, suite, kernel, scale=None):
    """`scale` turns scikit-learn's gradient into one by the logarithms that predcorr has: DotProduct is parametrised
    by the square root of its variance."""
    x, y = data(rng, n, d)
    value, gradient = GaussianProcessRegressor(kernel, optimizer=None, alpha=0.0).fit(x, y).log_marginal_likelihood(
        kernel.theta, eval_gradient=True)
    scale = np.ones(len(gradient)) if scale is None else np.array(scale)
    return dict(kernel=suite, x=x.tolist(), y=y.tolist(), log_marginal_likelihood=float(value),
                gradient=(gradient * scale).tolist())


def evidence_cases(rng):
    slope = {"linear": {"variance": {"start": 1, "learn": False}}}
    yield evidence_case(
        rng, 25, 3,
        {"sum": [{"product": [rbf(1.3, [0.7, 1.1, 1.6]), {"sum": [slope, {"constant": {"variance": 0.49}}]}]},
                 white(0.2)]},
        ConstantKernel(1.3) * RBF([0.7, 1.1, 1.6]) * DotProduct(0.7) + WhiteKernel(0.2), [1, 1, 1, 1, 0.5, 1])
    yield evidence_case(
        rng, 30, 2,
        {"sum": [{"matern": {"smoothness": "3/2", "variance": 0.8, "length_scale": 0.9}},
                 {"matern": {"smoothness": "1/2", "variance": 0.4, "length_scale": [1.3, 0.6]}}, white(0.1)]},
        ConstantKernel(0.8) * Matern(0.9, nu=1.5) + ConstantKernel(0.4) * Matern([1.3, 0.6], nu=0.5) + WhiteKernel(0.1))
    yield evidence_case(
        rng, 30, 1, {"sum": [{"product": [{"periodic": {"variance": 0.7, "length_scale": 1.2, "period": 1.7}},
                                          {"rbf": {"variance": {"start": 1, "learn": False}, "length_scale": 2.5}}]},
                             white(0.15)]},
        ConstantKernel(0.7) * ExpSineSquared(1.2, 1.7) * RBF(2.5) + WhiteKernel(0.15))
    yield evidence_case(
        rng, 20, 2, {"sum": [{"rational-quadratic": {"variance": 1.1, "length_scale": 0.8, "alpha": 0.6}},
                             {"constant": {"variance": 0.5}}, white(0.3)]},
        ConstantKernel(1.1) * RationalQuadratic(0.8, 0.6) + ConstantKernel(0.5) + WhiteKernel(0.3))
    yield evidence_case(rng, 12, 2, white(0.6), WhiteKernel(0.6))


def reorder(case, order):
    case["gradient"] = [case["gradient"][i] for i in order]
    return case


# ---------------------------------------------------------------- learned kernels
def fit_case(rng, n, d, suite, kernel, x=None, y=None):
    """The best of 10 starts of scikit-learn's optimiser, and its posterior there."""
    if x is None:
        x, y = data(rng, n, d)
    query = 0.8 * rng.standard_normal((4, d))
    gp = GaussianProcessRegressor(kernel, alpha=0.0, n_restarts_optimizer=9, random_state=0).fit(x, y)
    mean, cov = gp.predict(query, return_cov=True)
    noise = float(np.exp(gp.kernel_.theta[-1]))  # part of the diagonal of cov
    return dict(kernel=suite, x=x.tolist(), y=y.tolist(), query=query.tolist(),
                log_marginal_likelihood=float(gp.log_marginal_likelihood_value_), noise_variance=noise,
                mean=mean.tolist(), latent_cov=(cov - noise * np.eye(4)).tolist())


def fit_cases(rng):
    wide, noise = (1e-4, 1e4), WhiteKernel(0.1, (1e-4, 1e2))
    yield fit_case(rng, 40, 2, {"matern": {"smoothness": "5/2"}},
                   ConstantKernel(1.0, wide) * Matern(np.ones(2), (1e-3, 1e4), nu=2.5) + noise)
    yield fit_case(rng, 40, 2, {"sum": ["rbf", {"linear": {"variance": 1}}]},
                   ConstantKernel(0.5, wide) * RBF(np.ones(2), (1e-3, 1e4))
                   + ConstantKernel(1.0, wide) * DotProduct(0.0, FIXED) + noise)
    x = rng.uniform(-3, 3, (40, 1))
    y = np.sin(2 * np.pi * x[:, 0] / 1.3) + 0.3 * np.cos(4 * np.pi * x[:, 0] / 1.3) + 0.1 * rng.standard_normal(40)
    yield fit_case(rng, 40, 1, {"periodic": {"length_scale": 1, "period": 1.25}},
                   ConstantKernel(1.0, wide) * ExpSineSquared(1.0, 1.25, (1e-2, 1e2), (1.1, 1.5)) + noise, x, y)


# ---------------------------------------------------------------- with priors
def radial(x, z, scales):
    """RBF with variance 1."""
    return np.exp(-0.5 * (((x[:, None] - z[None]) / scales) ** 2).sum(-1))


def log_evidence(k, y):
    return float(stats.multivariate_normal.logpdf(y, np.zeros(len(y)), k))


def posterior(k, cross, prior, y):
    gain = np.linalg.solve(k, cross.T).T
    return gain @ y, prior - gain @ cross.T


def log_prior(theta, medians, widths):
    return float(-0.5 * np.sum(((theta - np.log(medians)) / widths) ** 2))


def map_case(rng, n=8):
    """The most probable variance, length-scale and noise under log-normal priors (densities of the logarithms)."""
    x, y = data(rng, n, 1)
    medians, widths = np.array([0.5, 2.0, 0.2]), np.array([0.5, 0.3, 1.0])

    def objective(t):
        v, length, s = np.exp(t)
        return -log_evidence(v * radial(x, x, length) + s * np.eye(n), y) - log_prior(t, medians, widths)

    best = min((optimize.minimize(objective, np.log(medians) + shift, method="Nelder-Mead",
                                  options=dict(xatol=1e-10, fatol=1e-12, maxiter=10000)) for shift in (-0.5, 0, 0.5)),
               key=lambda r: r.fun)
    v, length, s = np.exp(best.x)
    return dict(x=x.tolist(), y=y.tolist(), medians=medians.tolist(), widths=widths.tolist(), variance=float(v),
                length_scale=float(length), noise_variance=float(s),
                log_marginal_likelihood=log_evidence(v * radial(x, x, length) + s * np.eye(n), y))


def marginal_case(rng, n=7, noise=0.05):
    """Variance and length-scale integrated out on a grid of their logarithms, under log-normal priors: first two
    moments of the function at three points and of the logarithms themselves."""
    x, y = data(rng, n, 1)
    query = np.array([[-0.5], [0.8], [2.5]])
    medians, widths = np.array([0.8, 0.9]), np.array([0.8, 0.6])
    axes = [np.linspace(np.log(m) - 5.5 * w, np.log(m) + 5.5 * w, 161) for m, w in zip(medians, widths)]
    logs, means, covs, thetas = [], [], [], []
    for a in axes[0]:
        for b in axes[1]:
            v, length, theta = np.exp(a), np.exp(b), np.array([a, b])
            k = v * radial(x, x, length) + noise * np.eye(n)
            m, c = posterior(k, v * radial(query, x, length), v * radial(query, query, length), y)
            logs.append(log_evidence(k, y) + log_prior(theta, medians, widths))
            means.append(m), covs.append(c), thetas.append(theta)
    w = np.exp(np.array(logs) - max(logs))
    w /= w.sum()
    means, covs, thetas = np.array(means), np.array(covs), np.array(thetas)
    mean, centre = w @ means, w @ thetas
    cov = np.einsum("i,ijk->jk", w, covs) + (means - mean).T @ ((means - mean) * w[:, None])
    return dict(x=x.tolist(), y=y.tolist(), query=query.tolist(), noise_variance=noise, medians=medians.tolist(),
                widths=widths.tolist(), mean=mean.tolist(), latent_cov=cov.tolist(), log_mean=centre.tolist(),
                log_spread=np.sqrt(w @ (thetas - centre) ** 2).tolist())


# ---------------------------------------------------------------- Titsias's bound, every matrix n x n and dense
def bound_case(rng, n, d, m, suite, cross, noise):
    """log N(y; 0, Q + D) - tr(D^-1 (K - Q)) / 2 with Q = Kfu Kuu^-1 Kuf, and the posterior at query points of Titsias
    2009, eq. 6: q(u) is the optimum, f* = K*u Kuu^-1 u + what u does not tell."""
    x, y = data(rng, n, d)
    z, query = rng.standard_normal((m, d)), rng.standard_normal((4, d))
    kuu = cross(z, z)
    kuu += 1e-6 * np.mean(np.diag(kuu)) * np.eye(m)
    noise_at = noise(x)
    kuf, kff, kqu = cross(z, x), cross(x, x), cross(query, z)
    q = kuf.T @ linalg.solve(kuu, kuf, assume_a="pos")
    bound = log_evidence(q + np.diag(noise_at), y) - 0.5 * np.sum((np.diag(kff) - np.diag(q)) / noise_at)
    sigma = linalg.inv(kuu + (kuf / noise_at) @ kuf.T)
    inverse = linalg.inv(kuu)
    cov = cross(query, query) - kqu @ (inverse - sigma) @ kqu.T
    return dict(kernel=suite, x=x.tolist(), y=y.tolist(), inducing=z.tolist(), query=query.tolist(), bound=float(bound),
                log_marginal_likelihood=log_evidence(kff + np.diag(noise_at), y),
                mean=(kqu @ sigma @ kuf @ (y / noise_at)).tolist(), latent_cov=cov.tolist(),
                noise_var=noise(query).tolist())


def bound_cases(rng):
    ard = np.array([0.7, 1.3])
    yield bound_case(rng, 30, 2, 6, {"sum": [rbf(1.4, ard.tolist()), white(0.2)]},
                     lambda a, b: 1.4 * radial(a, b, ard), lambda a: np.full(len(a), 0.2))

    def matern_and_line(a, b):
        r = np.sqrt(3.0) * np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1)) / 0.9
        return 0.6 * (1 + r) * np.exp(-r) + 0.3 * (a - 0.2) @ (b - 0.2).T

    # More rows than a tile has (96): sums over tiles.
    yield bound_case(rng, 130, 3, 9,
                     {"sum": [{"matern": {"smoothness": "3/2", "variance": 0.6, "length_scale": 0.9}},
                              {"linear": {"variance": 0.3, "origin": [0.2]}}, white(0.1)]},
                     matern_and_line, lambda a: np.full(len(a), 0.1))
    yield bound_case(rng, 25, 2, 5,
                     {"sum": [rbf(1.1, 0.8), white(0.05),
                              {"product": [white(0.3), {"linear": {"variance": {"start": 1, "learn": False}}}]}]},
                     lambda a, b: 1.1 * radial(a, b, 0.8), lambda a: 0.05 + 0.3 * (a ** 2).sum(1))


def main():
    rng = np.random.default_rng(31)
    versions = dict(numpy=np.__version__, scipy=scipy.__version__, scikit_learn=sklearn.__version__)
    evidence = list(evidence_cases(rng))
    # scikit-learn sorts the rational quadratic kernel's parameters by name, alpha before length_scale.
    evidence[3] = reorder(evidence[3], [0, 2, 1, 3, 4])
    json.dump(dict(versions=versions, evidence=evidence, fits=list(fit_cases(rng)), map=map_case(rng),
                   marginal=marginal_case(rng), bounds=list(bound_cases(rng))), sys.stdout)
    print()


if __name__ == "__main__":
    main()
