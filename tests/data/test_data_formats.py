"""Parsers and verification: right files give the right arrays, wrong ones one clear line."""

import dataclasses
import gzip
import io
import json
import tarfile

import numpy as np
import pytest
import tiny
from PIL import Image

from research.data import DataError, formats
from research.data.catalogue import CATALOGUE, Original
from research.data.files import collect, verify


def test_idx_gives_the_arrays_back():
    data = tiny.dataset()
    parsed = formats.idx(tiny.contents(data))
    for split, expected in zip(parsed, data, strict=True):
        np.testing.assert_array_equal(split.images, expected.images)
        np.testing.assert_array_equal(split.labels, expected.labels)
        assert split.images.dtype == np.uint8
        assert split.labels.dtype == np.int32


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (0, lambda c: c[:10], "not an IDX file"),
        (0, lambda c: b"\0\0\x08\x01" + c[4:], "not an IDX file of bytes with 3 dimensions"),
        (0, lambda c: c[:-1], r"announces \(7, 3, 2\) bytes, 41 follow"),
        (0, lambda c: c[:4] + b"\xff" * 12 + c[16:], "announces"),
        (1, lambda c: tiny.idx_bytes(np.zeros(6)), "6 labels for 7 images"),
    ],
)
def test_an_idx_file_that_lies_is_named(name, change, message):
    files = tiny.contents(tiny.dataset())
    files[tiny.NAMES[name]] = change(files[tiny.NAMES[name]])
    with pytest.raises(DataError, match=message):
        formats.idx(files)


def cifar_rows(size, seed=0):
    rows = np.random.default_rng(seed).integers(0, 256, (size, 3073), dtype=np.uint8)
    rows[:, 0] %= 10
    return rows


def test_cifar_planes_become_channels():
    rows = cifar_rows(3)
    data = formats.cifar_binary({"data_batch_1.bin": rows[:2].tobytes(), "test_batch.bin": rows[2:].tobytes()})
    assert data.train.images.shape == (2, 32, 32, 3)
    # Byte 1 + 1024 c + 32 y + x of a row is channel c of pixel (y, x).
    assert data.train.images[1, 5, 7, 2] == rows[1, 1 + 2 * 1024 + 5 * 32 + 7]
    np.testing.assert_array_equal(data.test.labels, rows[2:, 0])


def test_a_broken_cifar_batch_is_named():
    with pytest.raises(DataError, match=r"test_batch\.bin: 3072 bytes are not a whole number of rows"):
        formats.cifar_binary({"data_batch_1.bin": bytes(3073), "test_batch.bin": bytes(3072)})


def png(rows):
    pixels = rows[:, 1:].reshape(-1, 3, 1024).transpose(0, 2, 1)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return file.getvalue()


def png_copies(train, test):
    return {
        "data_batch_1.png": png(train),
        "test_batch.png": png(test),
        "train_lables.json": json.dumps(train[:, 0].tolist()).encode(),
        "test_lables.json": json.dumps(test[:, 0].tolist()).encode(),
    }


def test_cifar_png_copy_gives_the_binary_batches_byte_for_byte():
    train, test = cifar_rows(4), cifar_rows(3, seed=1)
    batches = formats.cifar_binary_from_png(png_copies(train, test))
    assert batches == {"data_batch_1.bin": train.tobytes(), "test_batch.bin": test.tobytes()}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train_lables.json", b"[1, 2]", "4 images and 2 labels"),
        ("train_lables.json", b"[300, 1, 1, 1]", "not a list of labels"),
        ("test_lables.json", b"{", "not a list of labels"),
        ("data_batch_1.png", b"PNG", "not a PNG"),
    ],
)
def test_a_broken_png_copy_is_named(name, content, message):
    files = png_copies(cifar_rows(4), cifar_rows(3)) | {name: content}
    with pytest.raises(DataError, match=message) as caught:
        formats.cifar_binary_from_png(files)
    assert name in str(caught.value)


def esl_lines(size, label=3):
    return "".join(f"{label}.0000 " + " ".join(["-1.0000", "0.5000"] * 128) + " \n" for _ in range(size)).encode()


def test_esl_text():
    data = formats.esl_text({"zip.train": esl_lines(3), "zip.test": esl_lines(1, label=7)})
    assert data.train.images.shape == (3, 16, 16)
    assert data.train.images.dtype == np.float32
    assert data.train.images[0, 0, 1] == 0.5
    assert data.test.labels.tolist() == [7]


@pytest.mark.parametrize(
    ("content", "message"), [(b"1 2 3\n", "3 numbers a line"), (b"six " + esl_lines(1), "not lines of numbers")]
)
def test_a_broken_esl_file_is_named(content, message):
    with pytest.raises(DataError, match=rf"zip\.test: .*{message}"):
        formats.esl_text({"zip.train": esl_lines(1), "zip.test": content})


def test_labels_out_of_range_and_wrong_sizes_are_named():
    data = tiny.dataset()
    top = int(data.train.labels.max())
    with pytest.raises(DataError, match=f"train labels run from .* to {top}, 0 to {top - 1} is expected"):
        formats.check(data, (3, 2), (7, 5), top)
    with pytest.raises(DataError, match=r"train images have the shape \(7, 3, 2\)"):
        formats.check(data, (3, 2), (6, 5), 10)


def test_verify_tells_truncated_swapped_and_altered_apart():
    files = tiny.contents(tiny.dataset())
    originals = tiny.description().originals
    with pytest.raises(DataError, match="truncated"):
        verify(originals[0], files[tiny.NAMES[0]][:-1], originals)
    with pytest.raises(DataError, match="holds the content of train-labels-idx1-ubyte: the files are swapped"):
        verify(originals[0], files[tiny.NAMES[1]], originals)
    altered = files[tiny.NAMES[0]][:-1] + b"\0"
    with pytest.raises(DataError, match=r"SHA-256 .* altered content"):
        verify(originals[0], altered, originals)


def test_files_are_found_under_their_other_names(tmp_path):
    files = tiny.contents(tiny.dataset())
    dotted = {name.replace("-idx", ".idx"): content for name, content in files.items()}
    plain, zipped = tiny.write(tmp_path / "a", dotted), tiny.write(tmp_path / "b", files, zipped=True)
    archive = tmp_path / "c" / "files.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(zipped, "some/folder")
    for source in (plain, zipped, archive, archive.parent):
        found = collect(tiny.description(), source, tiny.quiet)
        assert found == files
        assert list(found) == list(tiny.NAMES)


def test_png_copies_stand_in_for_missing_originals(tmp_path):
    train, test = cifar_rows(2), cifar_rows(1, seed=1)
    batches = {"data_batch_1.bin": train.tobytes(), "test_batch.bin": test.tobytes()}
    copies = png_copies(train, test)
    small = dataclasses.replace(
        tiny.with_digests_of(batches), copies=tuple(copies), rebuild=formats.cifar_binary_from_png
    )
    assert collect(small, tiny.write(tmp_path, copies), tiny.quiet) == batches


def test_a_python_batch_is_not_opened(tmp_path):
    (tmp_path / "data_batch_1").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    with pytest.raises(DataError, match=r"lacks data_batch_1\.bin"):
        collect(CATALOGUE["cifar10"], tmp_path, tiny.quiet)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "neither a folder nor an archive"),
        (lambda folder: folder.mkdir(), "lacks train-images-idx3-ubyte, train-labels"),
        (lambda folder: folder.write_bytes(b"no archive"), "not a whole tar archive"),
        (lambda folder: tiny.write(folder, {"train-images-idx3-ubyte.gz": b"no gzip"}), "not a gzip file"),
        (
            lambda folder: tiny.write(folder, {tiny.NAMES[0] + ".gz": gzip.compress(b"a" * 40)[:-9]}),
            "gzip stream does not end",
        ),
    ],
)
def test_a_wrong_source_is_named(tmp_path, make, message):
    make(tmp_path / "source")
    with pytest.raises(DataError, match=message) as caught:
        collect(tiny.description(), tmp_path / "source", tiny.quiet)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("at", "cut"), [(50_000, "another"), (150_000, "another"), (150_000, tiny.NAMES[0])])
def test_a_truncated_archive_is_named(tmp_path, at, cut):
    noise = np.random.default_rng(0).bytes(100_000)
    folder = tiny.write(tmp_path / "files", {"something": noise, cut: noise})
    whole = tmp_path / "whole.tar.gz"
    with tarfile.open(whole, "w:gz") as tar:
        tar.add(folder / "something", "something")
        tar.add(folder / cut, cut)
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(whole.read_bytes()[:at])
    with pytest.raises(DataError, match="not a whole tar archive"):
        collect(tiny.description(), broken, tiny.quiet)


def test_the_catalogue_describes_what_it_lists():
    for name, description in CATALOGUE.items():
        assert description.name == name
        assert len(description.digest) == 64
        assert "Validation: the last" in description.split
        assert bool(description.originals) == (description.parse is not None) == (name != "digits")
        assert all(isinstance(original, Original) and len(original.sha256) == 64 for original in description.originals)
