"""What `differentiate` differentiates: a model of the package, or a function in a module or a file of one's own."""

import dataclasses
import functools
import importlib
import importlib.util
import inspect
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from research.autodiff.tracing import BadFunction, blaming, flat
from research.experiments import BadConfig, UnknownName
from research.losses import mean_squared_error
from research.models.listing import networks

HOW = (
    "give each a default (def f(x=jnp.ones(3)): ...), or name a function without arguments that returns "
    "(network, weights, x)"
)


@dataclasses.dataclass(frozen=True)
class Subject:
    """A function of weights and inputs, and where it is differentiated.

    Args:
        name: as the user wrote it.
        network: network(weights, inputs) -> a tree of floating-point arrays.
        weights: tree of arrays, in which the loss is differentiated.
        inputs: array or tree in which the values are differentiated; () for a plain function, whose arguments are the
            weights and take that place too.
        module: the flax module, where the network is one.
    """

    name: str
    network: Callable[[Any, Any], Any]
    weights: Any
    inputs: Any
    module: nn.Module | None = None

    @property
    def is_network(self) -> bool:
        """Whether inputs stand beside the weights."""
        return bool(jax.tree.leaves(self.inputs))

    @functools.cached_property
    def m(self) -> int:
        """Number of values."""
        return sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(self.network, self.weights, self.inputs)))

    @functools.cached_property
    def n(self) -> int:
        """Number of weights."""
        return sum(leaf.size for leaf in jax.tree.leaves(self.weights))

    def values(self, weights: Any, inputs: Any) -> Float[Array, " m"]:
        """All values of the network, one after another."""
        return ravel_pytree(self.network(weights, inputs))[0]

    def loss(self, values: Float[Array, " m"], targets: Float[Array, " m"]) -> Float[Array, ""]:
        """The mean squared error; of a plain function with one value, that value."""
        return mean_squared_error(values, targets) if self.has_targets else values[0]

    @property
    def has_targets(self) -> bool:
        """Whether the loss is the mean squared error."""
        return self.is_network or self.m > 1


def subject(name: str) -> Subject:
    """The model of that name, or the function that MODULE:FUNCTION or FILE.py:FUNCTION names.

    Raises:
        UnknownName: no such model, or no such function in the module.
        BadConfig: a module that cannot be imported, or what is no function, or one whose arguments are not given.
        BadFunction: a function that raises, or whose arguments or values are no floating-point numbers.
    """
    if ":" in name:
        try:
            return _checked(_own(name, _function(name)))
        except SystemExit as error:
            raise BadConfig(f"{name}: leaves Python, by SystemExit") from error
    if name.endswith(".py"):
        raise BadConfig(f"{name}: name its function too, as {name}:FUNCTION")
    known = networks()
    if name not in known:
        raise UnknownName("model", name, sorted(known))
    return _checked(_of_module(name, *known[name]))


def _of_module(name: str, module: nn.Module, shape: tuple[int, ...]) -> Subject:
    """A flax module with first weights and one example, both drawn; what is no weight (statistics) is held fixed."""
    keys = jax.random.split(jax.random.key(0))
    example = jax.random.uniform(keys[0], (jnp.zeros(shape).size,)).reshape(shape)
    with blaming(type(module), (example,)):
        held = dict(jax.jit(module.init)(keys[1], example))
    weights = held.pop("params", {})

    def network(weights: Any, example: Array) -> Any:
        return module.apply({"params": weights, **held}, example)

    return Subject(name, network, weights, example, module)


def _own(name: str, function: Callable[..., Any]) -> Subject:
    """By position, at the defaults; without arguments the function returns the network, its weights and an input."""
    parameters = _parameters(name, function)
    if missing := [p.name for p in parameters if p.default is p.empty]:
        raise BadConfig(f"{name}: no value for its arguments {', '.join(missing)}; {HOW}")
    args = tuple(p.default for p in parameters if p.kind is not p.KEYWORD_ONLY)
    if args:
        return Subject(name, lambda args, _: function(*args), _arrays(name, args), ())
    with blaming(function, ()):
        made = function()
    match made:
        case (nn.Module() as module, tuple() as shape):
            return _of_module(name, module, shape)
        case (network, weights, x) if callable(network):
            return Subject(name, network, _arrays(name, weights), _arrays(name, x))
    raise BadConfig(
        f"{name} has no arguments: it must return (network, weights, x), or a flax module and the shape of its input; "
        f"or give it arguments with defaults (def f(x=jnp.ones(3)): ...)"
    )


def _parameters(name: str, function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise BadConfig(f"{name} is {type(function).__name__}, and no function of Python's") from error
    return [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def _arrays(name: str, tree: Any) -> Any:
    try:
        return jax.tree.map(jnp.asarray, tree)
    except (TypeError, ValueError) as error:
        raise BadConfig(f"{name}: an argument is no array, number or tree of them ({error})".split("\n")[0]) from error


def _checked(subject: Subject) -> Subject:
    """Raises BadFunction for a subject that raises, or without floating-point arguments and values."""

    def f(weights: Any, inputs: Any) -> Any:
        return subject.network(weights, inputs)

    f.__qualname__ = subject.name
    flat(f, subject.weights, subject.inputs)
    if not subject.n or not subject.m:
        raise BadFunction(f"{subject.name}: {subject.n} weights and {subject.m} values; at least one of each")
    return subject


def _function(name: str) -> Callable[..., Any]:
    place, _, word = name.rpartition(":")
    if not place or not word:
        raise BadConfig(f"{name}: FILE.py:FUNCTION or MODULE:FUNCTION")
    module = _file(place) if place.endswith(".py") else _module(place)
    found = getattr(module, word, None)
    if found is None:
        known = [f"{place}:{n}" for n, f in vars(module).items() if callable(f) and not n.startswith("_")]
        own = [k for k in known if getattr(vars(module)[k.rpartition(":")[2]], "__module__", "") == module.__name__]
        raise UnknownName("function", name, own or known or ["none"])
    if not callable(found):
        raise BadConfig(f"{name} is {type(found).__name__}, and no function")
    return found


def _module(name: str) -> types.ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # whatever a user's module raises
        raise BadConfig(_said(f"{name}: cannot be imported", error)) from error


def _file(place: str) -> types.ModuleType:
    if not Path(place).is_file():
        raise BadConfig(f"there is no file {place}")
    spec = importlib.util.spec_from_file_location(Path(place).stem, place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(spec.name)
    sys.modules[spec.name] = module  # dataclasses and flax modules in the file look themselves up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever a user's file raises
        raise BadConfig(_said(place, error)) from error
    finally:
        if before is not None:
            sys.modules[spec.name] = before
    return module


def _said(place: str, error: BaseException) -> str:
    text = str(error).strip().partition("\n")[0][:300]
    return f"{place}: {type(error).__name__}" + (f": {text}" if text else "")
