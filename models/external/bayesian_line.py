# SPDX-License-Identifier: Apache-2.0
"""Bayesian linear regression in closed form, NumPy alone: the smallest model that says all there is to say. In a suite:

{"model": "external", "label": "line", "parameters": {"command": ["python3", "bayesian_line.py"]}}

Coefficients w ~ N(0, 10 I), one for each input and an intercept. Parameters: "noise_variance" (default: 0.1).
"""
import numpy as np
from predcorr_model import serve


def fit(x, y, seed, parameters):
    noise, ones = parameters.get("noise_variance", 0.1), lambda a: np.column_stack([a, np.ones(len(a))])
    covariance = np.linalg.inv(ones(x).T @ ones(x) / noise + np.eye(x.shape[1] + 1) / 10)
    weights = covariance @ ones(x).T @ y / noise
    return lambda q: dict(mean=ones(q) @ weights, latent_cov=ones(q) @ covariance @ ones(q).T, noise_var=noise)


serve(fit)
