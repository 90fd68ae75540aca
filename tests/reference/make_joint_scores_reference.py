#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Independent numbers for the joint scores (tests/metrics), made by NumPy and SciPy.

    python3 make_joint_scores_reference.py > joint_scores_reference.json

Debian: python3-numpy python3-scipy. Matrices are lists of rows; numbers are float64 in full.
joint_scores_reference.json was made with Python 3.11.2, NumPy 2.4.6, SciPy 1.17.1.
"""
import itertools
import json

import numpy as np
from scipy import stats


def prediction(rng, n, rank):
    factor = rng.standard_normal((n, rank)) / np.sqrt(rank)
    return dict(mean=rng.standard_normal(n), latent_cov=factor @ factor.T + 0.05 * np.eye(n),
                noise_var=0.05 + 0.2 * rng.random(n))


def observed(p, rows=None):
    """Covariance of observations at rows; a row named twice has one value of f and two draws of noise."""
    rows = np.arange(len(p["mean"])) if rows is None else np.asarray(rows)
    return p["latent_cov"][np.ix_(rows, rows)] + np.diag(p["noise_var"][rows])


def density(y, p, rows):
    """Joint, marginal and copula part, nats in total; the copula density by its definition through normal quantiles."""
    rows = np.asarray(rows)
    c = observed(p, rows)
    sd = np.sqrt(np.diag(c))
    joint = stats.multivariate_normal(p["mean"][rows], c).logpdf(y[rows])
    marginal = stats.norm.logpdf(y[rows], p["mean"][rows], sd).sum()
    q = stats.norm.ppf(stats.norm.cdf((y[rows] - p["mean"][rows]) / sd))
    copula = stats.multivariate_normal(np.zeros(len(rows)), c / np.outer(sd, sd)).logpdf(q) - stats.norm.logpdf(q).sum()
    return dict(joint=joint, marginal=marginal, copula=copula)


def divergence(truth, model, rows):
    rows = np.asarray(rows)
    c0, c1, d = observed(truth, rows), observed(model, rows), (model["mean"] - truth["mean"])[rows]
    i1 = np.linalg.inv(c1)
    return 0.5 * (np.trace(i1 @ c0) + d @ i1 @ d - len(rows) + np.linalg.slogdet(c1)[1] - np.linalg.slogdet(c0)[1])


def simulated_slopes(r, draws=200000):
    """Slopes of draws of the prediction itself; their standard deviation is good to 1 / sqrt(2 draws), and somewhat
    worse for their heavy tails."""
    z = np.random.default_rng(7).multivariate_normal(np.zeros(len(r)), r, size=draws)
    n = r - np.eye(len(r))
    return np.einsum("di,ij,dj->d", z, n, z, optimize=True) / np.sum(n ** 2)


def split_mix(count):
    """The count-th number of SplitMix64 started at 0."""
    mask = 2 ** 64 - 1
    z = (count + 1) * 0x9E3779B97F4A7C15 & mask
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
    return z ^ (z >> 31)


def dealt(y, groups):
    """Each point's group: by turns, in the random order of the targets' ranks."""
    group = np.empty(len(y), int)
    by_rank = np.argsort(y)
    for place, rank in enumerate(sorted(range(len(y)), key=split_mix)):
        group[by_rank[rank]] = place % groups
    return group


def correlation_calibration(y, p, bins=20, groups=20):
    c = observed(p)
    n, sd = len(y), np.sqrt(np.diag(c))
    z = (y - p["mean"]) / sd
    i, j = np.triu_indices(n, 1)
    rho, product = (c / np.outer(sd, sd))[i, j], z[i] * z[j]
    which = np.minimum(((rho + 1) / 2 * bins).astype(int), bins - 1)
    group = dealt(y, groups)

    def jackknife(statistic):
        values = np.array([statistic((group[i] != g) & (group[j] != g)) for g in range(groups)])
        return np.sqrt((groups - 1) / groups * np.sum((values - values.mean()) ** 2))

    rows = []
    for b in np.unique(which):
        inside = which == b
        fewest = min(np.sum(inside & (group[i] != g) & (group[j] != g)) for g in range(groups))
        error = jackknife(lambda kept: np.mean((product - rho)[inside & kept])) if fewest else None
        rows.append((rho[inside].mean(), product[inside].mean(), error, inside.sum()))
    count = np.array([r[3] for r in rows])
    rms = np.sqrt(np.average([(r[1] - r[0]) ** 2 for r in rows], weights=count))
    expected = np.sqrt(np.average([(r[2] or 0.0) ** 2 for r in rows], weights=count))
    slope = np.linalg.lstsq(rho[:, None], product, rcond=None)[0][0]
    kept_rows = [r for r in rows if r[2] is not None]
    return dict(rms=rms, expected=expected, slope=slope,
                slope_error=jackknife(lambda k: np.linalg.lstsq(rho[k, None], product[k], rcond=None)[0][0]),
                slope_spread=np.std(simulated_slopes(c / np.outer(sd, sd))),
                slope_of_correlation=slope / np.mean(z ** 2),
                curves={name: [float(r[k]) for r in kept_rows]
                        for k, name in enumerate(("predicted", "observed", "error", "count"))})


def health(y, p):
    c, f = observed(p), p["latent_cov"]
    e = np.linalg.eigvalsh(f)

    def per_point(jitter):
        cov = c + jitter * np.diag(c).mean() * np.eye(len(y))
        return stats.multivariate_normal(p["mean"], cov).logpdf(y) / len(y)

    return dict(asymmetry=0.0, smallest_eigenvalue=e[0] / e[-1], rank=int(np.linalg.matrix_rank(f)),
                condition=np.linalg.cond(c), latent_jitter=0.0, jitter=0.0, sensitivity=per_point(1e-6) - per_point(1e-8))


def neighbours(reference, i, k, selection):
    c, f = observed(reference), reference["latent_cov"]
    sd = np.sqrt(np.diag(c))
    r = c / np.outer(sd, sd)
    strength = dict(absolute=np.abs(r[i]), signed=r[i], local=-(np.diag(f) + f[i, i] - 2 * f[i]))[selection].copy()
    strength[i] = np.inf
    return np.argsort(-strength, kind="stable")[:k]


def xll(y, model, reference, k, selection):
    c0, c1 = observed(reference), observed(model)
    sd0, sd1 = np.sqrt(np.diag(c0)), np.sqrt(np.diag(c1))
    total = 0.0
    for i in range(len(y)):
        s = neighbours(reference, i, k, selection)
        cov = np.outer(sd0[s] / sd1[s], sd0[s] / sd1[s]) * c1[np.ix_(s, s)]
        total += stats.multivariate_normal(reference["mean"][s], cov).logpdf(y[s]) / k
    return total / len(y)


def xll_table(y, models, k, selection, self_reference):
    names = list(models)
    table = np.array([[xll(y, models[m], models[r], k, selection) for m in names] for r in names])
    if not self_reference:
        np.fill_diagonal(table, np.nan)
    ranks = np.full(table.shape, np.nan)
    for r in range(len(names)):
        there = ~np.isnan(table[r])
        ranks[r, there] = stats.rankdata(-table[r, there])
    return {m: dict(xll_mean=np.nanmean(table[:, i]), xllr=np.nanmean(ranks[:, i])) for i, m in enumerate(names)}


def xll_over_ties(y, model, reference, k):
    """The mean over every choice among neighbours whose |correlation| ties with the last that gets a place."""
    c0, c1 = observed(reference), observed(model)
    sd0, sd1 = np.sqrt(np.diag(c0)), np.sqrt(np.diag(c1))
    strength = np.abs(c0 / np.outer(sd0, sd0))
    total, most = 0.0, 0
    for i in range(len(y)):
        others = [j for j in range(len(y)) if j != i]
        border = sorted(strength[i, others])[-(k - 1)]
        sure = [j for j in others if strength[i, j] > border + 1e-9]
        tied = [j for j in others if abs(strength[i, j] - border) <= 1e-9]
        choices = [[i, *sure, *some] for some in itertools.combinations(tied, k - 1 - len(sure))]
        most = max(most, len(choices))
        for s in choices:
            cov = np.outer(sd0[s] / sd1[s], sd0[s] / sd1[s]) * c1[np.ix_(s, s)]
            total += stats.multivariate_normal(reference["mean"][s], cov).logpdf(y[s]) / k / len(choices)
    return total / len(y), most


def xll_ties():
    """Eighteen points in five leaves of a tree, one of them by itself, whose correlations are those of the leaves but
    for the last digits; a model that tells all points apart."""
    rng = np.random.default_rng(5)
    leaf = np.array([0, 1, 2, 0, 1, 2, 3, 1, 0, 2, 1, 0, 4, 3, 2, 1, 0, 2])
    n = len(leaf)
    leaves = prediction(rng, 5, 3)
    reference = dict(mean=leaves["mean"][leaf], latent_cov=leaves["latent_cov"][np.ix_(leaf, leaf)],
                     noise_var=leaves["noise_var"][leaf])
    noise = rng.standard_normal((n, n)) * 1e-14
    reference["latent_cov"] = reference["latent_cov"] * (1 + noise + noise.T)
    model = prediction(rng, n, 4)
    y = rng.multivariate_normal(model["mean"], observed(model))
    values = []
    for k in (2, 3, 4, 5):
        value, most = xll_over_ties(y, model, reference, k)
        values.append(dict(neighbours=k, value=value, most_choices=most))
    return dict(y=y.tolist(), model=as_json(model), reference=as_json(reference), values=values)


def as_json(p):
    return {k: v.tolist() for k, v in p.items()}


def main():
    rng = np.random.default_rng(11)
    n = 36
    truth = prediction(rng, n, 5)
    other = prediction(rng, n, 7)
    model = dict(mean=truth["mean"] + 0.3 * other["mean"], latent_cov=0.6 * truth["latent_cov"] + 0.3 * other["latent_cov"],
                 noise_var=0.7 * other["noise_var"])
    y = rng.multivariate_normal(truth["mean"], observed(truth))
    c = observed(model)
    r = y - model["mean"]
    square, marginal = r @ np.linalg.solve(c, r), np.sum(r ** 2 / np.diag(c))
    groups = [[3], [4, 19], [30, 2, 11, 7, 25], list(range(n))]
    repeats = [[5, 5, 8, 5, 8], [1, 1], [9, 30]]
    models = dict(model=model, other=other, truth=truth)
    print(json.dumps(dict(
        y=y.tolist(), truth=as_json(truth), model=as_json(model),
        groups=[dict(rows=g, kl=divergence(truth, model, g), **density(y, model, g)) for g in groups],
        repeats=[dict(rows=g, kl=divergence(truth, model, g)) for g in repeats],
        whitened_chi_square=dict(joint=square / n, joint_pit=stats.chi2.cdf(square, n), marginal=marginal / n,
                                 marginal_pit=stats.chi2.cdf(marginal, n)),
        correlation_calibration=correlation_calibration(y, model),
        covariance_health=health(y, model),
        xll=dict(models={m: as_json(p) for m, p in models.items()}, neighbours=4,
                 tables=[dict(selection=s, self_reference=own, scores=xll_table(y, models, 4, s, own))
                         for s in ("absolute", "signed", "local") for own in (True, False)]),
        xll_ties=xll_ties())))


if __name__ == "__main__":
    main()
