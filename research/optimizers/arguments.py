"""Checks of an optimizer's arguments: what is known when it is made, and the weights that its update needs."""

import math
from typing import Any, Literal

from jax.core import Tracer

Range = Literal["> 0", ">= 0", "in [0, 1)"]


def require(range: Range, **arguments: Any) -> None:
    """Raises ValueError, naming the argument and its value, where a number is outside its range or not finite.

    A schedule, or a value that is traced (under `optax.inject_hyperparams`, `jax.jit`, `jax.vmap`), is not known yet
    and passes.
    """
    for name, value in arguments.items():
        if callable(value) or isinstance(value, Tracer):
            continue
        number = _number(value)
        holds = {"> 0": number > 0, ">= 0": number >= 0, "in [0, 1)": 0 <= number < 1}[range]
        if not (holds and math.isfinite(number)):
            raise ValueError(f"{name} = {value}: must be finite and {range}")


def require_params(params: Any) -> None:
    """Raises ValueError where update was called without the weights that its rule needs."""
    if params is None:
        raise ValueError("params = None: this rule computes the next weights; call update(gradients, state, params)")


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
