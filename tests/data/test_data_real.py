"""Prepared data against the literature: counts of each class, means, and the nearest neighbour on the zip digits."""

import os
from pathlib import Path

import numpy as np
import pytest

from research.data import MissingData, describe, digest, load, prepare
from research.data.builder import stock_order

pytestmark = pytest.mark.data

TRAIN_COUNTS = {
    "mnist": [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    "fashion_mnist": [6000] * 10,
    "cifar10": [5000] * 10,
    "zip": [1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644],
}
TEST_COUNTS = {
    "mnist": [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    "fashion_mnist": [1000] * 10,
    "cifar10": [1000] * 10,
    "zip": [359, 264, 198, 166, 200, 160, 170, 147, 166, 177],
}
MEANS = {"mnist": [0.1307], "fashion_mnist": [0.2860], "cifar10": [0.4914, 0.4822, 0.4465]}  # of train, white is 1
DEVIATIONS = {"mnist": [0.3081], "fashion_mnist": [0.3530], "cifar10": [0.2470, 0.2435, 0.2616]}


def loaded(name):
    try:
        return load(name)
    except MissingData as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", TRAIN_COUNTS)
def test_shapes_counts_and_digest(name):
    description, data = describe(name), loaded(name)
    for split, size, counts in zip(data, description.sizes, (TRAIN_COUNTS[name], TEST_COUNTS[name]), strict=True):
        assert split.images.shape == (size, *description.shape)
        assert split.images.dtype == description.dtype
        assert split.labels.dtype == np.int32
        assert np.bincount(split.labels).tolist() == counts
    assert digest(data) == description.digest


@pytest.mark.parametrize("name", MEANS)
def test_means_and_deviations(name):
    pixels = loaded(name).train.images.reshape(-1, len(MEANS[name]))
    counts = np.stack([np.bincount(channel, minlength=256) for channel in pixels.T])
    mean = counts @ np.arange(256) / len(pixels)
    variance = counts @ np.arange(256) ** 2 / len(pixels) - mean**2
    np.testing.assert_allclose(mean / 255, MEANS[name], atol=5e-5)
    np.testing.assert_allclose(np.sqrt(variance) / 255, DEVIATIONS[name], atol=5e-5)


def test_the_stock_order_of_mnist_is_the_one_tfds_shows():
    labels = loaded("mnist").train.labels
    assert labels[stock_order("train", 60_000)][:9].tolist() == [4, 1, 0, 7, 8, 1, 2, 7, 1]


def test_nearest_neighbour_on_the_zip_digits():
    train, test = loaded("zip")
    assert (train.images.min(), train.images.max()) == (-1, 1)
    x, y = train.images.reshape(7291, -1), test.images.reshape(2007, -1)
    nearest = (np.sum(x**2, axis=1)[None, :] - 2 * y @ x.T).argmin(axis=1)
    # The Elements of Statistical Learning, table 13.1: 5.5 %; counted once with numpy: 113 of 2,007.
    assert int((train.labels[nearest] != test.labels).sum()) == 113


def test_zip_is_prepared_from_its_folder(tmp_path):
    folder = Path(os.environ.get("ZIP_DIR", ""))
    if not (folder / "zip.train.gz").is_file():
        pytest.skip("ZIP_DIR names no folder with zip.train.gz")
    assert prepare("zip", folder, tmp_path).origin == str(folder)
    assert len(load("zip", tmp_path).train.labels) == 7291
