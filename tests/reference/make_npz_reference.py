#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NumPy arrays as NumPy writes them, with what they hold, for the reader of .npy and .npz files.

    python3 make_npz_reference.py > npz_reference.json

needs numpy (Debian: python3-numpy). Files are in hexadecimal digits, one to a line: they are the fuzzer's seeds, too.
"""
import io
import json
import warnings
import zipfile

import numpy as np

TYPES = ["<f8", ">f8", "<f4", ">f4", "|i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "|u1", "<u2", ">u2", "<u4", ">u4",
         "<u8", ">u8", "|b1"]


def values(dtype):
    """Three rows and two columns that need every byte of the type."""
    kind, size = np.dtype(dtype).kind, np.dtype(dtype).itemsize
    if kind == "f":
        return np.array([[0.1, -2.5], [3e38, 1e-30], [7, -0.0]], dtype=dtype)
    if kind == "b":
        return np.array([[True, False], [False, True], [True, True]])
    info = np.iinfo(dtype)
    # Of 64 bits no more than a double holds.
    low, high = (info.min, info.max) if size < 8 else (-(2**53) if kind == "i" else 0, 2**53)
    return np.array([[low, high], [1, 2], [high // 3, 100]], dtype=dtype)


def readable():
    arrays = {}
    for dtype in TYPES:
        name = ("big_" if dtype[0] == ">" else "") + dtype[1:]
        arrays[name] = values(dtype)
        arrays[name + "_fortran"] = np.asfortranarray(values(dtype))
    arrays.update(vector=np.array([0.5, -1.25, 3e300]), scalar=np.array(2.5), count=np.array(7), truth=np.array(True),
                  nothing=np.zeros((0, 3)), empty=np.zeros(0), strided=np.arange(12.0).reshape(3, 4)[:, ::2])
    arrays["group/inner"] = np.arange(3.0)
    return arrays


def refused():
    """Each with a part of the message that refuses it."""
    return {
        "objects": (np.array([1, "a", None], dtype=object), "Python objects"),
        "complex": (np.zeros(2, dtype=np.complex64), "complex numbers"),
        "text": (np.array(["a", "bc"]), "text"),
        "raw_text": (np.array([b"a", b"bc"]), "text"),
        "dates": (np.zeros(2, dtype="M8[D]"), "dates or times"),
        "half": (np.zeros(2, dtype=np.float16), "precision"),
        "long": (np.zeros(2, dtype=np.longdouble), "precision"),
        "fields": (np.zeros(2, dtype=[("a", "f8"), ("b", "i4")]), "named fields"),
        "cube": (np.zeros((2, 3, 2)), "3 dimensions"),
        "raw": (np.zeros(2, dtype="V4"), "no numbers"),
    }


def npz(save, arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


def npy(array, version=(1, 0)):
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that only new NumPy reads 2.0 and 3.0
        np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def archive(members, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as z:
        warnings.simplefilter("ignore")  # repeated names
        for name, content in members:
            z.writestr(name, content)
    return out.getvalue()


def main():
    arrays, others = readable(), refused()
    one = npy(np.arange(3.0))
    files = {
        "stored.npz": npz(np.savez, arrays),
        "deflated.npz": npz(np.savez_compressed, arrays),
        "refused.npz": npz(np.savez, {name: array for name, (array, _) in others.items()}),
        "format_1.npy": npy(arrays["f8_fortran"], (1, 0)),
        "format_2.npy": npy(arrays["f8_fortran"], (2, 0)),
        "format_3.npy": npy(arrays["f8_fortran"], (3, 0)),
        "zeros.npz": npz(np.savez_compressed, dict(zeros=np.zeros((200, 200)))),
        "with_text.npz": archive([("readme.txt", b"no array"), ("a.npy", one)]),
        "twice.npz": archive([("a.npy", one), ("a.npy", one)]),
        "leads_out.npz": archive([("../a.npy", one)]),
        "absolute.npz": archive([("/etc/a.npy", one)]),
        "bzip2.npz": archive([("a.npy", one)], zipfile.ZIP_BZIP2),
        "no_array.npz": archive([("a.npy", b"just text, long enough to be looked at")]),
    }
    expected = {name: dict(shape=list(a.shape), values=np.atleast_2d(a.T).T.astype(float).tolist())
                for name, a in arrays.items()}
    parts = dict(expected=expected, refused={name: part for name, (_, part) in others.items()},
                 files={name: content.hex() for name, content in files.items()})
    print("{" + ",\n".join(f'"{part}": {{\n' + ",\n".join(f'"{key}": {json.dumps(entry)}' for key, entry in all.items()) +
                          "\n}" for part, all in parts.items()) + "}")


main()
