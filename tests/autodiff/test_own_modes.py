"""Our dual numbers and our tape against each other, against the book's example and against JAX."""

import doctest
import math
import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from research.autodiff import dual, tape

Expression = Callable[[Any, Any, Any], Any]
"""expression(functions, x1, x2), with functions = dual, tape or jnp."""


def book(m: Any, x1: Any, x2: Any) -> Any:
    return m.log(x1) + x1 * x2 - m.sin(x2)


def differentiated(expression: Expression, x: tuple[float, float]) -> list[tuple[float, float, float]]:
    """Value and both slopes: by dual numbers, by the tape, by JAX's forward and reverse mode."""
    along = [dual.jvp(lambda a, b: expression(dual, a, b), x, v) for v in ((1, 0), (0, 1))]
    value, slopes = tape.gradient(lambda a, b: expression(tape, a, b), x)
    with jax.enable_x64(True):
        f = lambda x: jnp.asarray(expression(jnp, x[0], x[1]), jnp.float64)  # noqa: E731
        at = jnp.asarray(x, jnp.float64)
        forward, (reverse, gradient) = jax.jacfwd(f)(at), jax.value_and_grad(f)(at)
        found = [(along[0][0], along[0][1], along[1][1]), (value, *slopes)]
        return [*found, (float(reverse), *map(float, forward)), (float(reverse), *map(float, gradient))]


def test_the_example_of_siskind_and_baydin() -> None:
    """Baydin et al. 2018, tables 2 and 3: y = 11.652, dy/dx1 = 5.5, dy/dx2 = 1.716, at (2, 5)."""
    for value, first, second in differentiated(book, (2.0, 5.0)):
        assert (round(value, 3), first, round(second, 3)) == (11.652, 5.5, 1.716)
        assert value == pytest.approx(math.log(2) + 10 - math.sin(5), rel=1e-15)
        assert second == pytest.approx(2 - math.cos(5), rel=1e-15)


OPERATIONS = (operator.add, operator.sub, operator.mul)
SAFE = {
    "sin": lambda m, a: m.sin(a),
    "cos": lambda m, a: m.cos(a),
    "tanh": lambda m, a: m.tanh(a),
    "exp": lambda m, a: m.exp(m.tanh(a)),
    "log": lambda m, a: m.log(a * a + 1.5),
    "sqrt": lambda m, a: m.sqrt(1.5 + a * a),
    "reciprocal": lambda m, a: 2.0 / (a * a + 1.0),
    "minus": lambda m, a: -a,
    "from one": lambda m, a: 1 - a,
    "square": lambda m, a: m.sin(a) ** 2,
    "cube": lambda m, a: m.sin(a) ** 3.0,
    "power of two": lambda m, a: 2.0 ** m.sin(a),
}
TWO = {
    "quotient": lambda m, a, b: a / (b * b + 1.0),
    "power": lambda m, a, b: (m.cos(a) + 2) ** m.tanh(b),
}


def joined(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    one = st.tuples(st.sampled_from(list(SAFE.values())), parts).map(lambda t: lambda m, x, y: t[0](m, t[1](m, x, y)))
    pairs = [*TWO.values(), *(lambda m, a, b, op=op: op(a, b) for op in OPERATIONS)]
    two = st.tuples(st.sampled_from(pairs), parts, parts).map(
        lambda t: lambda m, x, y: t[0](m, t[1](m, x, y), t[2](m, x, y))
    )
    return st.one_of(one, two)


leaves = st.sampled_from([lambda m, x, y: x, lambda m, x, y: y, lambda m, x, y: x * 0.5 + 1])
expressions = st.recursive(leaves, joined, max_leaves=8)
numbers = st.floats(-1, 1, allow_subnormal=False)


def assert_agree(expression: Expression, x: tuple[float, float]) -> None:
    found = np.array(differentiated(expression, x))
    # Slopes reach some hundreds in these expressions: 1e-12 absolute is their rounding where they cancel.
    np.testing.assert_allclose(found, np.broadcast_to(found[-1], found.shape), rtol=1e-12, atol=1e-12)


@given(expressions, numbers, numbers)
@settings(max_examples=25, deadline=None)
def test_random_expressions(expression: Expression, x1: float, x2: float) -> None:
    assert_agree(expression, (x1, x2))


@pytest.mark.parametrize("function", SAFE.values(), ids=SAFE)
def test_every_function(function: Callable) -> None:
    assert_agree(lambda m, x, y: function(m, x) * y, (0.7, -1.3))


@pytest.mark.parametrize("function", TWO.values(), ids=TWO)
def test_every_function_of_two(function: Callable) -> None:
    assert_agree(function, (0.7, -1.3))
    assert_agree(lambda m, x, y: function(m, y, x) + function(m, x, x), (0.7, -1.3))


def test_a_number_read_twice_and_one_never_read() -> None:
    assert_agree(lambda m, x, y: x * x + x, (3.0, 1.0))
    assert tape.gradient(lambda x, y: x * x + x, (3, 1)) == (12.0, [7.0, 0.0])
    assert tape.gradient(lambda x: 5.0, (3.0,)) == (5.0, [0.0])
    assert dual.jvp(lambda x: 5.0, (3.0,), (1.0,)) == (5.0, 0.0)
    assert tape.gradient(lambda x: x**0 + 0.0**0 * x, (0.0,)) == (1.0, [1.0])


def test_a_power_of_a_negative_number() -> None:
    assert dual.jvp(lambda x: x**3, (-2.0,), (1.0,)) == (-8.0, 12.0)
    assert tape.gradient(lambda x: x**3, (-2.0,)) == (-8.0, [12.0])


def test_a_long_chain_does_not_exceed_the_stack() -> None:
    def f(x: Any) -> Any:
        for _ in range(5_000):
            x = x * 1.0
        return x

    assert tape.gradient(f, (2.0,)) == (2.0, [1.0])


def test_directions_of_another_length_are_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        dual.jvp(lambda x, y: x * y, (1.0, 2.0), (1.0,))


@pytest.mark.parametrize("module", [dual, tape])
def test_outside_the_domain_is_an_error(module: Any) -> None:
    with pytest.raises(ValueError, match=r"domain|positive"):
        module.log(-1.0)


@pytest.mark.parametrize("module", [dual, tape])
def test_the_example_in_the_docstring(module: Any) -> None:
    assert doctest.testmod(module) == (0, 2)


def test_a_power_outside_its_domain_raises_as_math_does() -> None:
    with pytest.raises(ValueError, match="math domain error"):
        tape.gradient(lambda x: x ** (1 / 3), (-8.0,))
    with pytest.raises(ValueError, match="math domain error"):
        dual.jvp(lambda x: x**0.5, (0.0,), (1.0,))
