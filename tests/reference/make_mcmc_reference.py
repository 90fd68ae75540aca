#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Independent numbers for the samplers and their diagnostics.

    python3 make_mcmc_reference.py > mcmc_reference.json

needs numpy, scipy and arviz-stats (pip install arviz-stats). mcmc_reference.json was made with NumPy 2.4.6,
SciPy 1.17.1 and arviz-stats 0.8.0. Matrices are lists of rows; numbers are float64 in full.
"""
import json
import sys

import arviz_stats
import numpy as np
import scipy
from arviz_stats.base import array_stats
from scipy import special, stats


def diagnostics_case(name, draws):
    """Rank-normalised split R-hat and bulk effective sample size by ArviZ. draws: draws x chains."""
    chains = draws.T
    return dict(name=name, draws=draws.tolist(),
                r_hat=float(array_stats.rhat(chains, chain_axis=0, draw_axis=1, method="rank")),
                ess=float(array_stats.ess(chains, chain_axis=0, draw_axis=1, method="bulk")))


def autoregressive(rng, draws, chains, rho):
    x = np.empty((draws, chains))
    x[0] = rng.standard_normal(chains)
    for t in range(1, draws):
        x[t] = rho * x[t - 1] + np.sqrt(1 - rho**2) * rng.standard_normal(chains)
    return x


def diagnostics_cases(rng):
    apart = autoregressive(rng, 40, 3, 0.5)
    apart[:, 1] += 1.5
    spread = rng.standard_normal((50, 4)) * [1, 1, 1, 4]  # same place, another width: the folded half sees it
    return [diagnostics_case("autoregressive, an odd number of draws", autoregressive(rng, 41, 3, 0.7)),
            diagnostics_case("a chain apart", apart),
            diagnostics_case("a chain wider", spread),
            diagnostics_case("cauchy", np.tan(np.pi * (rng.random((60, 2)) - 0.5))),
            diagnostics_case("ties", np.floor(4 * rng.random((30, 4)))),
            diagnostics_case("a steady drift", autoregressive(rng, 60, 2, 0.3) + np.linspace(0, 3, 60)[:, None])]


def gamma_cases():
    """Quantiles of Gamma(shape, 1)."""
    levels = [0.02, 0.2, 0.5, 0.8, 0.98]
    return [dict(shape=a, levels=levels, quantiles=special.gammaincinv(a, levels).tolist()) for a in (0.3, 0.5, 1.7, 40)]


def inverse_gamma_log(log_v, shape, scale):
    """log density of log v."""
    return stats.invgamma.logpdf(np.exp(log_v), shape, scale=scale) + log_v


def linear_case(rng, n, learn_prior):
    """Bayesian linear regression with both variances unknown, or with the noise alone, by sums over a grid: features
    (x, 1) / sqrt(3), weights ~ N(0, prior), y ~ N(f, noise). The weights are integrated out in closed form."""
    x = rng.standard_normal((n, 2))
    y = 1 + x @ [1.0, -2.0] + 1.3 * rng.standard_normal(n)
    query = np.array([[0.3, -0.8], [2.0, 1.0], [-1.0, 3.0]])
    noise_prior, weight_prior = (0.5, 0.005 * float(np.mean(y**2))), (0.5, 0.1)
    fixed_prior = 1.5

    def features(rows):
        return np.column_stack([rows, np.ones(len(rows))]) / np.sqrt(3)

    phi, at = features(x), features(query)
    log_noise = np.linspace(-3.5, 5, 500)
    log_prior = np.linspace(-5, 14, 700) if learn_prior else np.log([fixed_prior])
    log_weight = np.empty((500, len(log_prior)))
    means, covariances = np.empty((500, len(log_prior), 3)), np.empty((500, len(log_prior), 3, 3))
    for i, s in enumerate(np.exp(log_noise)):
        for j, eta in enumerate(np.exp(log_prior)):
            precision = phi.T @ phi / s + np.eye(3) / eta
            covariance = np.linalg.inv(precision)
            mean = covariance @ phi.T @ y / s
            # log N(y; 0, eta phi phi' + s I) by the matrix determinant and inversion lemmas
            log_det = n * np.log(s) + 3 * np.log(eta) + np.linalg.slogdet(precision)[1]
            log_weight[i, j] = -0.5 * (log_det + y @ (y - phi @ mean) / s)
            means[i, j], covariances[i, j] = at @ mean, at @ covariance @ at.T
    log_weight += inverse_gamma_log(log_noise, *noise_prior)[:, None]
    if learn_prior:
        log_weight += inverse_gamma_log(log_prior, *weight_prior)[None, :]
    p = np.exp(log_weight - log_weight.max())
    p /= p.sum()
    for edge in (p[0], p[-1], p[:, 0], p[:, -1]) if learn_prior else (p[0], p[-1]):
        assert edge.sum() < 1e-4, edge.sum()
    mean = np.einsum("ij,ijk->k", p, means)
    latent = np.einsum("ij,ijkl->kl", p, covariances) + np.einsum("ij,ijk,ijl->kl", p, means - mean, means - mean)

    def moments(values, axis):
        marginal = p.sum(axis)
        centre = float(marginal @ values)
        return dict(log_mean=centre, log_stddev=float(np.sqrt(marginal @ (values - centre) ** 2)))

    case = dict(x=x.tolist(), y=y.tolist(), query=query.tolist(), learn_prior=learn_prior, noise_shape=noise_prior[0],
                prior_shape=weight_prior[0], prior_scale=weight_prior[1], noise=moments(log_noise, 1),
                noise_variance=float(p.sum(1) @ np.exp(log_noise)), mean=mean.tolist(), latent_cov=latent.tolist())
    if learn_prior:
        case["prior"] = moments(log_prior, 0)
    else:
        case["prior_variance"] = fixed_prior
    return case


def main():
    rng = np.random.default_rng(41)
    versions = dict(numpy=np.__version__, scipy=scipy.__version__, arviz_stats=arviz_stats.__version__)
    json.dump(dict(versions=versions, diagnostics=diagnostics_cases(rng), gamma=gamma_cases(),
                   linear=[linear_case(rng, 20, False), linear_case(rng, 20, True)]), sys.stdout)
    print()


if __name__ == "__main__":
    main()
