#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Independent numbers and files for tests/datasets/images and tests/datasets/image_standardisation_test.cpp.

    PREDCORR_DATA=FOLDER python3 make_image_reference.py > image_reference.json

needs numpy and scipy (Debian: python3-numpy python3-scipy), and in FOLDER/images MNIST's test digits, of which a few sums
are kept. image_reference.json was made with Python 3.11.2, NumPy 1.24.2, SciPy 1.10.1. Files are in hexadecimal digits.
"""
import gzip
import io
import json
import os
import struct

import numpy as np
from scipy import ndimage

random = np.random.default_rng(5)


def turned(image, degrees):
    return ndimage.rotate(image, degrees, order=1, reshape=False, mode="grid-constant")


def rotations():
    cases = []
    for shape in [(7, 5), (6, 6), (1, 4)]:
        image = random.normal(size=shape)
        for degrees in [0.0, 30.0, -17.5, 90.0, 137.25, -180.0, 800.0]:
            cases.append({"image": image.tolist(), "degrees": degrees, "turned": turned(image, degrees).tolist()})
    return cases


def standardisation():
    images = random.normal(size=(5, 2, 3, 2)) * [0.5, 40] + [10, -3]
    return {"rows": images.reshape(5, -1).tolist(), "mean": images.mean(axis=(0, 1, 2)).tolist(),
            "deviation": images.std(axis=(0, 1, 2)).tolist()}


def saved(save, *arguments, **named):
    buffer = io.BytesIO()
    save(buffer, *arguments, **named)
    return buffer.getvalue().hex()


def numpy_files():
    grey = random.integers(0, 256, size=(12, 2, 3), dtype=np.uint8)
    colour = random.normal(size=(12, 2, 3, 2)).astype(np.float32)
    targets = np.round(random.normal(size=12), 3)
    groups = np.array([7, 7, -1, -1, 7, 30, 30, 30, 2, 2, -1, 7])
    return {
        "grey": grey.reshape(12, -1).tolist(), "colour": colour.reshape(12, -1).tolist(), "targets": targets.tolist(),
        "groups": groups.tolist(),
        "files": {
            "grey.npy": saved(np.save, grey), "colour.npy": saved(np.save, colour),
            "fortran.npy": saved(np.save, np.asfortranarray(colour.astype(">f4"))),
            "grey_fortran.npy": saved(np.save, np.asfortranarray(grey)),
            "targets.npy": saved(np.save, targets), "column.npy": saved(np.save, targets[:, None]),
            "groups.npy": saved(np.save, groups),
            "stored.npz": saved(np.savez, inputs=grey, targets=targets, groups=groups),
            "deflated.npz": saved(np.savez_compressed, pictures=colour, y=np.rint(1000 * targets).astype(np.int16)),
        }}


def idx(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def idx_files():
    cube, line = random.integers(0, 256, size=(3, 4, 5), dtype=np.uint8), np.arange(7, dtype=np.uint8)
    return {"cube": cube.ravel().tolist(), "files": {
        "cube": idx(cube).hex(), "cube.gz": gzip.compress(idx(cube), mtime=0).hex(), "line": idx(line).hex(),
        "cut.gz": gzip.compress(idx(cube), mtime=0)[:-20].hex(), "short.gz": gzip.compress(idx(cube)[:-1], mtime=0).hex(),
        "long.gz": gzip.compress(idx(cube) + b"x", mtime=0).hex()}}


def digits():
    folder = os.path.join(os.environ["PREDCORR_DATA"], "images")
    with gzip.open(os.path.join(folder, "t10k-images-idx3-ubyte.gz")) as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(os.path.join(folder, "t10k-labels-idx1-ubyte.gz")) as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    first = turned(images[0] / 255, 30.0)
    y, x = np.mgrid[:28, :28]
    return {"count": len(images), "of_class": np.bincount(labels).tolist(), "sum": int(images.sum(dtype=np.int64)),
            "first_turned_by_30": {"sum": first.sum(), "squares": (first ** 2).sum(), "down": (y * first).sum(),
                                   "right": (x * first).sum()}}


parts = {"rotations": rotations(), "standardisation": standardisation(), "numpy": numpy_files(), "idx": idx_files(),
         "digits": digits()}
print("{" + ",\n".join(f"{json.dumps(name)}: {json.dumps(part)}" for name, part in parts.items()) + "}")
