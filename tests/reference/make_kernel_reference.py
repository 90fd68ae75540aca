#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Independent values and gradients for tests/core/kernels.

    python3 make_kernel_reference.py > kernel_reference.json

needs numpy, scipy and scikit-learn (Debian: python3-numpy python3-scipy python3-sklearn).
kernel_reference.json was made with Python 3.11.2, NumPy 1.24.2, SciPy 1.10.1, scikit-learn 1.2.1.

Every kernel is a formula of complex numbers, differentiated by complex steps. Where scikit-learn has the same kernel,
its values and its own gradients must agree before anything is written. Numbers are written with all their digits.
"""
import json

import numpy as np
from scipy.spatial import distance
from sklearn.gaussian_process import kernels

STEP = 1e-30  # a complex step has no cancellation


class K:
    """A kernel: as a suite writes it, its log parameters, k(theta, x, z), diagonal and white noise."""

    def __init__(self, suite, theta, cross, diagonal=None, noise=None):
        self.suite, self.theta, self.cross = suite, np.asarray(theta, float), cross
        self.diagonal = diagonal or (lambda t, x: np.array([cross(t, r[None], r[None])[0, 0] for r in x]))
        self.noise = noise or (lambda t, x: np.zeros(len(x)))


def leaf(name, formula, parameters, diagonal=None, noise=None, **fixed):
    """formula(values..., x, z); parameters: name -> value or list, in the order of the log parameters."""
    lists = [np.atleast_1d(v) for v in parameters.values()]
    ends = np.cumsum([len(v) for v in lists])[:-1]

    def bound(f):
        return f and (lambda t, *points: f(*np.split(np.exp(t), ends), *points))

    return K({name: {**parameters, **fixed}}, np.log(np.concatenate(lists)), bound(formula), bound(diagonal),
             bound(noise))


def lags(x, z):
    return x[:, None, :] - z[None, :, :]


def squared(l, x, z):
    return ((lags(x, z) / l) ** 2).sum(-1)


def matern(twice_nu):
    def formula(v, l, x, z):
        a = np.sqrt(twice_nu * squared(l, x, z))
        return v * {1: 1, 3: 1 + a, 5: 1 + a + a * a / 3}[twice_nu] * np.exp(-a)
    return formula


def spectral_mixture(components):
    def formula(w, m, b, x, z):
        t, m, b = lags(x, z), m.reshape(components, -1), b.reshape(components, -1)
        return sum(w[q] * np.prod(np.exp(-2 * (np.pi * t * b[q]) ** 2) * np.cos(2 * np.pi * t * m[q]), -1)
                   for q in range(components))
    return formula


def linear(origin):
    return lambda v, x, z: ((x - origin) * v) @ (z - origin).T


def relu_variance(w, b, x):
    v = b[0] + w[0] * (x * x).sum(1) / x.shape[1]
    variances = [v]
    for l in range(1, len(w)):
        variances.append(b[l] + w[l] * variances[-1] / 2)
    return variances


def relu(w, b, x, z):
    """Arc-cosine kernel of degree 1 in each layer, by the angle. Cho & Saul 2009, eq. 6."""
    k = b[0] + w[0] * x @ z.T / x.shape[1]
    for l, (vx, vz) in enumerate(list(zip(relu_variance(w, b, x), relu_variance(w, b, z)))[:-1], 1):
        scale = np.sqrt(vx)[:, None] * np.sqrt(vz)
        angle = np.arccos(k / scale)
        k = b[l] + w[l] * scale * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
    return k


def joined(suite, parts, combine, theta=(), noise=None):
    """combine(own log parameters, values of the parts)."""
    own = len(theta)
    ends = own + np.cumsum([0] + [len(p.theta) for p in parts])

    def of(kind, t, *points):
        return combine(t[:own], [getattr(p, kind)(t[a:b], *points) for p, a, b in zip(parts, ends, ends[1:])])

    return K(suite, np.concatenate([theta] + [p.theta for p in parts]), lambda t, x, z: of("cross", t, x, z),
             lambda t, x: of("diagonal", t, x),
             noise and (lambda t, x: noise([p.diagonal(t[a:b], x) for p, a, b in zip(parts, ends, ends[1:])],
                                           [p.noise(t[a:b], x) for p, a, b in zip(parts, ends, ends[1:])])))


def total(*parts):
    return joined({"sum": [p.suite for p in parts]}, parts, lambda _, v: sum(v), noise=lambda d, w: sum(w))


def product(*parts):
    return joined({"product": [p.suite for p in parts]}, parts, lambda _, v: np.prod(v, 0),
                  noise=lambda d, w: np.prod(np.add(d, w), 0) - np.prod(d, 0))


def active(columns, k):
    c = np.array(columns) - 1
    return K({"active": {"columns": columns, "kernel": k.suite}}, k.theta, lambda t, x, z: k.cross(t, x[:, c], z[:, c]),
             lambda t, x: k.diagonal(t, x[:, c]), lambda t, x: k.noise(t, x[:, c]))


def network(units, weights, *primitives):
    def combine(t, values):
        w, at = np.exp(t), 0
        for l, rows in enumerate(units):
            cols = len(values) + 1
            layer, at = w[at:at + rows * cols].reshape(rows, cols), at + rows * cols
            sums = [sum(row[i] * v for i, v in enumerate(values)) + row[-1] for row in layer]
            values = sums if l + 1 == len(units) else [sums[u] * sums[u + 1] for u in range(0, rows, 2)]
        assert at == len(w)
        return values[0]
    suite = {"neural-kernel-network": {"primitives": [p.suite for p in primitives], "units": units, "weight": weights}}
    return joined(suite, primitives, combine, theta=np.log(weights))


def rbf(v, l):
    return leaf("rbf", lambda v, l, x, z: v * np.exp(-squared(l, x, z) / 2), dict(variance=v, length_scale=l))


def rational_quadratic(v, l, a):
    return leaf("rational-quadratic", lambda v, l, a, x, z: v * (1 + squared(l, x, z) / (2 * a)) ** -a,
                dict(variance=v, length_scale=l, alpha=a))


def periodic(v, l, p):
    def formula(v, l, p, x, z):
        return v * np.exp(-2 * (np.sin(np.pi * lags(x, z) / p) ** 2 / l ** 2).sum(-1))
    return leaf("periodic", formula, dict(variance=v, length_scale=l, period=p))


def matern_kernel(twice_nu, v, l):
    return leaf("matern", matern(twice_nu), dict(variance=v, length_scale=l), smoothness=f"{twice_nu}/2")


def linear_kernel(v, origin):
    return leaf("linear", linear(np.array(origin)), dict(variance=v), origin=origin)


def constant(v):
    return leaf("constant", lambda v, x, z: v * np.ones((len(x), len(z))), dict(variance=v))


def white(v):
    return leaf("white", lambda v, x, z: np.zeros((len(x), len(z))), dict(variance=v),
                noise=lambda v, x: v * np.ones(len(x)))


def mixture(q, w, m, b):
    return leaf("spectral-mixture", spectral_mixture(q), dict(weight=w, frequency=m, bandwidth=b), components=q)


def relu_network(w, b):
    return leaf("relu-network", relu, dict(weight_variance=w, bias_variance=b),
                diagonal=lambda w, b, x: relu_variance(w, b, x)[-1])


def derivative(f, theta):
    steps = STEP * 1j * np.eye(len(theta))
    return [float(np.imag(f(theta + s)) / STEP) for s in steps]


def by_points(f, z):
    out = np.zeros(z.shape)
    for at in np.ndindex(*z.shape):
        moved = z.astype(complex)
        moved[at] += STEP * 1j
        out[at] = np.imag(f(moved)) / STEP
    return out


def check(k, sk, order, x, z):
    """Against scikit-learn, where `order` names its log parameter for each of ours."""
    np.testing.assert_allclose(sk(x, z), k.cross(k.theta, x, z), rtol=1e-12)
    whole, gradient = sk(x, eval_gradient=True)
    np.testing.assert_allclose(whole, k.cross(k.theta, x, x) + np.diag(k.noise(k.theta, x)), rtol=1e-12, atol=1e-14)
    w = np.cos(np.arange(len(x) ** 2.0)).reshape(len(x), -1)
    ours = derivative(lambda t: (w * (k.cross(t, x, x) + np.diag(k.noise(t, x)))).sum(), k.theta)
    np.testing.assert_allclose(np.einsum("ij,ijp->p", w, gradient)[list(order)], ours, rtol=1e-9, atol=1e-11)


def points(d):
    rng = np.random.RandomState(10 + d)
    return dict(x=rng.randn(5, d), z=rng.randn(4, d), weight=rng.randn(5, 4), row_weight=rng.randn(5))


def case(k, d, sk=None, order=None):
    p = points(d)
    x, z, w, r = p["x"], p["z"], p["weight"], p["row_weight"]
    if sk is not None:
        check(k, sk, order if order is not None else range(len(k.theta)), x, z)
    t = k.theta
    return dict(kernel=k.suite, d=d, cross=k.cross(t, x, z).tolist(), diagonal=np.real(k.diagonal(t, x)).tolist(),
                white_noise=np.real(k.noise(t, x)).tolist(),
                gradient=derivative(lambda v: (w * k.cross(v, x, z)).sum(), t),
                by_z=by_points(lambda v: (w * k.cross(t, x, v)).sum(), z).tolist(),
                diagonal_gradient=derivative(lambda v: r @ k.diagonal(v, x), t),
                white_noise_gradient=derivative(lambda v: r @ k.noise(v, x), t))


def cases():
    C, ard = kernels.ConstantKernel, [0.6, 1.1, 2.3]
    yield case(rbf(1.7, 0.8), 3, C(1.7) * kernels.RBF(0.8))
    yield case(rbf(1.7, ard), 3, C(1.7) * kernels.RBF(ard))
    for twice_nu in (1, 3, 5):
        for scales in (1.4, ard):
            yield case(matern_kernel(twice_nu, 0.9, scales), 3, C(0.9) * kernels.Matern(scales, nu=twice_nu / 2))
    yield case(rational_quadratic(1.2, 0.9, 0.7), 3, C(1.2) * kernels.RationalQuadratic(0.9, 0.7), (0, 2, 1))
    yield case(rational_quadratic(1.2, ard, 2.6), 3)
    yield case(periodic(1.3, 0.7, 1.9), 1, C(1.3) * kernels.ExpSineSquared(0.7, 1.9))
    yield case(periodic(1.3, ard, [1.9, 0.8, 3.0]), 3)
    yield case(periodic(1.3, ard, 1.5), 3)
    yield case(periodic(1.3, 1.2, [1.9, 0.8, 3.0]), 3)
    # sigma_0 of scikit-learn's dot product is a constant as a second term.
    yield case(total(linear_kernel(1.6, 0.0), constant(1.6 * 0.25)), 3)
    d = points(3)
    np.testing.assert_allclose((C(1.6) * kernels.DotProduct(0.5))(d["x"], d["z"]),
                               total(linear_kernel(1.6, 0.0), constant(1.6 * 0.25)).cross(
                                   np.log([1.6, 0.4]), d["x"], d["z"]), rtol=1e-12)
    yield case(linear_kernel(1.6, 0.3), 3)
    yield case(linear_kernel([0.5, 1.5, 2.5], [0.3, -1.0, 0.2]), 3)
    yield case(constant(0.45), 3, C(0.45))
    yield case(white(0.3), 3, kernels.WhiteKernel(0.3))
    yield case(total(rbf(1.7, ard), matern_kernel(3, 0.6, 1.4), white(0.2)), 3,
               C(1.7) * kernels.RBF(ard) + C(0.6) * kernels.Matern(1.4, nu=1.5) + kernels.WhiteKernel(0.2))
    yield case(product(rbf(1.7, ard), rational_quadratic(1.2, 0.9, 0.7)), 3,
               C(1.7) * kernels.RBF(ard) * (C(1.2) * kernels.RationalQuadratic(0.9, 0.7)), (0, 1, 2, 3, 4, 6, 5))
    yield case(product(periodic(1.1, 0.7, 1.9), matern_kernel(5, 0.8, 2.5),
                       total(linear_kernel(0.4, 0.1), constant(1.0))), 1)
    yield case(product(total(white(0.3), constant(0.5)), linear_kernel(0.7, [0.1, 0.2, 0.3])), 3)
    yield case(product(total(white(0.3), rbf(0.5, 1.0)), total(white(0.4), linear_kernel(0.7, 0.1))), 3)
    yield case(total(product(rbf(1.2, 0.9), linear_kernel(0.7, 0.2)),
                     product(constant(0.3), periodic(1.0, 1.5, 2.0))), 3)
    yield case(active([3, 1], rbf(1.7, [0.6, 1.1])), 3)
    yield case(active([2], total(matern_kernel(3, 0.9, 1.4), white(0.25))), 3)
    yield case(mixture(3, [0.5, 0.9, 0.2], [0.1, 0.4, 0.9], [0.2, 0.05, 0.1]), 1)
    yield case(mixture(2, [0.5, 0.9], [0.1, 0.3, 0.2, 0.4, 0.15, 0.25], [0.2, 0.1, 0.15, 0.05, 0.3, 0.12]), 3)
    yield case(network([4, 2, 1], (0.1 + 0.05 * np.arange(20)).tolist(), rbf(1.0, ard), linear_kernel(0.8, 0.1)), 3)
    yield case(network([2, 1], (0.2 + 0.1 * np.arange(10)).tolist(), rbf(1.0, 0.7), periodic(1.0, 1.1, 2.0),
                       rational_quadratic(1.0, 1.3, 0.8)), 1)
    yield case(network([1], [0.3, 0.6, 0.1], rbf(1.4, 0.7), linear_kernel(0.9, 0.0)), 3)
    yield case(relu_network([1.414, 1.737], [2.5, 2.5]), 3)
    yield case(relu_network([0.9, 1.6, 1.2], [0.3, 0.1, 0.7]), 3)


def distances():
    p = points(3)
    scales = [0.6, 1.1, 2.3]
    return dict(length_scale=scales, squared=(distance.cdist(p["x"] / scales, p["z"] / scales) ** 2).tolist())


def main():
    out = dict(points={str(d): {key: v.tolist() for key, v in points(d).items()} for d in (1, 3)},
               distances=distances(), cases=list(cases()))
    print(json.dumps(out))


if __name__ == "__main__":
    main()
