#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Summaries, paired tests, rank tests, studentised ranges and sample sizes (tests/results/statistics), Welch's test
(tests/results/comparison), by SciPy and statsmodels.

    python3 make_statistics_reference.py > statistics_reference.json

statistics_reference.json was made with Python 3.11.2, NumPy 2.4.6, SciPy 1.17.1, statsmodels 0.15.0.
"""
import json

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

random = np.random.RandomState(12)


def summary(n, overlap):
    values = 3 + 2 * random.standard_normal(n)
    error = values.std(ddof=1) * np.sqrt(1 / n + overlap / (1 - overlap))
    low, high = stats.t.interval(0.95, n - 1, loc=values.mean(), scale=error)
    if overlap == 0:
        assert np.isclose(error, stats.sem(values), rtol=1e-14)
    return dict(values=values.tolist(), overlap=overlap, mean=values.mean(), median=float(np.median(values)),
                stderr=error, low=low, high=high)


def wilcoxon_exact(d):
    """With ties and zeros, by all sets of signs; SciPy's own where there are none."""
    d = d[d != 0]
    ranks = stats.rankdata(np.abs(d))
    test = stats.permutation_test((d,), lambda x, axis: (ranks * (x > 0)).sum(axis), permutation_type="samples",
                                  n_resamples=np.inf, vectorized=True)
    if len(set(np.abs(d))) == len(d):
        assert np.isclose(test.pvalue, stats.wilcoxon(d, method="exact").pvalue, rtol=1e-12)
    return float(min(test.pvalue, 1.0))


def paired(n, overlap, shift):
    seeds = 5 * random.standard_normal(n)
    a, b = seeds + shift + random.standard_normal(n), seeds + random.standard_normal(n)
    d = a - b
    error = d.std(ddof=1) * np.sqrt(1 / n + overlap / (1 - overlap))
    p = 2 * stats.t.sf(abs(d.mean()) / error, n - 1)
    if overlap == 0:
        assert np.isclose(p, stats.ttest_rel(a, b).pvalue, rtol=1e-12)
    low, high = stats.t.interval(0.95, n - 1, loc=d.mean(), scale=error)
    w = wilcoxon_exact(d) if n <= 12 else stats.wilcoxon(d, method="exact").pvalue
    return dict(a=a.tolist(), b=b.tolist(), overlap=overlap, difference=d.mean(), median=float(np.median(d)),
                stderr=error, low=low, high=high, p=p, wilcoxon_p=w, effect_size=d.mean() / d.std(ddof=1),
                wins=int((d < 0).sum()))


def signed_ranks(d, exact):
    ranks = stats.rankdata(np.abs(d[d != 0]))
    if not exact:
        p = stats.wilcoxon(d, correction=True, method="approx").pvalue
    elif len(d) <= 14:
        p = wilcoxon_exact(d)
    else:
        p = stats.wilcoxon(d, method="exact").pvalue
    return dict(differences=d.tolist(), w_plus=ranks[d[d != 0] > 0].sum(), w_minus=ranks[d[d != 0] < 0].sum(), p=p,
                exact=exact)


def friedman(scores):
    ranks = np.array([stats.rankdata(row) for row in scores])
    n, k = ranks.shape
    if k > 2:
        chi_square, p = stats.friedmanchisquare(*scores.T)
    else:  # SciPy asks for three; two are a sign test
        wins = [(ranks[:, 0] < ranks[:, 1]).sum(), (ranks[:, 0] > ranks[:, 1]).sum()]
        chi_square = (wins[0] - wins[1])**2 / sum(wins)
        p = stats.chi2.sf(chi_square, 1)
    # Iman and Davenport's F is that of a two-way analysis of variance of the ranks.
    models = n * ((ranks.mean(0) - ranks.mean())**2).sum()
    rest = ((ranks - ranks.mean(0) - ranks.mean(1)[:, None] + ranks.mean())**2).sum()
    f = (models / (k - 1)) / (rest / ((k - 1) * (n - 1)))
    return dict(scores=scores.tolist(), mean_ranks=ranks.mean(0).tolist(), chi_square=chi_square, p=p, f=f,
                f_p=stats.f.sf(f, k - 1, (k - 1) * (n - 1)))


def needed(effect, alpha, power):
    n = TTestPower().solve_power(effect_size=effect, alpha=alpha, power=power, alternative="two-sided")
    return dict(effect=effect, alpha=alpha, power=power, n=float(np.atleast_1d(n)[0]))


def welch(a, b):
    test = stats.ttest_ind(b, a, equal_var=False)
    low, high = test.confidence_interval(0.95)
    return dict(a=a, b=b, p=test.pvalue, interval=[low, high])


p_values = [0.001, 0.04, 0.03, 0.2, 0.008, 0.04, 0.9, 0.012]
tied = np.round(2 * random.standard_normal(12)) / 2
out = dict(
    summaries=[summary(n, overlap) for n, overlap in [(2, 0), (3, 0), (5, 0.1), (10, 0), (10, 0.2), (150, 0)]],
    paired=[paired(*case) for case in
            [(3, 0, 2.0), (3, 0.1, 5.0), (10, 0, 0.3), (10, 0.1, 1.5), (12, 0, -3.0), (40, 0, 0.2)]],
    wilcoxon=[signed_ranks(0.4 + random.standard_normal(n), True) for n in (3, 6, 14, 25, 50)]
    + [signed_ranks(tied, True), signed_ranks(np.round(3 * random.standard_normal(14) + 2), True)]
    + [signed_ranks(0.3 + random.standard_normal(51), False)]
    + [signed_ranks(np.round(2 * random.standard_normal(80) + 0.3), False)],
    welch=welch([1, 2, 4], [5, 7, 9, 12]),
    holm=dict(p=p_values, adjusted=multipletests(p_values, method="holm")[1].tolist()),
    friedman=[friedman(random.standard_normal((8, 4)) + [0, 0.2, 0.4, 1.5]),
              friedman(np.round(2 * random.standard_normal((10, 5)) + [0, 0, 1, 2, 3])),
              friedman(random.standard_normal((9, 2)) + [0, 1])],
    studentised_range=[dict(k=k, alpha=alpha, q=float(stats.studentized_range.ppf(1 - alpha, k, np.inf)))
                       for alpha in (0.05, 0.01, 0.1)
                       for k in (range(2, 101) if alpha == 0.05 else (2, 3, 10, 40, 100))],
    studentised_range_tail=[dict(k=k, q=q, p=float(stats.studentized_range.sf(q, k, np.inf)))
                            for k in (2, 5, 30) for q in (0.5, 2.0, 4.0)],
    power=[dict(effect=d, n=n, alpha=a, power=float(TTestPower().power(d, n, a))) for d, n, a in
           [(0.5, 10, 0.05), (2.0, 3, 0.05), (-1.0, 5, 0.01), (0.05, 2000, 0.05), (5.0, 4, 0.001)]],
    seeds_needed=[needed(*case) for case in [(0.5, 0.05, 0.8), (0.3, 0.05, 0.9), (1.0, 0.05, 0.8), (1.5, 0.01, 0.8),
                                             (2.5, 0.05, 0.95), (0.05, 0.05, 0.8), (0.8, 0.0011, 0.8)]],
)
print(json.dumps(out, indent=1))
