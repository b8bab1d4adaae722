"""Every mode gives the same Jacobian, in the number of sweeps that it says."""

import functools
import itertools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import random_cases

from research.autodiff.cost import cost
from research.autodiff.modes import MODES, Mode, along, forward_gradient
from research.autodiff.tracing import BadFunction, flat
from research.models import mlp
from research.models.digits_network import digits_network
from research.models.lenet1989 import lenet1989

ARCHITECTURES = [(3, 5, 4), (1, 6, 2), (4, 3, 3, 1)]
EXACT = [name for name in MODES if name != "central differences"]


def perceptron(sizes: tuple[int, ...]) -> tuple[Callable, jax.Array]:
    layers = random_cases.layers(sizes)
    return (lambda x: mlp.apply(layers, x, jnp.tanh)), random_cases.like(jax.ShapeDtypeStruct(sizes[:1], float))


def macs(sizes: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Inputs n, outputs m, MACs M, and those without the last layer."""
    each = [below * above for below, above in itertools.pairwise(sizes)]
    return sizes[0], sizes[-1], sum(each), sum(each[:-1])


def agree(f: Callable, x: jax.Array) -> None:
    found = {name: np.asarray(jax.jit(lambda x, mode=mode: mode(f, x))(x)) for name, mode in MODES.items()}
    scale = np.abs(found["forward"]).max()
    assert scale > 0.01
    for one, other in itertools.combinations(EXACT, 2):
        np.testing.assert_allclose(found[one], found[other], rtol=0, atol=1e-13 * scale, err_msg=f"{one}, {other}")
    bound = 10 * np.finfo(x.dtype).eps ** (2 / 3)  # for values and third derivatives of order 1
    for name in EXACT:
        np.testing.assert_allclose(found["central differences"], found[name], rtol=0, atol=bound)


@pytest.mark.parametrize("sizes", ARCHITECTURES, ids=str)
def test_modes_agree_pairwise_on_perceptrons(sizes: tuple[int, ...]) -> None:
    with jax.enable_x64(True):
        f, x = perceptron(sizes)
        agree(f, x)
        assert MODES["forward"](f, x).shape == (sizes[-1], sizes[0])


def test_differences_in_float32_are_as_near_as_its_rounding_lets_them() -> None:
    layers = jax.tree.map(lambda a: a.astype(jnp.float32), random_cases.layers((3, 5, 4)))
    f, x = (lambda x: mlp.apply(layers, x, jnp.tanh)), jnp.asarray([0.1, -1.0, 30.0])
    bound = 10 * np.finfo(np.float32).eps ** (2 / 3)
    np.testing.assert_allclose(MODES["central differences"](f, x), MODES["forward"](f, x), rtol=0, atol=bound)


def test_modes_agree_pairwise_on_a_convolutional_network() -> None:
    with jax.enable_x64(True):
        apply, params, image = random_cases.network(digits_network)
        agree(*flat(lambda image: apply(params, image), image))


@pytest.mark.parametrize("known", [digits_network, lenet1989], ids=["digits", "lenet1989"])
def test_forward_and_reverse_are_adjoint_on_models(known: Callable) -> None:
    """<u, J v> = <J' u, v> in the weights, in float64, in several random directions."""
    with jax.enable_x64(True):
        apply, params, image = random_cases.network(known)
        f, x = flat(lambda params: apply(params, image), params)

        @jax.jit
        def both(u: jax.Array, v: jax.Array) -> tuple[jax.Array, jax.Array]:
            return u @ jax.jvp(f, (x,), (v,))[1], jax.vjp(f, x)[1](u)[0] @ v

        rng = np.random.default_rng(0)
        for _ in range(4):
            pushed, pulled = both(rng.normal(size=10), rng.normal(size=x.size))
            assert abs(pushed) > 1e-3
            np.testing.assert_allclose(pushed, pulled, rtol=1e-11)


@pytest.mark.parametrize("sizes", ARCHITECTURES, ids=str)
def test_sweeps_are_counted_exactly(sizes: tuple[int, ...]) -> None:
    """A sweep costs M, the MACs of f; f beside it M less its last layer, which is linear: no slope needs its value."""
    f, x = perceptron(sizes)
    n, m, M, value = macs(sizes)
    expected = {
        "central differences": 2 * n * M,
        "forward": n * (value + M),
        "forward, batched": value + n * M,
        "linearized": value + n * M,
        "reverse": value + m * M,
        "reverse, batched": value + m * M,
    }
    assert {name: cost(lambda x, mode=mode: mode(f, x), x).macs for name, mode in MODES.items()} == expected


def test_a_forward_gradient_over_a_scaled_basis_is_the_jacobian() -> None:
    with jax.enable_x64(True):
        f, x = perceptron((3, 5, 4))
        rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
        for basis in (np.eye(3), rotation):
            estimate = along(f, x, jnp.asarray(3**0.5 * basis))
            np.testing.assert_allclose(estimate, MODES["forward"](f, x), rtol=1e-12)


def test_a_forward_gradient_is_unbiased_with_its_stated_variance() -> None:
    """Mean of 20,000 draws within 5 standard deviations, in each entry; variance |g|^2 + g_j^2 within 10 %."""
    with jax.enable_x64(True):
        f, x = perceptron((3, 5, 4))
        exact, draws = np.asarray(MODES["reverse"](f, x)), 20_000
        found = np.asarray(
            jax.jit(jax.vmap(lambda key: forward_gradient(f, x, key)))(jax.random.split(jax.random.key(3), draws))
        )
        variance = (exact**2).sum(axis=1, keepdims=True) + exact**2
        assert (np.abs(found.mean(axis=0) - exact) < 5 * np.sqrt(variance / draws)).all()
        np.testing.assert_allclose(found.var(axis=0), variance, rtol=0.1)
        averaged = forward_gradient(f, x, jax.random.key(3), directions=draws)
        assert (np.abs(np.asarray(averaged) - exact) < 5 * np.sqrt(variance / draws)).all()


@pytest.mark.parametrize("mode", [*MODES.values(), lambda f, x: forward_gradient(f, x, jax.random.key(0))])
@pytest.mark.parametrize(
    ("f", "says"),
    [
        (lambda x: x.astype(int), "returns int32: there is no derivative"),
        (lambda x: x.sum(), r"returns float32\[\]: a mode wants one floating-point vector"),
        (lambda x: x[:, None], r"returns float32\[4,1\]: a mode wants"),
        (lambda x: (x, x), r"returns float32\[4\], float32\[4\]: a mode wants"),
        (lambda x: x @ jnp.ones(3), r"on float32\[4\]: TypeError: dot_general requires"),
        (lambda x: {}["weights"], "KeyError: 'weights'"),
    ],
)
def test_a_function_without_a_jacobian_is_an_error(mode: Mode, f: Callable, says: str) -> None:
    with pytest.raises(BadFunction, match=f"<lambda>.*{says}"):
        mode(f, jnp.ones(4))


def test_a_mode_that_cannot_be_used_says_why() -> None:
    @jax.custom_vjp
    def only_back(x: jax.Array) -> jax.Array:
        return x * 2

    only_back.defvjp(lambda x: (x * 2, None), lambda _, u: (u * 2,))

    def until(x: jax.Array) -> jax.Array:
        return jax.lax.while_loop(lambda x: (x < 1).all(), lambda x: x + 1, x)

    for mode, f, says in (
        ("reverse", until, r"reverse on float32\[3\]: ValueError: Reverse-mode differentiation does not work"),
        ("forward", only_back, r"forward on float32\[3\]: TypeError: can't apply forward-mode autodiff"),
    ):
        with pytest.raises(BadFunction, match=says):
            cost(functools.partial(MODES[mode], f), jnp.ones(3))


def test_a_function_of_trees_becomes_one_of_a_vector() -> None:
    def f(weights: dict, scale: jax.Array) -> dict:
        return {"loss": scale * (weights["a"] ** 2).sum(), "b": weights["b"]}

    g, x = flat(f, {"a": jnp.array([[1.0, 2.0]]), "b": jnp.array(3.0)}, jnp.array(4.0))
    np.testing.assert_array_equal(x, [1, 2, 3, 4])
    np.testing.assert_array_equal(MODES["reverse"](g, x), [[0, 0, 1, 0], [8, 16, 0, 5]])


@pytest.mark.parametrize(
    ("f", "args", "says"),
    [
        (lambda x: x * 1.0, (jnp.arange(3),), r"an argument is int32\[3\]"),
        (lambda x: (x, x.astype(int)), (jnp.ones(3),), r"a value is int32\[3\]"),
        (lambda x: x, ("word",), "on str: TypeError"),
    ],
)
def test_trees_of_integers_are_an_error(f: Callable, args: tuple, says: str) -> None:
    with pytest.raises(BadFunction, match=says):
        flat(f, *args)
