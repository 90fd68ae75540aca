#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Independent numeric references for the harness, written from the definitions in definitions.md.

    python3 make_reference.py OUT_DIR [--seed N]

needs numpy, scipy and scikit-learn (Debian: python3-numpy python3-scipy python3-sklearn).
Every file is JSON; matrices are lists of rows; numbers are float64 printed in full.
"""
import argparse
import json
import pathlib
import random

import numpy as np
from scipy import optimize, special, stats


# ---------------------------------------------------------------- helpers
def corr_of(cov):
    sd = np.sqrt(np.diag(cov))
    return cov / np.outer(sd, sd)


def random_prediction(rng, n, rank, scale=1.0):
    """A PSD latent covariance, a mean and positive noise variances."""
    factor = rng.standard_normal((n, rank)) * scale
    cov = factor @ factor.T / rank + 0.05 * np.eye(n)
    return dict(mean=rng.standard_normal(n), latent_cov=cov,
                noise_var=0.05 + 0.2 * rng.random(n))


def observed_cov(p):
    return p["latent_cov"] + np.diag(p["noise_var"])


def as_json(p):
    return {k: np.asarray(v).tolist() for k, v in p.items()}


def gauss_logpdf(y, mean, cov):
    d = y - mean
    sign, logdet = np.linalg.slogdet(cov)
    assert sign > 0
    return -0.5 * (d @ np.linalg.solve(cov, d) + logdet + len(y) * np.log(2 * np.pi))


# ---------------------------------------------------------------- metrics
def meta_correlation(model_cov, oracle_cov, n_pool):
    a = corr_of(model_cov)[:n_pool, n_pool:].ravel()
    b = corr_of(oracle_cov)[:n_pool, n_pool:].ravel()
    va, vb = np.diag(model_cov)[:n_pool], np.diag(oracle_cov)[:n_pool]
    return dict(correlation_pearson=stats.pearsonr(a, b)[0],
                correlation_spearman=stats.spearmanr(a, b)[0],
                variance_pearson=stats.pearsonr(va, vb)[0],
                variance_spearman=stats.spearmanr(va, vb)[0])


def neighbour_sets(reference_cov, k):
    r = np.abs(corr_of(reference_cov))
    np.fill_diagonal(r, np.inf)  # a point is always its own first neighbour
    return np.argsort(-r, axis=1, kind="stable")[:, :k]


def xll(y, model, reference, k):
    """Mean over test points of log N(y_S; mean_ref, D_ref R_model D_ref) / k."""
    c_ref, c_mod = observed_cov(reference), observed_cov(model)
    r_mod, sd = corr_of(c_mod), np.sqrt(np.diag(c_ref))
    total = 0.0
    for s in neighbour_sets(c_ref, k):
        cov = np.outer(sd[s], sd[s]) * r_mod[np.ix_(s, s)]
        total += gauss_logpdf(y[s], reference["mean"][s], cov) / k
    return total / len(y)


def marginal_log_likelihood(y, p):
    var = np.diag(p["latent_cov"]) + p["noise_var"]
    return float(np.mean(stats.norm.logpdf(y, p["mean"], np.sqrt(var))))


def crps(y, p):
    sd = np.sqrt(np.diag(p["latent_cov"]) + p["noise_var"])
    z = (y - p["mean"]) / sd
    return float(np.mean(sd * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))))


def variogram_score(y, p, power=0.5):
    """Sum over pairs i<j, unit weights, of (|y_i-y_j|^p - E|Y_i-Y_j|^p)^2, divided by the number of pairs."""
    c, m = observed_cov(p), p["mean"]
    total, pairs = 0.0, 0
    for i in range(len(y)):
        for j in range(i + 1, len(y)):
            mu, var = m[i] - m[j], c[i, i] + c[j, j] - 2 * c[i, j]
            e = (2 * var) ** (power / 2) * special.gamma((1 + power) / 2) / np.sqrt(np.pi) \
                * special.hyp1f1(-power / 2, 0.5, -mu * mu / (2 * var))
            total += (abs(y[i] - y[j]) ** power - e) ** 2
            pairs += 1
    return total / pairs


def kl_gaussian(mean0, cov0, mean1, cov1):
    """KL(N0 || N1)."""
    n = len(mean0)
    inv1 = np.linalg.inv(cov1)
    d = mean1 - mean0
    return 0.5 * (np.trace(inv1 @ cov0) + d @ inv1 @ d - n
                  + np.linalg.slogdet(cov1)[1] - np.linalg.slogdet(cov0)[1])


def calibration(y, p, levels=99):
    """Expected minus observed coverage of central intervals at 0.01..0.99: mean absolute and root mean square."""
    sd = np.sqrt(np.diag(p["latent_cov"]) + p["noise_var"])
    pit = stats.norm.cdf((y - p["mean"]) / sd)
    q = np.arange(1, levels + 1) / (levels + 1)
    observed = np.array([np.mean(np.abs(pit - 0.5) <= a / 2) for a in q])
    return dict(mean_absolute=float(np.mean(np.abs(observed - q))),
                root_mean_square=float(np.sqrt(np.mean((observed - q) ** 2))),
                sharpness=float(np.sqrt(np.mean(sd ** 2))))


# ---------------------------------------------------------------- active learning
def acquisition_cov(p, n_pool):
    """Joint covariance of (y on the pool, f on the targets): noise on the pool's diagonal only."""
    c = p["latent_cov"].copy()
    c[np.arange(n_pool), np.arange(n_pool)] += p["noise_var"][:n_pool]
    return c


def explained(c, s, targets):
    k = c[np.ix_(s, targets)]
    return np.einsum("st,st->t", k, np.linalg.solve(c[np.ix_(s, s)], k)) / np.diag(c)[targets]


def mean_marginal_information_gain(c, s, targets):
    return -0.5 * np.sum(np.log1p(-explained(c, s, targets)))


def joint_information_gain(c, s, targets):
    """I(f_T; y_S)."""
    tt, ss = c[np.ix_(targets, targets)], c[np.ix_(s, s)]
    k = c[np.ix_(s, targets)]
    post = tt - k.T @ np.linalg.solve(ss, k)
    return 0.5 * (np.linalg.slogdet(tt)[1] - np.linalg.slogdet(post)[1])


def greedy(c, pool, targets, batch, gain):
    chosen, gains = [], []
    for _ in range(batch):
        scores = {q: gain(c, chosen + [q], targets) for q in pool if q not in chosen}
        best = max(scores, key=lambda q: (scores[q], -q))
        chosen.append(best)
        gains.append(float(scores[best]))
    return dict(selected=chosen, gain=gains)


def total_posterior_variance(c, s, targets):
    return -float(np.sum(np.diag(c)[targets] * (1 - explained(c, s, targets))))


def active_learning(p, n_pool, batch):
    n = len(p["mean"])
    pool, targets = list(range(n_pool)), list(range(n_pool, n))
    c = acquisition_cov(p, n_pool)
    mig = np.array([mean_marginal_information_gain(c, [q], targets) for q in pool])
    f_var = np.diag(p["latent_cov"])[:n_pool]
    tig = 0.5 * np.log1p(f_var / p["noise_var"][:n_pool])
    return dict(
        mig_scores=mig.tolist(),
        mig_selected=np.argsort(-mig, kind="stable")[:batch].tolist(),
        tig_scores=tig.tolist(),
        tig_selected=np.argsort(-tig, kind="stable")[:batch].tolist(),
        variance_selected=np.argsort(-np.diag(c)[:n_pool], kind="stable")[:batch].tolist(),
        bmig=greedy(c, pool, targets, batch, mean_marginal_information_gain),
        itl=greedy(c, pool, targets, batch, joint_information_gain),
        vtl=greedy(c, pool, targets, batch, total_posterior_variance))


def metrics_case(seed, n_pool, n_test, k, batch):
    rng = np.random.default_rng(seed)
    n = n_pool + n_test
    oracle = random_prediction(rng, n, n // 2 + 2)
    models = {}
    for name, w in (("near", 0.3), ("far", 2.0), ("other", 1.0)):
        noise = random_prediction(rng, n, n // 2 + 2)
        models[name] = dict(mean=oracle["mean"] + 0.3 * noise["mean"],
                            latent_cov=oracle["latent_cov"] + w * noise["latent_cov"],
                            noise_var=noise["noise_var"])
    y = rng.multivariate_normal(oracle["mean"], observed_cov(oracle))
    test = slice(n_pool, n)
    on_test = {m: dict(mean=p["mean"][test], latent_cov=p["latent_cov"][test, test],
                       noise_var=p["noise_var"][test]) for m, p in {**models, "oracle": oracle}.items()}
    yt = y[test]
    expected = {}
    for name, p in models.items():
        q = on_test[name]
        expected[name] = dict(
            rmse=float(np.sqrt(np.mean((yt - q["mean"]) ** 2))),
            marginal_log_likelihood=marginal_log_likelihood(yt, q),
            joint_log_likelihood=gauss_logpdf(yt, q["mean"], observed_cov(q)) / n_test,
            crps=crps(yt, q), variogram_score=variogram_score(yt, q),
            kl_from_oracle=kl_gaussian(on_test["oracle"]["mean"], observed_cov(on_test["oracle"]),
                                       q["mean"], observed_cov(q)) / n_test,
            calibration=calibration(yt, q),
            meta_correlation=meta_correlation(p["latent_cov"], oracle["latent_cov"], n_pool),
            xll={r: xll(yt, q, on_test[r], k) for r in models},
            active_learning=active_learning(p, n_pool, batch))
    names = list(models)
    table = np.array([[expected[m]["xll"][r] for m in names] for r in names])  # references x models
    ranks = np.array([stats.rankdata(-row) for row in table])
    for i, m in enumerate(names):
        expected[m]["xll_mean"] = float(table[:, i].mean())
        expected[m]["xllr"] = float(ranks[:, i].mean())
    return dict(seed=seed, n_pool=n_pool, n_test=n_test, neighbours=k, batch=batch,
                y=y.tolist(), oracle=as_json(oracle),
                models={m: as_json(p) for m, p in models.items()}, expected=expected)


# ---------------------------------------------------------------- calibration after bootstrap
def bootstrap_case(seed, n):
    rng = np.random.default_rng(seed)
    sigma = 0.2 + rng.gamma(2.0, 0.3, n)
    residual = rng.standard_normal(n) * (1.7 * sigma + 0.15)

    def nll(ab):
        s = ab[0] * sigma + ab[1]
        if np.any(s <= 0):
            return np.inf
        return np.mean(0.5 * np.log(2 * np.pi) + np.log(s) + residual ** 2 / (2 * s * s))

    best = optimize.minimize(nll, [1.0, 0.0], method="Nelder-Mead",
                             options=dict(xatol=1e-12, fatol=1e-14, maxiter=20000, maxfev=20000))
    a, b = best.x
    s = a * sigma + b
    r0, r1 = residual / sigma, residual / s
    return dict(seed=seed, residual=residual.tolist(), sigma=sigma.tolist(),
                expected=dict(a=float(a), b=float(b), nll=float(best.fun), nll_uncalibrated=float(nll([1.0, 0.0])),
                              r_before=dict(mean=float(r0.mean()), std=float(r0.std())),
                              r_after=dict(mean=float(r1.mean()), std=float(r1.std()))))


# ---------------------------------------------------------------- paper-exact splits and toy problem
def paper_split(n_rows, seed, test_ratio=0.2, train_ratio=0.2):
    from sklearn.model_selection import train_test_split
    rows = np.arange(n_rows)
    rest, test = train_test_split(rows, test_size=test_ratio, random_state=8888)
    train, valid = train_test_split(rest, test_size=0.2, random_state=8888)
    order = np.arange(len(train) + len(test))
    np.random.seed(seed)
    np.random.shuffle(order)
    mixed = np.concatenate([train, test])
    train, test = mixed[order[:len(train)]], mixed[order[len(train):]]
    available = np.concatenate([train, valid])
    n_train = int(n_rows * train_ratio)
    return available[:n_train], available[n_train:], test


def relu_kernel(x, bias=(2.5, 2.5), weight=(1.414, 1.737)):
    k = bias[0] + weight[0] * x @ x.T / x.shape[1]
    d = np.sqrt(np.outer(np.diag(k), np.diag(k)) - k * k) + 1e-10
    k = (2 * d + np.pi * k + 2 * k * np.arctan(k / d)) / (4 * np.pi)
    return bias[1] + weight[1] * k


def paper_toy(dim, split_seed, n_pool=500, n_test=200, noise_var=1e-2, data_seed=121):
    n_train = 5 * dim
    n = n_train + n_pool + n_test
    np.random.seed(data_seed)
    x = np.random.randn(n, dim)
    k = relu_kernel(x)
    f = np.linalg.cholesky(k) @ np.random.normal(0, 1.0, size=n)
    y = f + np.random.normal(0, noise_var ** 0.5, size=n)
    rows = list(range(n))
    random.seed(split_seed)
    random.shuffle(rows)
    train, query = rows[:n_train], rows[n_train:]
    kt = k[np.ix_(train, train)] + noise_var * np.eye(n_train)
    kq = k[np.ix_(query, train)]
    post = k[np.ix_(query, query)] - kq @ np.linalg.solve(kt, kq.T)
    return x, y, f, rows, post, n_train


def toy_case(dim, split_seed):
    x, y, f, rows, post, n_train = paper_toy(dim, split_seed)
    n_pool = 500
    ell, var, noise = 1.5 * np.sqrt(dim), 4.0, 1e-2
    query = rows[n_train:]

    def rbf(a, b):
        d = ((a[:, None, :] - b[None, :, :]) ** 2).sum(-1)
        return var * np.exp(-0.5 * d / ell ** 2)

    xt, xq = x[rows[:n_train]], x[query]
    kt = rbf(xt, xt) + noise * np.eye(n_train)
    kq = rbf(xq, xt)
    mean = kq @ np.linalg.solve(kt, y[rows[:n_train]])
    cov = rbf(xq, xq) - kq @ np.linalg.solve(kt, kq.T)
    p = dict(mean=mean, latent_cov=cov, noise_var=np.full(len(query), noise))
    c = acquisition_cov(p, n_pool)
    pool, targets = list(range(n_pool)), list(range(n_pool, n_pool + 200))
    chosen = greedy_fast(c, pool, targets, 7)
    return dict(dim=dim, split_seed=split_seed, n_train=n_train, n_pool=n_pool, n_test=200,
                noise_var=1e-2, first_rows=rows[:12],
                x_first=x[0].tolist(), x_last=x[-1].tolist(), y_first=y[:5].tolist(), f_first=f[:5].tolist(),
                oracle_posterior_corner=post[:4, :4].tolist(),
                oracle_posterior_trace=float(np.trace(post)),
                rbf_gp=dict(lengthscale=float(ell), variance=var, noise_var=noise,
                            meta_correlation=meta_correlation(cov, post, n_pool),
                            bmig_selected=chosen,
                            joint_log_likelihood=gauss_logpdf(y[query][n_pool:], mean[n_pool:],
                                                              cov[n_pool:, n_pool:] + noise * np.eye(200)) / 200))


def greedy_fast(c, pool, targets, batch):
    """BMIG by conditioning the joint covariance on each chosen point in turn."""
    c, prior, chosen = c.copy(), np.diag(c)[targets].copy(), []
    for _ in range(batch):
        rest = [q for q in pool if q not in chosen]
        post = np.diag(c)[targets][None, :] - c[np.ix_(rest, targets)] ** 2 / np.diag(c)[rest][:, None]
        gain = -0.5 * np.sum(np.log(post / prior), axis=1)
        best = rest[int(np.argmax(gain))]
        chosen.append(best)
        c = c - np.outer(c[:, best], c[best]) / c[best, best] * (np.arange(len(c)) != -1)
        # the chosen row is now zero; it never enters again because it left `rest`
    return chosen


# ---------------------------------------------------------------- GP evidence and gradient
def gp_case(seed, n, d):
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, WhiteKernel
    rng = np.random.default_rng(seed)
    x, xs = rng.standard_normal((n, d)), rng.standard_normal((5, d))
    y = np.sin(x[:, 0]) + 0.3 * x[:, 1] ** 2 + 0.1 * rng.standard_normal(n)
    out = []
    for name, base in (("rbf", RBF(np.linspace(0.7, 1.6, d))),
                       ("matern12", Matern(np.linspace(0.7, 1.6, d), nu=0.5)),
                       ("matern32", Matern(np.linspace(0.7, 1.6, d), nu=1.5)),
                       ("matern52", Matern(np.linspace(0.7, 1.6, d), nu=2.5))):
        kernel = ConstantKernel(1.3) * base + WhiteKernel(0.07)
        gp = GaussianProcessRegressor(kernel, optimizer=None, alpha=0.0).fit(x, y)
        lml, grad = gp.log_marginal_likelihood(kernel.theta, eval_gradient=True)
        mean, cov = gp.predict(xs, return_cov=True)  # sklearn adds the white noise to cov's diagonal
        out.append(dict(kernel=name, variance=1.3, lengthscales=np.linspace(0.7, 1.6, d).tolist(), noise_var=0.07,
                        log_marginal_likelihood=float(lml),
                        gradient_log_variance=float(grad[0]), gradient_log_lengthscales=grad[1:1 + d].tolist(),
                        gradient_log_noise_var=float(grad[-1]), mean=mean.tolist(),
                        latent_cov=(cov - 0.07 * np.eye(5)).tolist()))
    return dict(x=x.tolist(), y=y.tolist(), x_query=xs.tolist(), cases=out)


# ---------------------------------------------------------------- comparing models
def comparison_case(seed):
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((12, 4)) + np.array([0.0, 0.2, 0.9, 1.4])  # rows: data sets or seeds; columns: models
    ranks = np.array([stats.rankdata(-r) for r in scores])
    chi2, p = stats.friedmanchisquare(*scores.T)
    w = stats.wilcoxon(scores[:, 2], scores[:, 0])
    t = stats.ttest_rel(scores[:, 2], scores[:, 0])
    return dict(scores=scores.tolist(), mean_ranks=ranks.mean(0).tolist(),
                friedman=dict(chi_square=float(chi2), p_value=float(p)),
                wilcoxon_2_vs_0=dict(statistic=float(w.statistic), p_value=float(w.pvalue)),
                paired_t_2_vs_0=dict(statistic=float(t.statistic), p_value=float(t.pvalue)))


def main():
    a = argparse.ArgumentParser()
    a.add_argument("out", type=pathlib.Path)
    a.add_argument("--seed", type=int, default=1)
    args = a.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    s = args.seed

    def write(name, value):
        (args.out / name).write_text(json.dumps(value) + "\n")

    write("metrics_small.json", metrics_case(s, 7, 6, 3, 3))
    write("metrics_medium.json", metrics_case(s + 1, 40, 30, 5, 6))
    write("bootstrap_calibration.json", bootstrap_case(s + 2, 200))
    write("gp.json", gp_case(s + 3, 25, 3))
    write("comparison.json", comparison_case(s + 4))
    write("toy.json", [toy_case(9, s), toy_case(3, s + 1)])
    rows = dict(boston=506, concrete=1030, energy=768, wine=1599, yacht=308, kin8nm=8192, naval=11934, power_plant=9568)
    splits = []
    for name, n in rows.items():
        for seed in (s, s + 6):
            train, pool, test = paper_split(n, seed)
            splits.append(dict(dataset=name, rows=n, seed=seed, n_train=len(train), n_pool=len(pool), n_test=len(test),
                               train_first=train[:8].tolist(), pool_first=pool[:8].tolist(), pool_last=pool[-4:].tolist(),
                               test_first=test[:8].tolist(), test_last=test[-4:].tolist(),
                               train_sum=int(train.sum()), pool_sum=int(pool.sum()), test_sum=int(test.sum())))
    write("splits.json", splits)


if __name__ == "__main__":
    main()
