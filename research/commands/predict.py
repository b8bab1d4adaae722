"""`predict`: a trained run reads the user's pictures, and says what it did to them first."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from numpy import ndarray
from rich.console import Console

from research.commands import figures
from research.commands.pictures import Picture, fit, read
from research.experiments import Reader
from research.ledger.runs import BadRun, Loaded, load

EXAMPLES = 10
SHOWN = 40


class Example(NamedTuple):
    """One picture as the network sees it.

    Args:
        name: the file, with its place in a stack; or the test example.
        image: (h, w), float32 in [0, 1], ink 1.
        note: what was done to it; "" where nothing.
        label: number of its class where that is known.
    """

    name: str
    image: Float[ndarray, "h w"]
    note: str
    label: int | None = None


def predict(run: str, files: Sequence[str], seed: int, figure: Path | None, workdir: Path, console: Console) -> int:
    """Prints what was done to each picture, the answer of one seed's network and its three greatest scores.

    Raises:
        BadRun: no such run or seed, an experiment that reads no pictures, or nothing trained.
        BadPicture: a file that is no picture.
    """
    figures.check(figure)
    loaded = load(run, workdir)
    reader = reader_of(loaded)
    step, params = trained(loaded, reader, seed)
    examples = [example for file in files for example in _own(Path(file), reader)] or _test(loaded, reader)
    scores = np.asarray(jax.jit(reader.scores)(params, np.stack([example.image for example in examples])))
    if scores.shape != (len(examples), len(reader.classes)):
        raise BadRun(f"{loaded.name}: its reader gives scores of shape {scores.shape} for {len(examples)} images")
    state = "" if loaded.finished else "; the run has not ended"
    console.print(
        f"{loaded.folder}: training {reader.training}, seed {seed}, {step} steps{state}",
        highlight=False,
        soft_wrap=True,
    )
    for example, of_one in zip(examples, scores, strict=True):
        _show(example, of_one, reader.classes, console)
    _sum_up(examples, scores, console)
    if figure is not None:
        figures.write(_draw(examples, scores, reader.classes), figure)
        console.print(f"{figure} shows what the network saw.", highlight=False, soft_wrap=True)
    if not files:
        console.print(f"Next: python -m research predict {run} FILE.png    reads a picture of yours", soft_wrap=True)
    elif figure is None:
        console.print("Next: --figure PATH.png shows what the network saw")
    return 0


def reader_of(loaded: Loaded) -> Reader:
    """How the networks of a run read pictures.

    Raises:
        BadRun: its experiment has no `reader`: nothing of it reads pictures.
    """
    make = getattr(loaded.experiment, "reader", None)
    if make is None:
        name = loaded.experiment.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
        raise BadRun(f"{loaded.folder}: the experiment {name} has no reader; its runs read no pictures")
    return make(loaded.config)


def trained(loaded: Loaded, reader: Reader, seed: int) -> tuple[int, Any]:
    """Steps done and parameters of one seed.

    Raises:
        BadRun: no whole checkpoint, no such seed, or no step done.
    """
    state = loaded.state(reader.training, seed)
    step = int(state["step"])
    if step == 0:
        raise BadRun(f"{loaded.folder}: the training {reader.training} stands at step 0: nothing is trained yet")
    return step, state["params"]


def _own(path: Path, reader: Reader) -> list[Example]:
    fitted = [(picture.name, fit(picture, reader.shape, reader.box)) for picture in read(path)]
    return [Example(name, image, note) for name, (image, note) in fitted]


def _test(loaded: Loaded, reader: Reader) -> list[Example]:
    """The first test examples of the run's data; their range is that of all of them."""
    test = getattr(loaded.experiment.load(loaded.config), "test", None)
    images, labels = (np.asarray(getattr(test, name, ())) for name in ("images", "labels"))
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim != 3 or len(images) != len(labels):
        raise BadRun(f"{loaded.folder}: its data have no test images to show; name a file of yours")
    low, high = float(images.min()), float(images.max())
    examples = []
    for place, (image, label) in enumerate(zip(images[:EXAMPLES], labels, strict=False)):
        name, note = f"test example {place}", ""
        grey = ((image - low) / (high - low)).astype(np.float32)
        if grey.shape != reader.shape:
            grey, note = fit(Picture(name, grey, ()), reader.shape, reader.box)
        examples.append(Example(name, grey, note, int(label)))
    return examples


def _show(example: Example, scores: np.ndarray, classes: tuple[str, ...], console: Console) -> None:
    first = np.argsort(-scores)[:3]
    said = f"answer {classes[first[0]]}    scores " + ", ".join(f"{classes[c]}: {scores[c]:.3g}" for c in first)
    if example.label is not None:
        said = f"label {classes[example.label]}, {said}" + ("" if first[0] == example.label else "    wrong")
    text = f"{example.name}: {example.note}\n    {said}" if example.note else f"{example.name}: {said}"
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _sum_up(examples: Sequence[Example], scores: np.ndarray, console: Console) -> None:
    known = [(example.label, answer) for example, answer in zip(examples, scores.argmax(axis=1), strict=True)]
    known = [(label, answer) for label, answer in known if label is not None]
    if known:
        console.print(f"{sum(label == answer for label, answer in known)} of {len(known)} right", highlight=False)


def _draw(examples: Sequence[Example], scores: np.ndarray, classes: tuple[str, ...]) -> Figure:
    """What the network saw, with its answers; the first of them."""
    shown = examples[:SHOWN]
    across = min(len(shown), 8)
    down = -(-len(shown) // across)
    figure = Figure(figsize=(1.1 * max(across, 3), 1.3 * down + 0.4), layout="constrained")
    for place, axes in enumerate(np.atleast_1d(figure.subplots(down, across)).flat):
        axes.set_axis_off()
        if place < len(shown):
            axes.imshow(shown[place].image, cmap="gray_r", vmin=0, vmax=1)
            label = shown[place].label
            asked = "" if label is None else f"{classes[label]} read as "
            axes.set_title(f"{asked}{classes[scores[place].argmax()]}", fontsize=8)
    more = f" (the first {SHOWN} of {len(examples)})" if len(examples) > SHOWN else ""
    figure.suptitle(f"What the network saw, and its answer{more}", fontsize=9)
    return figure
