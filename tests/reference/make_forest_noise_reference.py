#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The noise variance of a forest of four trees of one leaf on twelve rows, from how often each tree drew each row.

    python3 make_forest_noise_reference.py > forest_noise_reference.json

Debian: python3-numpy. A tree of one leaf predicts the mean of the rows it drew, each as often as it was drawn. At a row,
the trees that did not draw it have a mean and, if they are two or more, a variance (divisor: trees - 1). The noise is the
mean squared residual of those means, over rows that some tree did not draw, less the mean of those variances over the
same rows, and a hundredth of the squared residual at least. The counts are what Stream(1) draws (the test compares them).
"""
import json
import sys

import numpy as np

COUNTS = [
    [1, 1, 0, 2, 0, 0, 1, 2, 0, 2, 3, 0],
    [1, 0, 1, 2, 0, 2, 1, 1, 1, 0, 1, 2],
    [2, 0, 2, 0, 1, 1, 1, 1, 0, 2, 0, 2],
    [3, 0, 1, 1, 0, 0, 1, 1, 2, 1, 0, 2],
]
TARGETS = [3, -1, 4, 1, -5, 9, 2, -6, 5, 3, 5, -8]


def main():
    counts, y = np.array(COUNTS, dtype=float), np.array(TARGETS, dtype=float)
    trees = counts @ y / counts.sum(axis=1)
    squares, variances = [], []
    for i in range(len(y)):
        unseen = trees[counts[:, i] == 0]
        if len(unseen) == 0:
            continue
        squares.append((y[i] - unseen.mean()) ** 2)
        variances.append(unseen.var(ddof=1) if len(unseen) > 1 else 0.0)
    square = float(np.mean(squares))
    json.dump(dict(made_by=f"numpy {np.__version__}", counts=COUNTS, targets=TARGETS,
                   out_of_bag_rmse=float(np.sqrt(square)),
                   noise_variance=max(square - float(np.mean(variances)), 0.01 * square)), sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main()
