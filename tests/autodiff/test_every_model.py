"""Every network of the package, a new one too: forward mode, reverse mode and differences agree, in float64."""

from collections.abc import Callable, Iterator
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import random_cases

from research.autodiff.products import inner
from research.models.listing import networks

NETWORKS = networks()
DIRECTIONS, STEP = 3, 1e-6


@pytest.fixture(autouse=True)
def float64() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


def network(model: nn.Module, shape: tuple[int, ...]) -> tuple[Callable, dict[str, Any], jax.Array]:
    """outputs(weights, x), weights and an example; variables that are no weights are what `init` gives."""
    x = jnp.asarray(np.random.default_rng(1).uniform(size=shape))
    drawn = jax.eval_shape(model.init, jax.random.key(0), x)
    others = {name: jax.tree.map(jnp.ones_like, tree) for name, tree in drawn.items() if name != "params"}
    return (lambda w, x: model.apply({**others, "params": w}, x)), random_cases.like(drawn["params"]), x


@pytest.mark.parametrize(("model", "shape"), NETWORKS.values(), ids=NETWORKS)
def test_modes_agree_on_every_network(model: nn.Module, shape: tuple[int, ...]) -> None:
    modes_agree(*network(model, shape))


def test_a_wrong_derivative_is_noticed() -> None:
    """Adjointness alone does not see it: the reverse mode of a wrong forward rule is its adjoint."""

    @jax.custom_jvp
    def square(x: jax.Array) -> jax.Array:
        return x**2

    square.defjvp(lambda x, dx: (x[0] ** 2, 3 * x[0] * dx[0]))
    weights, x = jnp.arange(1.0, 4.0), jnp.ones(3)
    modes_agree(lambda w, x: (w * x) ** 2, weights, x)
    with pytest.raises(AssertionError, match="differences"):
        modes_agree(lambda w, x: square(w * x), weights, x)


def modes_agree(f: Callable, weights: Any, x: jax.Array) -> None:
    """<u, J v> by forward mode, <J' u, v> by reverse mode, and differences of <u, f> along v; in weights and in inputs.

    J' u is the gradient of <u, f>, a scalar, and <u, J v> its slope along v.
    """
    y = jax.eval_shape(f, weights, x)
    pull = jax.jit(lambda at, u: jax.vjp(f, *at)[1](u))
    push = jax.jit(lambda at, along: jax.jvp(f, at, along))
    at, none = (weights, x), jax.tree.map(jnp.zeros_like, (weights, x))
    for seed in range(DIRECTIONS):
        dw, dx, u = random_cases.like((weights, x, y), seed)
        gradient = pull(at, u)
        for along in ((dw, none[1]), (none[0], dx)):
            slope = float(inner(u, push(at, along)[1]))
            assert abs(slope) > 1e-6
            np.testing.assert_allclose(inner(gradient, along), slope, rtol=1e-10, err_msg="reverse mode")
            ahead, behind = (push(moved(at, along, h), along)[0] for h in (STEP, -STEP))
            difference = (inner(u, ahead) - inner(u, behind)) / (2 * STEP)
            np.testing.assert_allclose(difference, slope, rtol=1e-5, atol=1e-8, err_msg="differences")


def moved(at: Any, along: Any, h: float) -> Any:
    return jax.tree.map(lambda a, v: a + h * v, at, along)
