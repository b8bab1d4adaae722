"""A scan in segments: the same values and gradients, one more computation, and less memory."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import random_cases

from research.autodiff.cost import cost
from research.autodiff.measured import measured
from research.autodiff.rematerialised import scan_in_segments


def step(x: jax.Array, w: jax.Array) -> tuple[jax.Array, jax.Array]:
    x = jnp.tanh(x @ w)
    return x, x[:2]


def losses(segment: int | None, x: jax.Array, ws: jax.Array) -> jax.Array:
    x, ys = jax.lax.scan(step, x, ws) if segment is None else scan_in_segments(step, x, ws, segment)
    return x.sum() + (ys**2).sum()


def shapes(length: int, width: int) -> list[jax.ShapeDtypeStruct]:
    return [jax.ShapeDtypeStruct((width,), float), jax.ShapeDtypeStruct((length, width, width), float)]


def gradient(segment: int | None):
    return jax.value_and_grad(lambda x, ws: losses(segment, x, ws), argnums=(0, 1))


def test_a_scan_without_arrays_has_its_length_given() -> None:
    def power(x: jax.Array, segment: int | None) -> jax.Array:
        def square(x: jax.Array, _: None) -> tuple[jax.Array, None]:
            return jnp.sin(x), None

        scan = jax.lax.scan if segment is None else scan_in_segments
        return scan(square, x, None, *(() if segment is None else (segment,)), length=6)[0]

    exact = jax.value_and_grad(power)(jnp.float32(0.7), None)
    np.testing.assert_allclose(jax.value_and_grad(power)(jnp.float32(0.7), 3), exact, rtol=1e-6)


def test_values_and_gradients_are_those_of_the_scan() -> None:
    with jax.enable_x64(True):
        x, ws = random_cases.like(shapes(6, 4))
        exact = jax.jit(gradient(None))(x, ws)
        for segment in (2, 6):
            found = jax.jit(gradient(segment))(x, ws)
            jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14), found, exact)


@pytest.mark.parametrize("segment", [1, 4, 12])
def test_every_step_is_computed_once_more(segment: int) -> None:
    """L n^2 MACs forward, L n^2 again, and 2 L n^2 back."""
    x, ws = shapes(12, 5)
    assert cost(gradient(None), x, ws).macs == 3 * 12 * 25
    assert cost(gradient(segment), x, ws).macs == 4 * 12 * 25


def test_memory_falls_with_the_kept_layers() -> None:
    """144 layers of 64 x 16 numbers: segments of 12 keep 12 + 12 of them, one of 144 all; the rest is less than 24."""
    x, ws = jnp.zeros((64, 16)), jnp.zeros((144, 16, 16))
    layer = 64 * 16 * 4
    used = [
        measured(jax.grad(lambda x, s=s: losses(s, x, ws)), x, repeats=1).temporary_bytes or 0 for s in (None, 12, 144)
    ]
    assert 24 * layer < used[1] < 48 * layer
    assert min(used[0], used[2]) > 144 * layer


@pytest.mark.parametrize("segment", [0, 5, 7])
def test_a_segment_that_does_not_divide_is_an_error(segment: int) -> None:
    with pytest.raises(ValueError, match=f"segment = {segment} must divide the 6 steps"):
        losses(segment, jnp.zeros(4), jnp.zeros((6, 4, 4)))
