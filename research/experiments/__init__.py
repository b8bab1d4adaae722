"""Experiments: one module a work. A config in `configs/` names one, its Config and the claims that it measures."""

import dataclasses
import difflib
import functools
import importlib
import importlib.util
import math
import pkgutil
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, get_args, runtime_checkable

import jax

from research.claims import Claim, Measurements, Run
from research.experiments._checks import problems, too_large
from research.fields import rebuild

CONFIGS = Path(__file__).parents[2] / "configs"
PARTS = ("Threshold units", "Differentiation", "Learning from images", "Optimization")
"""The parts of the canon in the order of the report; a config of one's own may name another, which comes last."""
Suite = Literal["quick", "cpu", "long", "accelerator"]


@runtime_checkable
class Experiment(Protocol):
    """What a module of `research/experiments/` gives."""

    Config: type
    """Frozen dataclass, flat; every field with its unit and its source."""

    def needs(self, config: Any) -> tuple[str, ...]:
        """Names of the data sets that `load` reads; `()` where the data are made."""
        ...

    def load(self, config: Any) -> Any:
        """The data: a pytree of arrays."""
        ...

    def synthetic(self, config: Any) -> Any:
        """Arrays of the same shapes and dtypes as `load`'s, for runs without data."""
        ...

    def programs(self, config: Any, data: Any) -> dict[str, jax.stages.Lowered]:
        """The step and the evaluation, lowered and not compiled: what the fingerprint of a record covers."""
        ...

    def run(self, config: Any, keys: jax.Array, data: Any, out: Run, max_steps: int | None = None) -> Measurements:
        """Measures every quantity that the claims name: one value a key, or one in all where no key enters."""
        ...


class Reader(NamedTuple):
    """How a trained network of an experiment reads images of one's own: what an optional `reader(config)` returns.

    Args:
        training: name of the training whose newest checkpoint holds the parameters.
        shape: height and width of an image, in pixels.
        scores: scores(params of one seed, images) -> (n, classes), the greatest score being the answer; images
            (n, height, width), float32 in [0, 1], ink 1 and background 0.
        classes: name of each class.
        box: greatest side of the ink in a training image, in pixels; None for MNIST's 20 of 28.
    """

    training: str
    shape: tuple[int, int]
    scores: Callable[[Any, Any], Any]
    classes: tuple[str, ...] = tuple("0123456789")
    box: int | None = None


@dataclasses.dataclass(frozen=True)
class Entry:
    """A config file, read.

    Args:
        name: name of the file without its ending.
        record: its docstring: paper and table, command, what the paper reports, assumptions, time.
        experiment: the module that measures it.
        config: an instance of the experiment's Config.
        part: part of the canon in which the report lists it.
        suite: quick, cpu, long or accelerator.
        seeds: how many seeds `reproduce` measures.
        claims: what it claims.
    """

    name: str
    record: str
    experiment: Experiment
    config: Any
    part: str
    suite: Suite
    seeds: int
    claims: tuple[Claim, ...]

    @property
    def title(self) -> str:
        """First line of the record."""
        return self.record.strip().splitlines()[0].rstrip(".")

    @property
    def place(self) -> tuple[int, str]:
        """Where its part stands: sorts works as the tables and the report list them."""
        return (PARTS.index(self.part) if self.part in PARTS else len(PARTS), self.part)


class UnknownName(LookupError):
    """A name that does not exist, with the nearest that do."""

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        super().__init__(f"there is no {kind} {name!r}; {hint}")


class BadConfig(ValueError):
    """A config file that lacks something, or a field with a value that cannot be."""


def require_positive(config: Any, *fields: str) -> None:
    """Raises BadConfig where one of the fields (numbers, or tuples of them) is not above 0 and finite; names it."""
    for field in fields:
        value = getattr(config, field)
        numbers = value if isinstance(value, tuple | list) else (value,)
        if not all(isinstance(x, int | float) and 0 < x < math.inf for x in numbers):
            raise BadConfig(f"{field} = {value}: must be above 0 and finite")


def names() -> list[str]:
    """Names of all configs, sorted: the listing of `configs/`."""
    return sorted(path.stem for path in CONFIGS.glob("*.py") if not path.stem.startswith("_"))


def entry(name_or_path: str) -> Entry:
    """Reads a config by its name (`digits_quick`) or by the path of its file (`./mine.py`).

    Raises:
        UnknownName: no such config; the message names the nearest.
        BadConfig: a file that lacks one of the names a config defines; the message names it.
    """
    path = Path(name_or_path)
    if path.suffix != ".py":
        path = CONFIGS / f"{name_or_path}.py"
    if path.is_dir():
        raise BadConfig(f"{path} is a folder; a config is a Python file")
    if not path.is_file():
        raise UnknownName("config", name_or_path, names())
    module = _module(path)
    wanted = ("EXPERIMENT", "CONFIG", "PART", "SUITE", "SEEDS", "CLAIMS")
    lacks = [] if (module.__doc__ or "").strip() else ["a docstring"]
    if lacks := lacks + [name for name in wanted if not hasattr(module, name)]:
        raise BadConfig(f"{path}: a config defines {', '.join(lacks)}, and this one does not")
    made = _of(path, experiment, module.EXPERIMENT)
    for problem in problems(module, made.Config, path, PARTS, get_args(Suite), names()):
        raise BadConfig(f"{path}: {problem}")
    fields = {field.name: getattr(module.CONFIG, field.name) for field in dataclasses.fields(module.CONFIG)}
    config = _of(path, functools.partial(rebuild, made.Config), fields)
    for problem in too_large(config, module.SEEDS):
        raise BadConfig(f"{path}: {problem}")
    return Entry(
        name=path.stem,
        record=module.__doc__ or "",
        experiment=made,
        config=config,
        part=module.PART,
        suite=module.SUITE,
        seeds=module.SEEDS,
        claims=tuple(module.CLAIMS),
    )


def _module(path: Path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(f"configs.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadConfig(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever a user's file raises
        said = str(error).strip().partition("\n")[0][:300]
        raise BadConfig(f"{path}: {type(error).__name__}" + (f": {said}" if said else "")) from error
    return module


def _of(path: Path, read: Callable[[Any], Any], word: Any) -> Any:
    try:
        return read(word)
    except (UnknownName, ValueError) as error:
        raise BadConfig(f"{path}: {error}") from error


def experiment(name: Any) -> Any:
    """The module `research.experiments.NAME`.

    Raises:
        UnknownName: there is none.
        BadConfig: it is a part of an experiment and none itself.
    """
    known = sorted(info.name for info in pkgutil.iter_modules([str(Path(__file__).parent)]))
    known = [module for module in known if not module.startswith("_")]
    if name not in known:
        raise UnknownName("experiment", str(name), known)
    module = importlib.import_module(f"research.experiments.{name}")
    if not isinstance(module, Experiment):
        raise BadConfig(
            f"EXPERIMENT = {name!r}: that module is a part of an experiment; it has no Config, load and run"
        )
    return module


def seed_keys(seeds: int) -> jax.Array:
    """One typed key a seed, shape (seeds,): key number s is `jax.random.key(s)`."""
    return jax.vmap(jax.random.key)(jax.numpy.arange(seeds))
