#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Independent numbers for what scores should be (tests/metrics/expectation), made by NumPy and SciPy: means and standard
deviations of scores of y ~ N(mean, C) under N(mean, C) itself, by closed forms and numerical integrals, without
simulation.

    python3 make_score_expectation_reference.py > score_expectation_reference.json

score_expectation_reference.json was made with Python 3.11.2, NumPy 1.24.2, SciPy 1.10.1.
"""
import json

import numpy as np
from scipy import integrate, stats


def crps(z):
    """Of N(0, 1)."""
    return z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi)


def covariance_of(f, rho):
    """Cov(f(Z1), f(Z2)) of standard normals with correlation rho, by Gauss and Hermite."""
    x, w = np.polynomial.hermite_e.hermegauss(200)
    w = w / w.sum()
    inner = f(rho * x[:, None] + np.sqrt(1 - rho ** 2) * x[None]) @ w
    return w @ (f(x) * inner) - (w @ f(x)) ** 2


def mean_length(c):
    """E|x|, x ~ N(0, C): its square has the Laplace transform prod (1 + 2 t e_i)^(-1/2)."""
    e = np.linalg.eigvalsh(c)

    def integrand(u):
        t = np.exp(u)
        return -np.expm1(-0.5 * np.log1p(2 * t * e).sum()) * np.exp(-0.5 * u)

    return integrate.quad(integrand, -60, 60, limit=2000, epsabs=1e-13, epsrel=1e-12)[0] / (2 * np.sqrt(np.pi))


def power_variance(m, s, p):
    """Var |m + s Z|^p."""
    density = lambda x: stats.norm.pdf(x, m, s)
    ends = sorted([m - 12 * s, 0.0, m + 12 * s])
    moment = lambda q: integrate.quad(lambda x: abs(x) ** q * density(x), ends[0], ends[-1], points=[0.0, m],
                                      limit=2000, epsabs=1e-13, epsrel=1e-12)[0]
    return moment(2 * p) - moment(p) ** 2


def main():
    rng = np.random.default_rng(21)
    n = 12
    factor = rng.standard_normal((n, 3))
    latent = factor @ factor.T + 0.1 * np.eye(n)
    noise = 0.05 + 0.3 * rng.random(n)
    mean = rng.standard_normal(n)
    c = latent + np.diag(noise)
    sd = np.sqrt(np.diag(c))
    r = c / np.outer(sd, sd)
    log_det, log_sd = np.linalg.slogdet(c)[1], np.log(sd).sum()
    upper = [(i, j) for i in range(n) for j in range(i + 1, n)]
    crps_cov = np.array([[covariance_of(crps, r[i, j]) if i != j else
                          integrate.quad(lambda z: crps(z) ** 2 * stats.norm.pdf(z), -20, 20)[0] - 1 / np.pi
                          for j in range(n)] for i in range(n)])
    moments = {
        "joint_log_likelihood": (-0.5 * (n * (1 + np.log(2 * np.pi)) + log_det) / n, np.sqrt(n / 2) / n),
        "marginal_log_likelihood": (-0.5 * (1 + np.log(2 * np.pi)) - log_sd / n, np.sqrt(0.5 * (r ** 2).sum()) / n),
        "copula_log_likelihood": (-0.5 * np.linalg.slogdet(r)[1] / n,
                                  np.sqrt(0.5 * ((np.linalg.inv(r) - np.eye(n)) @ r @ (np.linalg.inv(r) - np.eye(n)) @ r
                                                 ).trace()) / n),
        "crps": (sd.mean() / np.sqrt(np.pi), np.sqrt(sd @ crps_cov @ sd) / n),
        "energy_score": (0.5 * mean_length(2 * c), None),
        "whitened_chi_square.joint": (1.0, np.sqrt(2 / n)),
        "whitened_chi_square.joint_pit": (0.5, np.sqrt(1 / 12)),
        "whitened_chi_square.marginal": (1.0, np.sqrt(2 * (r ** 2).sum()) / n),
        "r_statistic.mean": (0.0, np.sqrt(r.sum()) / n),
        "correlation_calibration.slope": (1.0, np.sqrt(np.trace((r @ (r - np.eye(n))) @ (r @ (r - np.eye(n)))) * 2) /
                                          ((r - np.eye(n)) ** 2).sum()),
        "squared_rmse": (np.trace(c) / n, np.sqrt(2 * np.trace(c @ c)) / n),
    }
    for percent in (50, 90, 95):
        reach, alpha = stats.norm.ppf(0.5 + percent / 200), 1 - percent / 100
        # E max(|Z| - z, 0) = 2 (phi(z) - z (1 - Phi(z)))
        miss = 2 * (stats.norm.pdf(reach) - reach * stats.norm.sf(reach))
        moments[f"interval_score.{percent}"] = (sd.mean() * (2 * reach + 2 / alpha * miss), None)
    for p in (0.5, 1, 2):
        moments[f"variogram_score.{p}"] = (np.mean([power_variance(mean[i] - mean[j], np.sqrt(
            c[i, i] + c[j, j] - 2 * c[i, j]), p) for i, j in upper]), None)
    print(json.dumps(dict(prediction=dict(mean=mean.tolist(), latent_cov=latent.tolist(), noise_var=noise.tolist()),
                          moments={k: dict(mean=float(m), sd=None if s is None else float(s))
                                   for k, (m, s) in moments.items()})))


if __name__ == "__main__":
    main()
