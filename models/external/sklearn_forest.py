# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's random forest: the trees are draws of the function, so their spread is a joint covariance. In a suite:

{"model": "external", "label": "sklearn forest", "parameters": {"command": ["python3", "sklearn_forest.py"]}}

Parameters: "trees" (default: 200), "min_leaf" (2).
"""
import numpy as np
from predcorr_model import serve
from sklearn.ensemble import RandomForestRegressor


def fit(x, y, seed, parameters):
    forest = RandomForestRegressor(parameters.get("trees", 200), min_samples_leaf=parameters.get("min_leaf", 2),
                                   oob_score=True, random_state=seed)
    forest.fit(x, y)
    # Trees that did not see a row tell the error of their mean there.
    noise = np.nanmean((forest.oob_prediction_ - y) ** 2)

    def predict(query):
        trees = np.stack([tree.predict(query) for tree in forest.estimators_], axis=1)  # m x trees
        mean = trees.mean(axis=1)
        factor = (trees - mean[:, None]) / np.sqrt(trees.shape[1] - 1)
        return dict(mean=mean, factor=factor, noise_var=noise)

    return predict, {"out_of_bag_rmse": np.sqrt(noise)}


serve(fit)
