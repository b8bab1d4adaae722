"""`predict`: what is done to a user's picture, what is said of it, and one clear line for what is no picture."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from PIL import Image
from runs_fakes import CONFIG, fake_run

import research
from research.__main__ import main
from research.commands.pictures import BadPicture, Picture, fit, read
from research.experiments import digits_quick, lecun1989_zip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fake_run(tmp_path_factory.mktemp("runs") / "digits_quick" / "abc")


def stroke(height: int = 60, width: int = 40) -> np.ndarray:
    """An L of ink 1 on 0: 40 x 20 at (10, 8), not symmetric in any way."""
    image = np.zeros((height, width), np.float32)
    image[10:50, 8:14] = 1
    image[44:50, 8:28] = 1
    return image


def made(image: np.ndarray) -> np.ndarray:
    return fit(Picture("x", image, ()), (28, 28))[0]


def test_the_ink_fits_mnists_box_with_its_aspect_and_its_centre_of_mass_in_the_middle() -> None:
    image = made(stroke())
    rows, columns = (np.flatnonzero((image > 0.5).any(axis=axis)) for axis in (1, 0))
    assert (rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1) == (20, 10)
    for axis in (0, 1):
        mass = image.sum(axis=1 - axis)
        assert abs((mass * (np.arange(28) + 0.5)).sum() / mass.sum() - 14) <= 0.5
    assert (image.min(), image.max()) == (0, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: 1 - x,
        lambda x: 255 * x,
        lambda x: 2 * x - 1,
        lambda x: 0.9 - 0.3 * x,
        lambda x: np.pad(x, ((30, 0), (0, 50))),
        lambda x: np.kron(x, np.ones((3, 3))),
    ],
    ids=["inverted", "0 to 255", "-1 to 1", "dull and inverted", "elsewhere", "larger"],
)
def test_background_range_place_and_size_do_not_matter(change: Callable[[Any], np.ndarray]) -> None:
    np.testing.assert_allclose(made(change(stroke()).astype(np.float32)), made(stroke()), atol=0.02)


def test_a_box_as_large_as_the_image_keeps_all_ink_inside() -> None:
    image, note = fit(Picture("x", stroke(), ()), (16, 16), box=16)
    rows = np.flatnonzero((image > 0.5).any(axis=1))
    assert (rows[0], rows[-1]) == (0, 15)
    assert "ink of 20 x 40 scaled to 8 x 16 in 16 x 16" in note


def test_an_image_of_the_networks_size_is_not_cropped() -> None:
    image = stroke(28, 28)
    fitted, note = fit(Picture("x", 1 - image, ()), (28, 28))
    np.testing.assert_allclose(fitted, image)
    assert "not cropped" in note
    assert "inverted, its background being lighter" in note


def png(path: Path, mode: str, ink: Any, ground: Any) -> Path:
    image = Image.new(mode, (40, 60), ground)
    image.paste(ink, (8, 10, 14, 50))
    image.paste(ink, (8, 44, 28, 50))
    image.save(path)
    return path


@pytest.mark.parametrize(
    ("mode", "ink", "ground"),
    [
        ("1", 0, 1),
        ("L", 255, 0),
        ("LA", (0, 255), (0, 0)),
        ("RGB", (20, 0, 90), (250, 250, 240)),
        ("RGBA", (0, 0, 0, 255), (0, 0, 0, 0)),
        ("RGBA", (255, 255, 255, 255), (255, 255, 255, 0)),
        ("P", 3, 0),
        ("I;16", 60000, 300),
    ],
)
def test_every_mode_of_png_gives_the_same_picture(tmp_path: Path, mode: str, ink: Any, ground: Any) -> None:
    path = tmp_path / "x.png"
    if mode == "P":
        png(path, "L", ink, ground)
        with Image.open(path) as grey:
            image = grey.convert("P")
        image.putpalette([255, 255, 255] * 3 + [0, 0, 0] * 253)
        image.save(path)
    else:
        png(path, mode, ink, ground)
    (picture,) = read(path)
    assert picture.notes[0] == f"40 x 60 {mode}"
    np.testing.assert_allclose(made(picture.grey), made(stroke()), atol=0.02)


@pytest.mark.parametrize(
    ("array", "count"),
    [
        (stroke(), 1),
        (np.stack([stroke()] * 3), 3),
        ((255 * stroke()).astype(np.uint8), 1),
        (np.stack([stroke().astype(bool)] * 2), 2),
        (np.repeat(stroke()[..., None], 3, axis=2), 1),
        (np.asfortranarray(stroke().astype(np.float64)), 1),
    ],
)
def test_npy_holds_one_image_or_a_stack(tmp_path: Path, array: np.ndarray, count: int) -> None:
    np.save(tmp_path / "x.npy", array)
    pictures = list(read(tmp_path / "x.npy"))
    assert len(pictures) == count
    for picture in pictures:
        np.testing.assert_allclose(made(picture.grey), made(stroke()), atol=0.02)


def bomb(path: Path) -> None:
    """A whole PNG of a kilobyte that says it is 60,000 x 60,000."""
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100_000)), (b"IEND", b"")]
    packed = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))


def truncated(path: Path) -> None:
    png(path, "RGB", (0, 0, 0), (255, 255, 255))
    path.write_bytes(path.read_bytes()[:-30])


def lying(path: Path) -> None:
    np.save(path.with_suffix(".npy"), np.zeros((3, 9, 9)))
    path.with_suffix(".npy").rename(path)
    path.write_bytes(path.read_bytes().replace(b"(3, 9, 9)", b"(3,99,99)"))


def saved(array: Any) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.save(file, array, allow_pickle=True)

    return write


@pytest.mark.parametrize(
    ("write", "wanted"),
    [
        (lambda path: path.write_text("hello"), "neither a PNG image nor an array"),
        (lambda path: path.write_bytes(b""), "neither a PNG image nor an array"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: None, "No such file"),
        (truncated, "damaged PNG image"),
        (bomb, "more than 25,000,000 pixels"),
        (lambda path: Image.new("1", (6000, 5000)).save(path), "6000 x 5000 pixels; at most 25,000,000"),
        (lambda path: Image.new("L", (30, 30), 200).save(path), "all one grey (0.784)"),
        (lambda path: Image.new("RGBA", (30, 30), (9, 9, 9, 0)).save(path), "all one grey"),
        (saved(np.array([{}, None], object)), "no whole array of numbers"),
        (saved(np.zeros(3)), "has shape (3,)"),
        (saved(np.zeros((0, 9, 9))), "has shape (0, 9, 9)"),
        (saved(np.zeros((2, 9, 9, 5))), "has shape (2, 9, 9, 5)"),
        (saved(np.zeros((9, 9), np.int64)), "holds int64; uint8, bool or float"),
        (saved(np.zeros((9, 9), complex)), "holds complex128"),
        (saved(np.full((9, 9), np.nan)), "not finite"),
        (saved(np.full((9, 9), 1e300)), "not finite"),
        (saved(np.zeros((10_001, 2, 2))), "at most 10,000 images"),
        (lying, "no whole array of numbers"),
    ],
)
def test_what_is_no_picture_is_one_line_with_status_2(
    run: Path, tmp_path: Path, capsys: Any, write: Callable[[Path], object], wanted: str
) -> None:
    path = tmp_path / "x.png"
    write(path)
    assert main(["predict", str(run), str(path)]) == 2
    error = capsys.readouterr().err.strip()
    assert wanted in error
    assert str(path) in error
    assert "\n" not in error


def test_predict_says_what_it_did_and_the_networks_own_answer(run: Path, tmp_path: Path, capsys: Any) -> None:
    np.save(tmp_path / "two.npy", np.stack([stroke(), stroke()[::-1]]))
    png(tmp_path / "one.png", "L", 0, 255)
    figure = tmp_path / "seen.png"
    words = ["predict", str(run), str(tmp_path / "one.png"), str(tmp_path / "two.npy"), "--seed", "1"]
    assert main([*words, "--figure", str(figure)]) == 0
    text = capsys.readouterr().out
    assert "training convolutional, seed 1, 90 steps" in text
    assert "one.png: 40 x 60 L, inverted, its background being lighter than its ink, grey 1..0 scaled to 0..1, " in text
    assert "two.npy[1]: 40 x 60 float32, not inverted, grey 0..1 scaled to 0..1, ink of 20 x 40 scaled to 4 x 8" in text
    image = fit(Picture("x", stroke()[::-1], ()), (8, 8), box=8)[0]
    params = jax.tree.map(jax.numpy.asarray, research.load(run).params("convolutional", 1))
    scores = np.asarray(digits_quick.models(CONFIG)["convolutional"].apply(params, jax.numpy.asarray(image)[None])[0])
    first = np.argsort(-scores)[:3]
    wanted = f"answer {first[0]}    scores " + ", ".join(f"{c}: {scores[c]:.3g}" for c in first)
    assert text.splitlines()[-2].strip() == wanted
    with Image.open(figure) as drawn:
        assert drawn.size[0] > 100


def test_without_files_test_examples_are_read_beside_their_labels(run: Path, capsys: Any) -> None:
    assert main(["predict", str(run)]) == 0
    lines = capsys.readouterr().out.splitlines()
    labels = digits_quick.load(CONFIG).test.labels
    shown = [line for line in lines if line.startswith("test example")]
    assert [int(line.split("label ")[1][0]) for line in shown] == labels[:10].tolist()
    right = sum(not line.endswith("wrong") for line in shown)
    assert f"{right} of 10 right" in lines


def test_runs_that_cannot_read_are_refused(tmp_path: Path, run: Path, capsys: Any) -> None:
    from research.experiments.threshold_units_config import Config
    from research.ledger.records import plain

    fields = {"name": "threshold_units", "experiment": "threshold_units", "config": plain(Config())}
    blind = fake_run(tmp_path / "blind", steps=(), **fields)
    for words, wanted in (
        ([blind], "the experiment threshold_units has no reader"),
        ([fake_run(tmp_path / "bare", steps=())], "convolutional holds no checkpoint that is whole"),
        ([fake_run(tmp_path / "first", steps=(0,))], "stands at step 0: nothing is trained yet"),
        ([run, "--seed", "2"], "has seeds 0 to 1"),
        ([run, "--seed", "-1"], "has seeds 0 to 1"),
        ([run, "--figure", "x.gif"], "must end in .png"),
        ([run, "--figure", "no/such/x.png"], "no folder no/such"),
    ):
        assert main(["predict", *map(str, words)]) == 2
        error = capsys.readouterr().err.strip()
        assert wanted in error
        assert "\n" not in error


def test_an_unfinished_run_says_so(tmp_path: Path, capsys: Any) -> None:
    assert main(["predict", str(fake_run(tmp_path / "run", ended=False))]) == 0
    assert "90 steps; the run has not ended" in capsys.readouterr().out


def test_readers_give_the_networks_own_range() -> None:
    config = lecun1989_zip.Config()
    model = lecun1989_zip.network(config)
    images = jax.random.uniform(jax.random.key(1), (2, 16, 16))
    params = jax.jit(model.init)(jax.random.key(0), images[0])["params"]
    scores = jax.jit(lecun1989_zip.reader(config).scores)(params, images)
    one = jax.jit(lambda image: lecun1989_zip.outputs(model, params, 2 * image - 1))
    wanted = [one(image) for image in images]
    np.testing.assert_allclose(scores, wanted, atol=1e-6)


def test_bad_pictures_name_their_place_in_a_stack(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.stack([stroke(), np.zeros((60, 40), np.float32)]))
    with pytest.raises(BadPicture, match=r"x\.npy\[1\]: all one grey"):
        [fit(picture, (8, 8)) for picture in read(tmp_path / "x.npy")]
