"""TFDS's own data sets: read in the order of the source, or prepared by TFDS and made ours."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import tiny
from tiny import left_in, quiet

from research.data import DataError, digest, prepare
from research.data.preparation import prepare_described
from research.data.storage import load_described, record_folder


def stock_builder(data_dir):
    import tensorflow_datasets as tfds

    class TinyStock(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        """A builder as TFDS's own are: keys are the examples' numbers, the order on disk is that of their hash."""

        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            image = tfds.features.Tensor(shape=(3, 2, 1), dtype=np.uint8)
            features = tfds.features.FeaturesDict({"image": image, "label": tfds.features.ClassLabel(num_classes=10)})
            return tfds.core.DatasetInfo(builder=self, features=features)

        def _split_generators(self, dl_manager):
            return {name: self._generate_examples(split) for name, split in tiny.dataset()._asdict().items()}

        def _generate_examples(self, split):
            for number, (image, label) in enumerate(zip(*split, strict=True)):
                yield number, {"image": image[..., None], "label": int(label)}

    tfds.disable_progress_bar()
    return TinyStock(data_dir=str(data_dir), file_format="array_record")


def test_a_stock_folder_is_read_in_the_order_of_the_source(data_dir):
    builder = stock_builder(data_dir)
    builder.download_and_prepare()
    assert Path(builder.data_path) == data_dir / "tiny_stock" / "1.0.0"
    on_disk = [int(example["label"]) for example in builder.as_data_source("train")]
    assert on_disk != tiny.dataset().train.labels.tolist()
    assert digest(load_described(tiny.description(), data_dir)) == digest(tiny.dataset())
    assert prepare_described(tiny.description(), "registry", data_dir, quiet).already


def test_a_stock_tfrecord_folder_names_the_remedy_and_does_not_stand_in_the_way(source, data_dir):
    folder = data_dir / "tiny_stock" / "1.0.0"
    folder.mkdir(parents=True)
    (folder / "dataset_info.json").write_text(json.dumps({"fileFormat": "tfrecord"}))
    with pytest.raises(DataError, match=r"in tfrecord, which only TensorFlow reads; run: python -m research data prep"):
        load_described(tiny.description(), data_dir)
    assert not prepare_described(tiny.description(), source, data_dir, quiet).already


@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is not None, reason="TensorFlow is installed")
def test_tfds_without_tensorflow_is_an_error_at_once(data_dir):
    with pytest.raises(DataError, match="needs TensorFlow"):
        prepare("mnist", "tfds", data_dir)
    assert left_in(data_dir) == []


def test_tfds_prepares_and_its_records_become_ours(data_dir, monkeypatch):
    from research.data import builder

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(builder, "stock_url", lambda name: Path(__file__).as_uri())

    def prepare_stock(name, folder):
        stock = stock_builder(folder)
        stock.download_and_prepare()
        return Path(stock.data_path)

    monkeypatch.setattr(builder, "prepare_stock", prepare_stock)
    done = prepare_described(tiny.description(), "tfds", data_dir, quiet)
    assert (done.origin, done.path) == ("TFDS tiny_stock/1.0.0", record_folder(tiny.description(), data_dir))
    assert digest(load_described(tiny.description(), data_dir)) == digest(tiny.dataset())


def test_tfds_without_a_network_is_an_error_before_its_long_retries(data_dir, monkeypatch):
    from research.data import builder

    assert builder.stock_url("mnist").startswith("https://")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(builder, "stock_url", lambda name: "http://127.0.0.1:9/")
    with pytest.raises(DataError, match=r"http://127\.0\.0\.1:9/ does not answer.*--from FOLDER"):
        prepare_described(tiny.description(), "tfds", data_dir, quiet)
    assert left_in(data_dir) == []
