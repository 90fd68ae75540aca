# SPDX-License-Identifier: Apache-2.0
"""Makes a Python function a model of predcorr. One file, needs NumPy alone; PROTOCOL.md says what it speaks.

    import numpy as np
    from predcorr_model import serve

    def fit(x, y, seed, parameters):
        ...                                          # x: n x d, y: n, NumPy arrays
        return lambda query: dict(mean=..., latent_cov=..., noise_var=...)

    serve(fit)
"""
import inspect
import json
import os
import random
import sys
import traceback

import numpy as np

PROTOCOL = 1


def serve(fit):
    """Answers predcorr's requests until its end.

    fit(x, y, seed, parameters) returns a function, or that function and a dict of numbers to keep on record. Should it
    have an argument `weights`, it is also given the rows' weights, or None (see "takes_weights"); should it have an
    argument `image`, (height, width, channels) where the inputs are images, x.reshape(-1, *image), or None.

    predict(query), with query m x d, returns a dict of
        mean        m
        latent_cov  m x m, covariance of the noise-free function; or
        factor      m x s, for the covariance factor @ factor.T + diag(diagonal), where "diagonal" may be left out; or
        samples     s x m, draws of the function, joint over all m points ("mean" may then be left out)
        noise_var   m numbers or one: the variance of y around the function
    or "cov" (m x m, noise included, without "noise_var"); PROTOCOL.md has the whole list.

    A ValueError tells that the model does not take such data, too few rows for instance; any exception fails the cell.

    Whatever is printed goes to standard error, which predcorr keeps. Before every fit and prediction the generators of
    Python, NumPy and, where it is in use, PyTorch are seeded, so that a fit does not depend on those before it.
    """
    # The real standard streams are kept apart, so that neither print() nor a library's printf can disturb the talk.
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    fits = {}  # by folder
    for line in requests:
        try:
            answer = _answer(fit, fits, json.loads(line))
        except Exception as error:  # what ends a program (SystemExit) ends this one
            traceback.print_exc()
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}", "refused": _is_refusal(error)}
        sys.stdout.flush()
        sys.stderr.flush()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _answer(fit, fits, request):
    if request.get("predcorr") != PROTOCOL:
        raise RuntimeError(f"this predcorr_model.py speaks protocol {PROTOCOL}, predcorr {request.get('predcorr')}")
    do, folder = request["do"], request["folder"]
    if do == "fit":
        _seed(request["seed"])
        given = {"parameters": request["parameters"], "seed": request["seed"]}
        taken = inspect.signature(fit).parameters
        if "image" in taken:
            given["image"] = tuple(request["image"]) if "image" in request else None
        with np.load(os.path.join(folder, "train.npz")) as data:
            if "weights" in taken:
                given["weights"] = data["weights"] if "weights" in data else None
            made = fit(data["x"], data["y"], **given)
        predict, diagnostics = made if isinstance(made, tuple) else (made, {})
        if not callable(predict):
            raise TypeError("fit must return a function of the query, or that and a dict of numbers")
        fits[folder] = predict, request["seed"]
        return {"ok": True, "diagnostics": _numbers(diagnostics)}
    if do == "predict":
        predict, seed = fits[folder]
        _seed(seed)
        with np.load(os.path.join(folder, "query.npz")) as data:
            prediction = predict(data["x"])
        _write(os.path.join(folder, "prediction.npz"), prediction)
        return {"ok": True}
    if do == "forget":
        fits.pop(folder, None)
        return {"ok": True}
    raise ValueError(f"unknown request '{do}'")


def _is_refusal(error):
    """Whether the data were not such as the model takes; a matrix that cannot be inverted is another matter."""
    return isinstance(error, ValueError) and not isinstance(error, np.linalg.LinAlgError)


def _seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


def _numbers(diagnostics):
    numbers = {str(name): float(value) for name, value in diagnostics.items()}
    for name, value in numbers.items():
        if not np.isfinite(value):
            raise ValueError(f"diagnostic '{name}' is {value}; leave out what is not finite")
    return numbers


def _write(file, prediction):
    known = ("mean", "noise_var", "latent_cov", "cov", "factor", "diagonal", "samples", "latent_lower", "pool_variance")
    arrays = {}
    for name, value in prediction.items():
        if name not in known:
            raise ValueError(f"unknown array '{name}'; a prediction has {', '.join(known)}")
        if hasattr(value, "detach"):  # a tensor
            value = value.detach().cpu().numpy()
        array = np.asarray(value)
        arrays[name] = array if array.dtype == np.float32 else array.astype(np.float64)
    np.savez(file, **arrays)
