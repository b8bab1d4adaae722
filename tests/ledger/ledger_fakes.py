"""A small fake experiment: a module file of its own, claims of every kind, and an entry that holds them."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from research.claims import Below, Claim, Within, exactly
from research.experiments import Entry

SOURCE = '''"""A line through a point."""

import dataclasses

import jax
import jax.numpy as jnp


@dataclasses.dataclass(frozen=True)
class Config:
    """Fields."""

    width: int = 3
    sizes: tuple[int, ...] = (2, 4)


def needs(config):
    """None."""
    return ()


def load(config):
    """Zeros."""
    return synthetic(config)


def synthetic(config):
    """Zeros."""
    return jnp.zeros((5, config.width))


def step(data):
    """The mean of squares."""
    return jnp.mean(jnp.where(data > 0, data, -data) ** 2)  # a comment


def programs(config, data):
    """One program."""
    return {"step": jax.jit(step).lower(data)}


def run(config, keys, data, out, max_steps=None):
    """Nothing."""
    return {}
'''


def claim(**fields: Any) -> Claim:
    """A claim with defaults."""
    defaults: dict[str, Any] = {
        "id": "C-1",
        "title": "test error",
        "quantity": "error",
        "statistic": "mean",
        "paper": 5.0,
        "accept": Within(4.0, 6.0, "a wide interval"),
        "control": "untrained",
        "unit": "%",
        "source": "Nobody 1901, table 1",
        "known": "read",
    }
    return Claim(**defaults | fields)


MEASURED = {
    "error": np.array([4.5, 5.0, 5.9]),
    "untrained": np.array([90.0, 91.0, 92.0]),
    "linear": np.array([8.0, 9.0, 10.0]),
    "units": np.array([54.0]),
}


def fake_module(folder: Path, source: str = SOURCE) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "fake_experiment.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location("fake_experiment", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fake_entry(folder: Path, source: str = SOURCE, **fields: Any) -> Entry:
    """An entry whose experiment is a file in `folder`; `source` replaces it, other fields change the entry."""
    module = fake_module(folder, source)
    defaults: dict[str, Any] = {
        "name": "fake",
        "record": "A fake work.\n\nNobody 1901, table 1.\n\n    python -m research reproduce fake\n",
        "experiment": module,
        "config": module.Config(),
        "part": "I Beginnings",
        "suite": "quick",
        "seeds": 3,
        "claims": (
            claim(),
            claim(id="C-2", title="fewer errors than a line", accept=Below("linear"), paper=None),
            claim(id="C-3", title="units", quantity="units", paper=54.0, accept=exactly(54.0), control=None, unit=""),
        ),
    }
    return Entry(**defaults | fields)
