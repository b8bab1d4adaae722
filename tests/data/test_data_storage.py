"""Names, folders, the embedded digits and the digest."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny

from research.data import DataError, MissingData, describe, digest, listing, load, prepare
from research.data.storage import data_folder


def test_names_folders_and_listing(data_dir, monkeypatch):
    with pytest.raises(DataError, match="did you mean 'fashion_mnist'"):
        load("fashion-mnist")
    with pytest.raises(MissingData, match=r"run: python -m research data prepare mnist$"):
        load("mnist", data_dir)
    with pytest.raises(MissingData, match=r"run: python -m research data prepare zip --from FOLDER$"):
        load("zip", data_dir)
    with pytest.raises(DataError, match="no registry has zip; run: python -m research data prepare zip --from FOLDER"):
        prepare("zip", "registry", data_dir)
    monkeypatch.setenv("TFDS_DATA_DIR", str(data_dir))
    assert data_folder() == data_dir
    assert data_folder("elsewhere") == Path("elsewhere")
    assert [(row.description.name, row.ready, row.path) for row in listing()] == [
        ("digits", True, None),
        ("mnist", False, None),
        ("fashion_mnist", False, None),
        ("cifar10", False, None),
        ("zip", False, None),
    ]


def test_digits_are_embedded():
    train, test = load("digits")
    assert (train.images.shape, test.images.shape) == ((1438, 8, 8), (359, 8, 8))
    assert (train.images.dtype, train.labels.dtype, train.images.max()) == (np.uint8, np.int32, 16)
    # scikit-learn documents the number of each digit in its 1,797.
    counts = np.bincount(train.labels) + np.bincount(test.labels)
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert prepare("digits").already


def test_the_digest_sees_order_type_and_shape():
    data = tiny.dataset()
    train, test = data
    changed = [
        data._replace(train=test, test=train),
        data._replace(train=train._replace(images=train.images[::-1])),
        data._replace(train=train._replace(labels=train.labels.astype(np.int64))),
        data._replace(train=train._replace(images=train.images.reshape(7, 2, 3))),
    ]
    assert digest(tiny.dataset()) == digest(data)
    assert len({digest(other) for other in [data, *changed]}) == 5
    assert digest(load("digits")) == describe("digits").digest


def test_importing_the_package_does_not_import_tfds():
    code = "import sys, research.data; assert not {'tensorflow_datasets', 'sklearn'} & sys.modules.keys()"
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, check=False
    )
    assert child.returncode == 0, child.stderr
