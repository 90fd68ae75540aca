#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Independent numbers for the metrics of calibration and the scores of distances (tests/metrics), made by NumPy, SciPy and scikit-learn.

    python3 make_calibration_metrics_reference.py > calibration_metrics_reference.json

Debian: python3-numpy python3-scipy python3-sklearn. Numbers are float64 in full.
calibration_metrics_reference.json was made with Python 3.11.2, NumPy 1.24.2, SciPy 1.10.1, scikit-learn 1.2.1.
"""
import json

import numpy as np
from scipy import integrate, special, stats
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score


def areas(r):
    """Area between the coverage curve and the diagonal, and with its sign, by quadrature between the jumps."""
    level = np.sort(stats.chi2.cdf(r ** 2, 1))  # 2 Phi(|r|) - 1
    knots = np.concatenate([[0.0], level, [1.0]])
    total, signed = 0.0, 0.0
    for a, b in zip(knots[:-1], knots[1:]):
        height = np.searchsorted(level, 0.5 * (a + b)) / len(r)
        cuts = [height] if a < height < b else None
        total += integrate.quad(lambda p: abs(height - p), a, b, points=cuts, epsabs=1e-15, epsrel=1e-13)[0]
        signed += integrate.quad(lambda p: height - p, a, b, epsabs=1e-15, epsrel=1e-13)[0]
    return total, signed


def expected_area(n):
    """Mean of |X / n - p| for X ~ Binomial(n, p) by its definition, integrated over p by Gauss and Legendre's rule."""
    x, w = np.polynomial.legendre.leggauss(10)
    k = np.arange(n + 1)
    total = 0.0
    for piece in range(n):  # |k - n p| has no kink inside
        p = (piece + 0.5 + 0.5 * x) / n
        total += w / (2 * n) @ [stats.binom.pmf(k, n, q) @ np.abs(k / n - q) for q in p]
    return total


def binned(y, mean, sigma, bins=15):
    unit = np.std(y)
    s, e = sigma / unit, (y - mean) / unit
    ninety = np.sort(s)[int(0.9 * len(s))] - s.min()
    if ninety / np.ptp(s) < 5 / bins:
        bins = min(100, int(5 * np.ptp(s) / ninety))
    which = np.clip(np.digitize(s, np.linspace(s.min(), s.max(), bins + 1)) - 1, 0, bins - 1)
    filled = np.unique(which)
    x = np.array([s[which == b].mean() for b in filled])
    rms = np.array([np.sqrt(np.mean(e[which == b] ** 2)) for b in filled])
    count = np.array([np.sum(which == b) for b in filled])
    line = LinearRegression().fit(x[:, None], rms, sample_weight=count)
    slope, intercept = np.polyfit(x, rms, 1, w=np.sqrt(count))
    assert np.allclose([line.coef_[0], line.intercept_], [slope, intercept])
    fitted = intercept + slope * x
    return dict(slope=slope, intercept=intercept, r_squared=r2_score(rms, fitted, sample_weight=count),
                curves=dict(sigma=x.tolist(), rms=rms.tolist(), count=count.tolist(), line=fitted.tolist()))


def interval_score(y, mean, sigma, coverage):
    low, high = stats.norm.interval(coverage, mean, sigma)
    alpha = 1 - coverage
    return np.mean(high - low + 2 / alpha * (low - y) * (y < low) + 2 / alpha * (y - high) * (y > high))


def case(name, seed, n, spread, factor, shift, bias):
    """Errors of standard deviation factor * sigma + shift; sigma log-normal of the given spread."""
    rng = np.random.default_rng(seed)
    sigma = 0.7 * np.exp(spread * rng.standard_normal(n))
    mean = 3 + 2 * rng.standard_normal(n)
    y = mean + bias + (factor * sigma + shift) * rng.standard_normal(n)
    r = (y - mean) / sigma
    inside = np.abs(r)
    nominal = np.linspace(0, 1, 101)
    half = max(4.0, np.sort(inside)[int(np.ceil(0.99 * n)) - 1])
    counts, edges = np.histogram(r, bins=np.linspace(-half, half, 31))
    return dict(
        name=name, y=y.tolist(), mean=mean.tolist(), sigma=sigma.tolist(),
        r_statistic=dict(mean=np.mean(r), std=np.std(r), ks=stats.kstest(r, "norm").statistic,
                         curves=dict(edges=edges.tolist(), density=(counts / n / np.diff(edges)).tolist(),
                                     normal=(np.diff(stats.norm.cdf(edges)) / np.diff(edges)).tolist(),
                                     outside=[np.mean(r < -half), np.mean(r > half)])),
        binned_error=binned(y, mean, sigma),
        interval_score={str(round(100 * c)): interval_score(y, mean, sigma, c) for c in (0.5, 0.9, 0.95)},
        miscalibration_area=dict(area=areas(r)[0], signed=areas(r)[1], expected=expected_area(n), curves=dict(
            nominal=nominal.tolist(), observed=[np.mean(inside <= stats.norm.ppf(0.5 + p / 2)) for p in nominal])),
        pit=dict(cramer_von_mises=stats.cramervonmises(r, "norm").statistic,
                 curves=dict(edges=np.linspace(0, 1, 21).tolist(),
                             density=np.histogram(stats.norm.cdf(r), bins=20, range=(0, 1), density=True)[0].tolist())))


def mean_lengths():
    """E |x| of x ~ N(m, C): two correlated coordinates by double quadrature, C = s^2 I by Kummer's function."""
    cases = []
    for m, c in (([0.4, -1.1], [[1.3, 0.7], [0.7, 0.9]]), ([3.0, 0.5], [[0.2, -0.3], [-0.3, 1.0]])):
        density = stats.multivariate_normal(m, c)
        reach = 10 * np.sqrt(np.diag(c))
        value = integrate.dblquad(lambda r, a: r * r * density.pdf([r * np.cos(a), r * np.sin(a)]), 0, 2 * np.pi, 0,
                                  np.hypot(*m) + np.hypot(*reach), epsabs=1e-11, epsrel=1e-11)[0]
        cases.append(dict(mean=m, covariance=c, value=value))
    for n, size, s in ((1, 0.3, 2.0), (6, 2.5, 0.7), (40, 0.0, 1.5), (40, 30.0, 1e-3)):
        value = s * np.sqrt(2) * np.exp(special.gammaln((n + 1) / 2) - special.gammaln(n / 2)) \
            * special.hyp1f1(-0.5, n / 2, -0.5 * (size / s) ** 2)
        if size > 100 * s:  # where Kummer's function is out of SciPy's reach, the first terms in s
            value = size + (n - 1) * s * s / (2 * size)
        m = size * np.arange(1, n + 1) / np.linalg.norm(np.arange(1, n + 1))
        cases.append(dict(mean=m.tolist(), covariance=(s * s * np.eye(n)).tolist(), value=value))
    return cases


def mean_powers():
    """E |m + s Z|^p by quadrature on either side of the kink."""
    cases = []
    for m, s in ((0.0, 2.0), (0.7, 1.0), (-3.0, 0.9), (7.0, 1.0), (7.2, 1.0), (40.0, 0.5)):
        def mean(p):
            f = lambda x: abs(x) ** p * stats.norm.pdf(x, m, s)
            low, high = m - 12 * s, m + 12 * s
            knots = sorted({low, high, m} | ({0.0} if low < 0 < high else set()))
            return sum(integrate.quad(f, a, b, epsabs=0, epsrel=1e-12, limit=500)[0]
                       for a, b in zip(knots[:-1], knots[1:]))
        cases.append(dict(m=m, s=s, root=mean(0.5), one=mean(1.0)))
    return cases


def variograms(p_values=(1, 2)):
    """Scores of a correlated Gaussian by the moments of each difference."""
    rng = np.random.default_rng(8)
    n = 9
    f = rng.standard_normal((n, 3))
    c, noise = f @ f.T, 0.1 + 0.3 * rng.random(n)
    mean, y = rng.standard_normal(n), 1.5 * rng.standard_normal(n)
    total = {p: [] for p in p_values}
    for i in range(n):
        for j in range(i):
            m, v = mean[i] - mean[j], c[i, i] + noise[i] + c[j, j] + noise[j] - 2 * c[i, j]
            expected = {1: stats.foldnorm.mean(abs(m) / np.sqrt(v), scale=np.sqrt(v)), 2: stats.norm.moment(2, m, v ** 0.5)}
            for p in p_values:
                total[p].append((abs(y[i] - y[j]) ** p - expected[p]) ** 2)
    return dict(y=y.tolist(), mean=mean.tolist(), latent_cov=c.tolist(), noise_var=noise.tolist(),
                variogram_score={str(p): np.mean(total[p]) for p in p_values})


def main():
    cases = [case("calibrated", 1, 150, 0.4, 1.0, 0.0, 0.0), case("over-confident", 2, 220, 1.3, 2.5, 0.1, 0.3),
             case("under-confident", 3, 90, 0.3, 0.4, 0.0, 0.0), case("few", 4, 5, 0.5, 1.0, 0.2, -0.5)]
    print(json.dumps(dict(cases=cases, mean_length=mean_lengths(), mean_power=mean_powers(), variogram=variograms(),
                          expected_area=[dict(n=n, value=expected_area(n)) for n in (1, 2, 7, 40, 1200)])))


if __name__ == "__main__":
    main()
