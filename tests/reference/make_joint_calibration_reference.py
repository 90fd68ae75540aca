#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Independent numbers for pre-rank calibration, fair scores and the Dawid-Sebastiani score (tests/metrics), made by
NumPy and SciPy.

    python3 make_joint_calibration_reference.py > joint_calibration_reference.json

Debian: python3-numpy python3-scipy. Matrices are lists of rows; numbers are float64 in full.
joint_calibration_reference.json was made with Python 3.11.2, NumPy 1.24.2, SciPy 1.10.1.
"""
import itertools
import json

import numpy as np
from scipy import integrate, special, stats


def prediction(rng, n, rank):
    factor = rng.standard_normal((n, rank)) / np.sqrt(rank)
    return dict(mean=rng.standard_normal(n), latent_cov=factor @ factor.T + 0.05 * np.eye(n),
                noise_var=0.05 + 0.2 * rng.random(n))


def observed(p):
    return p["latent_cov"] + np.diag(p["noise_var"])


def dependence(z):
    """Minus the variogram over all pairs, over the mean square: pair by pair."""
    pairs = [(a - b) ** 2 for a, b in itertools.combinations(z, 2)]
    return -sum(pairs) / np.sum(z ** 2)


def dependence_pit(rng, z, r):
    """P(rho(Z) <= rho(z)) = P(Z'AZ <= 0) by SciPy's quadrature of Imhof's integral in pieces, checked by simulation."""
    d, rho = len(z), dependence(z)
    # -sum_{i<j} (z_i - z_j)^2 = z' (11' - d I) z
    a = np.ones((d, d)) - d * np.eye(d) - rho * np.eye(d)
    weights = np.real(np.linalg.eigvals(r @ a))
    weights = weights / np.abs(weights).max()

    def integrand(u):
        x = weights * u
        return np.sin(0.5 * np.sum(np.arctan(x))) / (u * np.prod((1 + x ** 2) ** 0.25))

    knots = np.concatenate([[0.0], np.logspace(-3, 18, 43)])
    total = sum(integrate.quad(integrand, lo, hi, epsabs=1e-14, epsrel=1e-12, limit=200)[0]
                for lo, hi in zip(knots[:-1], knots[1:]))
    pit = 0.5 - total / np.pi
    draws = rng.multivariate_normal(np.zeros(d), r, size=1000000)
    rhos = draws.sum(1) ** 2 / (draws ** 2).sum(1) - d
    assert abs(np.mean(rhos <= rho) - pit) < 4.5 * np.sqrt(0.25 / len(draws))
    return pit


def copula_pit(rng, z, r, draws=4000):
    """The share of draws whose joint distribution function is at most that of z, each by SciPy's integration."""
    normal = stats.multivariate_normal(np.zeros(len(z)), r)
    x = normal.rvs(size=draws, random_state=rng)
    return np.mean(normal.cdf(x) <= normal.cdf(z))


def group(rng, d, factor):
    p = prediction(rng, d, max(1, d // 2))
    c = observed(p)
    y = p["mean"] + factor * (rng.multivariate_normal(np.zeros(d), c))
    sd = np.sqrt(np.diag(c))
    z, r = (y - p["mean"]) / sd, c / np.outer(sd, sd)
    q = (y - p["mean"]) @ np.linalg.solve(c, y - p["mean"])
    values, vectors = np.linalg.eigh(c)
    v = vectors[:, -1]
    v = v * np.sign(v[np.argmax(np.abs(v))])
    return dict(z=z.tolist(), deviation=sd.tolist(), correlation=r.tolist(), hdr=stats.chi2.sf(q, d),
                principal_component=stats.norm.cdf(v @ (y - p["mean"]), scale=np.sqrt(values[-1])),
                dependence=dependence_pit(rng, z, r), copula=copula_pit(rng, z, r))


def mean_length(v, noise):
    """E|v + e| by SciPy: of equal noise the mean of a noncentral chi variable, else by quadrature over the transform
    of the squared length."""
    if np.all(noise == 0):
        return np.linalg.norm(v)
    if np.all(noise == noise[0]):
        n, s = len(v), np.sqrt(noise[0])
        return s * np.sqrt(2) * np.exp(special.gammaln((n + 1) / 2) - special.gammaln(n / 2)) * special.hyp1f1(
            -0.5, n / 2, -0.5 * np.sum(v ** 2) / s ** 2)

    def integrand(w):  # t = w^2: 1 - L(t) over t, which is smooth at 0
        t = w ** 2
        scale = 2 * t * noise
        return -np.expm1(-0.5 * np.sum(np.log1p(scale)) - t * np.sum(v ** 2 / (1 + scale))) / t

    knots = np.concatenate([[1e-9], np.logspace(-6, 6, 49)])
    total = sum(integrate.quad(integrand, lo, hi, epsabs=1e-13, epsrel=1e-11, limit=200)[0]
                for lo, hi in zip(knots[:-1], knots[1:]))
    return (total + knots[0] * integrand(knots[0]) + 1 / knots[-1]) / np.sqrt(np.pi)


def mean_power(m, s, p):
    """E|m + s Z|^p by the confluent hypergeometric function."""
    if s == 0:
        return abs(m) ** p
    return s ** p * 2 ** (p / 2) * special.gamma((1 + p) / 2) / np.sqrt(np.pi) * special.hyp1f1(
        -p / 2, 0.5, -0.5 * (m / s) ** 2)


def fair(y, members, noise):
    """By the definitions, as means over single members and over ordered pairs of different members."""
    s = len(members)
    away = np.mean([mean_length(x - y, noise) for x in members])
    apart = np.mean([mean_length(a - b, 2 * noise) for a, b in itertools.permutations(members, 2)])
    scores = dict(energy=away - 0.5 * apart, members=float(s))
    for p in (0.5, 1, 2):
        terms = []
        for i, j in itertools.combinations(range(len(y)), 2):
            gaps = [abs(y[i] - y[j]) ** p - mean_power(x[i] - x[j], np.sqrt(noise[i] + noise[j]), p) for x in members]
            terms.append(np.mean([a * b for a, b in itertools.permutations(gaps, 2)]))
        scores[f"variogram_{p:g}"] = np.mean(terms)
    return scores


def fair_case(rng, name, n, s, noise):
    root = rng.standard_normal((n, 3))
    mean = rng.standard_normal(n)
    members = mean + rng.standard_normal((s, 3)) @ root.T + rng.exponential(size=(s, n))
    y = mean + root @ rng.standard_normal(3)
    return dict(name=name, y=y.tolist(), members=members.tolist(), noise=noise.tolist(), scores=fair(y, members, noise))


def dawid_sebastiani(rng):
    p = prediction(rng, 12, 4)
    y = p["mean"] + 1.3 * rng.standard_normal(12)
    c, r = observed(p), y - p["mean"]
    log_determinant, square = np.linalg.slogdet(c)[1] / 12, r @ np.linalg.solve(c, r) / 12
    return dict(y=y.tolist(), model={k: v.tolist() for k, v in p.items()},
                scores=dict(score=log_determinant + square, log_determinant=log_determinant, mahalanobis=square))


def main():
    rng = np.random.default_rng(17)
    groups = [group(rng, d, factor) for d, factor in ((2, 1.0), (2, 0.5), (3, 1.5), (5, 1.0), (5, 0.6), (8, 1.2))]
    fair_scores = [fair_case(rng, "no noise", 6, 5, np.zeros(6)),
                   fair_case(rng, "equal noise", 6, 4, np.full(6, 0.3)),
                   fair_case(rng, "noise of each point", 7, 6, 0.05 + rng.random(7)),
                   fair_case(rng, "two members", 3, 2, np.array([0.1, 0.0, 0.1]))]
    print(json.dumps(dict(pre_ranks=groups, fair_score=fair_scores, dawid_sebastiani=dawid_sebastiani(rng))))


if __name__ == "__main__":
    main()
