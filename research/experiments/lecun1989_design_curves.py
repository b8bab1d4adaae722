"""What the metric lines of Net-1 to Net-5 tell: passes until learnt, and the pictures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from research.claims import Run
from research.figures import filters, learning, misread


def training_errors(lines: Path, name: str, seeds: int) -> np.ndarray:
    """Training error in % after each pass, shape (passes, seeds), as the lines of the training `name` tell it."""
    rows = [row for row in map(json.loads, lines.read_text().splitlines()) if row["train"] == name]
    return np.array([[row[f"train_error_seed{seed}"] for seed in range(seeds)] for row in rows])


def passes_until(curves: np.ndarray, bound: float, never: int) -> np.ndarray:
    """Number of the first pass after which the error is at most `bound`, for each column; `never` where there is none.

    Args:
        curves: errors (passes, seeds).
        bound: in the unit of the errors.
        never: what stands for a bound that is not reached.
    """
    reached = curves <= bound
    return np.where(reached.any(axis=0), reached.argmax(axis=0) + 1, never).astype(np.float64)


def draw(
    out: Run, nets: tuple[str, ...], params: Any, answer: Callable[[Any, jax.Array], jax.Array], data: Any
) -> None:
    """Learning curves of the five, and filters and misread digits of the last."""
    curves = {f"Net-{name[-1]}": (name, "test_error") for name in nets}
    title = "Test error on 160 digits after training on 320, mean over seeds"
    out.figure("learning", learning(out.folder / "metrics.jsonl", curves, len(data.train.labels), title, scale=1.0))
    out.figure("filters", filters(np.asarray(params["H1"]["weights"])[:, 0].reshape(3, 3, -1), "Net-5, first layer"))
    answers = np.asarray(jax.jit(jax.vmap(answer, in_axes=(None, 0)))(params, data.test.images)).argmax(axis=1)
    images, labels = np.asarray(data.test.images), np.asarray(data.test.labels)
    out.figure("misread", misread(images, labels, answers, "Net-5, first seed"))
