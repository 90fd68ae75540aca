# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's Gaussian process. In a suite:

{"model": "external", "label": "sklearn GP", "parameters": {"command": ["python3", "sklearn_gp.py"]}}

Parameters: "smoothness" of the Matern kernel (default: 2.5), "restarts" of the optimiser (2).
"""
import numpy as np
from predcorr_model import serve
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel


def fit(x, y, seed, parameters):
    kernel = ConstantKernel(1.0) * Matern(np.full(x.shape[1], np.sqrt(x.shape[1])),
                                          nu=parameters.get("smoothness", 2.5)) + WhiteKernel(0.1)
    gp = GaussianProcessRegressor(kernel, n_restarts_optimizer=parameters.get("restarts", 2), random_state=seed)
    gp.fit(x, y)
    noise = gp.kernel_.k2.noise_level

    def predict(query):
        # The white part of the kernel is noise. scikit-learn adds it to the diagonal of what it returns.
        mean, cov = gp.predict(query, return_cov=True)
        return dict(mean=mean, latent_cov=cov - noise * np.eye(len(query)), noise_var=noise)

    return predict, {"log_evidence": gp.log_marginal_likelihood_value_, "noise_variance": noise}


serve(fit)
