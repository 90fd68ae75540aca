#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reference numbers for the models and the numeric helpers of the metrics, made by NumPy, SciPy and scikit-learn.

    python3 make_model_reference.py > model_reference.json

Debian: python3-numpy python3-scipy python3-sklearn. Matrices are lists of rows; numbers are float64 in full.
"""
import json
import sys

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import Ridge


def ridge_case(rng, n=20, d=3, penalty=2.5, members=40000):
    """Ridge with a free intercept; noise variance = RSS / (n - trace of the hat matrix); pairs bootstrap by NumPy."""
    x = rng.standard_normal((n, d)) * [1.0, 0.5, 2.0] + [0.3, -1.0, 0.0]
    y = 1.5 + x @ [0.8, -1.2, 0.3] + 0.4 * rng.standard_normal(n)
    query = rng.standard_normal((4, d))
    full = Ridge(alpha=penalty, solver="svd").fit(x, y)
    # Column i of the hat matrix is the fit of the i-th unit vector.
    hat = np.column_stack([Ridge(alpha=penalty, solver="svd").fit(x, e).predict(x) for e in np.eye(n)])
    rss = np.sum((y - full.predict(x)) ** 2)
    functions = np.empty((members, len(query)))
    for m in range(members):
        rows = rng.integers(0, n, n)
        xm, ym = x[rows], y[rows]
        c = xm - xm.mean(0)
        w = np.linalg.solve(c.T @ c + penalty * np.eye(d), c.T @ (ym - ym.mean()))
        functions[m] = ym.mean() + (query - xm.mean(0)) @ w
    return dict(x=x.tolist(), y=y.tolist(), query=query.tolist(), penalty=penalty, weights=full.coef_.tolist(),
                intercept=float(full.intercept_), effective_parameters=float(np.trace(hat)),
                noise_variance=float(rss / (n - np.trace(hat))), bootstrap_members=members,
                bootstrap_mean=functions.mean(0).tolist(), bootstrap_cov=np.cov(functions.T).tolist())


def gp_case(rng, n=30, d=2):
    """The best of 10 starts of scikit-learn's optimiser, and its posterior there."""
    x, query = rng.standard_normal((n, d)), rng.standard_normal((4, d))
    y = np.sin(2 * x[:, 0]) + 0.3 * x[:, 1] + 0.2 * rng.standard_normal(n)
    kernel = ConstantKernel(1.0, (1e-4, 1e4)) * RBF(np.ones(d), (1e-3, 1e4)) + WhiteKernel(0.1, (1e-4, 1e2))
    gp = GaussianProcessRegressor(kernel, alpha=0.0, n_restarts_optimizer=9, random_state=0).fit(x, y)
    mean, cov = gp.predict(query, return_cov=True)
    noise = float(np.exp(gp.kernel_.theta[-1]))  # part of the diagonal of cov
    return dict(x=x.tolist(), y=y.tolist(), query=query.tolist(),
                log_marginal_likelihood=float(gp.log_marginal_likelihood_value_),
                signal_variance=float(np.exp(gp.kernel_.theta[0])), noise_variance=noise,
                mean=mean.tolist(), latent_cov=(cov - noise * np.eye(4)).tolist())


def adam_case():
    """Kingma & Ba's algorithm 1 as printed, and reordered as at the end of their section 2, where epsilon is added to
    the uncorrected root; float32, for a given run of gradients."""
    gradients = np.array([[0.5, -2.0, 1e-3, 0.0], [-1.5, -2.0, 3e-3, 0.0], [0.25, 4.0, -1e-3, 0.0]], np.float32)
    start, f = np.array([1.0, -1.0, 0.5, 2.0], np.float32), np.float32
    printed, reordered = start.copy(), start.copy()
    m, v, steps, steps_reordered = np.zeros(4, f), np.zeros(4, f), [], []
    for t, g in enumerate(gradients, start=1):
        m, v = f(0.9) * m + f(0.1) * g, f(0.999) * v + f(0.001) * g * g
        m_hat, v_hat = m / f(1 - 0.9 ** t), v / f(1 - 0.999 ** t)
        printed = printed - f(0.05) * m_hat / (np.sqrt(v_hat) + f(1e-8))
        rate = f(0.05 * np.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t))
        reordered = reordered - rate * m / (np.sqrt(v) + f(1e-8))
        steps.append(printed.tolist())
        steps_reordered.append(reordered.tolist())
    return dict(learning_rate=0.05, start=start.tolist(), gradients=gradients.tolist(), printed=steps,
                reordered=steps_reordered)


def network_case(rng, sizes=(3, 4, 5, 2), rows=6):
    """ReLU network; flat parameters are, layer by layer, W (outputs x inputs, column-major), then b."""
    x, flat, layers = rng.standard_normal((rows, sizes[0])), [], []
    for i, o in zip(sizes, sizes[1:]):
        w, b = rng.standard_normal((o, i)), rng.standard_normal(o)
        layers.append((w, b))
        flat += w.ravel(order="F").tolist() + b.tolist()

    def outputs(scaled):
        h = x
        for number, (w, b) in enumerate(layers):
            h = (h @ w.T + b) / (np.sqrt(w.shape[1] + 1) if scaled else 1.0)
            h = h if number == len(layers) - 1 else np.maximum(h, 0)
        return h.tolist()

    return dict(inputs=sizes[0], hidden=list(sizes[1:-1]), outputs=sizes[-1], x=x.tolist(), parameters=flat,
                plain=outputs(False), fan_in_scaled=outputs(True))


def ranks_case():
    a = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0])
    b = np.array([2.0, 7.0, 1.0, 8.0, 2.0, 8.0, 1.0, 8.0, 2.0, 8.0, 4.0])
    return dict(a=a.tolist(), b=b.tolist(), ranks_a=stats.rankdata(a).tolist(), ranks_b=stats.rankdata(b).tolist(),
                pearson=float(stats.pearsonr(a, b)[0]), spearman=float(stats.spearmanr(a, b)[0]))


def log_density_case(rng, n=12, s=3):
    factor, y, mean = rng.standard_normal((n, s)), rng.standard_normal(n), rng.standard_normal(n)
    noise, extra = 0.1 + rng.random(n), 0.05 + 0.5 * rng.random(n)
    latent = factor @ factor.T

    def density(cov):
        return float(stats.multivariate_normal.logpdf(y, mean, cov))

    return dict(factor=factor.tolist(), y=y.tolist(), mean=mean.tolist(), noise_var=noise.tolist(),
                extra=extra.tolist(), joint=density(latent + np.diag(noise)),
                joint_extra=density(latent + np.diag(noise + extra)),
                marginal=float(np.sum(stats.norm.logpdf(y, mean, np.sqrt(np.diag(latent) + noise)))))


def main():
    rng = np.random.default_rng(20)
    versions = dict(numpy=np.__version__, scipy=scipy.__version__, scikit_learn=sklearn.__version__)
    json.dump(dict(versions=versions, ridge=ridge_case(rng), gp=gp_case(rng), adam=adam_case(),
                   network=network_case(rng), ranks=ranks_case(), log_density=log_density_case(rng)), sys.stdout)
    print()


if __name__ == "__main__":
    main()
