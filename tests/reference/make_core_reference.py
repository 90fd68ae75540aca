#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Independent numbers for tests/core and tests/datasets.

    python3 make_core_reference.py > core_reference.json

needs numpy, scipy and scikit-learn (Debian: python3-numpy python3-scipy python3-sklearn).
core_reference.json was made with Python 3.11.2, NumPy 1.24.2, SciPy 1.10.1, scikit-learn 1.2.1.
"""
import hashlib
import io
import json
import random

import numpy as np
from scipy import integrate, linalg, stats
from scipy.spatial import distance
from sklearn import datasets
from sklearn.gaussian_process import kernels

SEEDS = (0, 7, 4294967295)


def numpy_legacy(seed):
    """Draws of numpy.random.RandomState; `mixed` shuffles between two normals of one pair."""
    shuffled = np.arange(23)
    np.random.RandomState(seed).shuffle(shuffled)
    r = np.random.RandomState(seed)
    before, rows, after = r.randn(3), r.permutation(9), r.randn(2)
    return dict(seed=seed, shuffled=shuffled.tolist(),
                permutation_first=np.random.RandomState(seed).permutation(1000)[:8].tolist(),
                normals=np.random.RandomState(seed).randn(7).tolist(),
                mixed=dict(before=before.tolist(), permutation=rows.tolist(), after=after.tolist()))


def python_shuffle(seed, n):
    rows = list(range(n))
    random.seed(seed)
    random.shuffle(rows)
    return dict(seed=seed, n=n, first=rows[:16])


def friedman(make, seed):
    x, y = make(n_samples=5, noise=0.0, random_state=seed)
    return dict(x=x.tolist(), f=y.tolist())


def rectified(kx, kz, k):
    """E[relu(u) relu(v)] for a zero-mean Gaussian pair: v is integrated out by hand, u by quadrature."""
    slope, rest = k / kx, np.sqrt(max(kz - k * k / kx, 0.0))

    def integrand(u):
        m = slope * u
        inner = m * stats.norm.cdf(m / rest) + rest * stats.norm.pdf(m / rest) if rest > 0 else max(m, 0.0)
        return u * inner * stats.norm.pdf(u, scale=np.sqrt(kx))

    return integrate.quad(integrand, 0, 14 * np.sqrt(kx), epsabs=0, epsrel=1e-13, limit=400)[0]


def relu_network(x, z, weight, bias):
    def k0(a, b):
        return bias[0] + weight[0] * a @ b / len(a)

    out = np.zeros((len(x), len(z)))
    for i, a in enumerate(x):
        for j, b in enumerate(z):
            kx, kz, k = k0(a, a), k0(b, b), k0(a, b)
            for w, c in zip(weight[1:], bias[1:]):
                kx, kz, k = (c + w * kx / 2, c + w * kz / 2, c + w * rectified(kx, kz, k))
            out[i, j] = k
    return out


def kernel_values():
    rng = np.random.RandomState(3)
    x, z = rng.randn(4, 3), rng.randn(3, 3)
    scales = [0.6, 1.1, 2.3]
    out = dict(x=x.tolist(), z=z.tolist(), length_scale=scales, variance=1.7,
               squared_distances=(distance.cdist(x / scales, z / scales) ** 2).tolist(),
               rbf=(1.7 * kernels.RBF(scales)(x, z)).tolist())
    for name, nu in (("1/2", 0.5), ("3/2", 1.5), ("5/2", 2.5)):
        out["matern " + name] = (1.7 * kernels.Matern(scales, nu=nu)(x, z)).tolist()
    out["relu_network"] = [dict(weight_variance=w, bias_variance=b, cross=relu_network(x, z, w, b).tolist(),
                                diagonal=[relu_network(x[i:i + 1], x[i:i + 1], w, b)[0, 0] for i in range(4)])
                           for w, b in (([1.414, 1.737], [2.5, 2.5]), ([0.9, 1.6, 1.2], [0.3, 0.1, 0.7]),
                                        ([1.3, 2.1, 1.5, 0.8], [0.0, 0.2, 0.4, 0.1]))]
    return out


def linear_algebra():
    rng = np.random.RandomState(5)
    g, b = rng.randn(5, 7), rng.randn(5, 2)
    a = g @ g.T / 7 + 0.1 * np.eye(5)
    lower = linalg.cholesky(a, lower=True)
    samples = 2.0 + rng.randn(6, 4) @ rng.randn(4, 4)
    factor, diagonal = rng.randn(5, 3), rng.rand(5)
    return dict(a=a.tolist(), b=b.tolist(), lower=lower.tolist(), log_determinant=float(np.linalg.slogdet(a)[1]),
                solved=np.linalg.solve(a, b).tolist(),
                whitened=linalg.solve_triangular(lower, b, lower=True).tolist(),
                samples=samples.tolist(), sample_mean=samples.mean(0).tolist(),
                sample_covariance=np.cov(samples, rowvar=False).tolist(),
                factor=factor.tolist(), diagonal=diagonal.tolist(),
                factor_covariance=(factor @ factor.T + np.diag(diagonal)).tolist())


def archives():
    """Two .npz files as NumPy writes them, in hexadecimal digits."""
    arrays = dict(vector=np.array([0.5, -1.25, 3e300]), c_order=np.arange(6.0).reshape(2, 3) / 8,
                  fortran=np.asfortranarray(np.arange(6.0).reshape(2, 3) / 8),
                  single=np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], dtype=np.float32),
                  rows=np.array([4, -2, 9007199254740993]), scalar=np.array(2.5), nothing=np.zeros((0, 3)),
                  short=np.arange(3, dtype=np.int32), cube=np.zeros((2, 2, 2)), swapped=np.arange(3.0).astype(">f8"))
    stored, deflated = io.BytesIO(), io.BytesIO()
    np.savez(stored, **arrays)
    np.savez_compressed(deflated, **arrays)
    return dict(stored=stored.getvalue().hex(), deflated=deflated.getvalue().hex())


def sha(text):
    return hashlib.sha256(text).hexdigest()


def stream_key(key, name, index=0):
    """Stream::fork: the first 64 bits of SHA-256 of "parent's key/name/index"."""
    return int(sha(f"{key:016x}/{name}/{index}".encode())[:16], 16)


def main():
    out = dict(
        numpy_legacy=[numpy_legacy(s) for s in SEEDS],
        python_shuffle=[python_shuffle(s, n) for s in SEEDS for n in (16, 17, 1000)],
        friedman=[friedman(datasets.make_friedman1, 1), friedman(datasets.make_friedman2, 2),
                  friedman(datasets.make_friedman3, 3)],
        kernels=kernel_values(), linear_algebra=linear_algebra(), archives=archives(),
        sha256={"": sha(b""), "abc": sha(b"abc"), "a_200000_times": sha(b"a" * 200000)},
        stream_keys=[dict(seed=s, name=n, index=i, key=stream_key(s, n, i))
                     for s, n, i in ((1, "data", 0), (42, "member", 3), (18446744073709551615, "", 7))])
    print(json.dumps(out))


if __name__ == "__main__":
    main()
