"""Counts against hand formulas, loops multiplied by their length, and nothing compiled for it."""

import functools
import itertools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import pytest

from research.autodiff.cost import Cost, UnknownLength, cost
from research.autodiff.measured import measured
from research.autodiff.tracing import BadFunction
from research.models import mlp
from research.models.counting import layers
from research.models.lenet5 import lenet5
from research.models.lenet1989 import lenet1989


def zeros(*shape: int) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, jnp.float32)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 5), (40, 7)])
def test_a_dense_layer(n: int, m: int) -> None:
    """2 n m for the product, m for the biases, m tanh."""
    found = cost(lambda x, w, b: jnp.tanh(x @ w + b), zeros(n), zeros(n, m), zeros(m))
    assert found == Cost(flops=2 * n * m + m, transcendentals=m, macs=n * m, padded_macs=n * m)
    assert found.operations == 2 * n * m + 2 * m


def test_a_product_of_batches() -> None:
    found = cost(lambda a, b: jnp.einsum("bij,bjk->bik", a, b), zeros(2, 3, 4), zeros(2, 4, 5))
    assert found == Cost(2 * 2 * 3 * 4 * 5, 0, 2 * 3 * 4 * 5, 2 * 3 * 4 * 5)


@pytest.mark.parametrize("sizes", [(4, 3), (2, 5, 3), (7, 6, 5, 4)], ids=str)
def test_a_perceptron(sizes: tuple[int, ...]) -> None:
    """sum 2 n_(l-1) n_l + n_l, and the hidden units' rectifiers, a comparison each."""
    params = jax.eval_shape(lambda: mlp.init(jax.random.key(0), sizes))
    macs = sum(below * above for below, above in itertools.pairwise(sizes))
    assert cost(mlp.apply, params, zeros(sizes[0])) == Cost(2 * macs + sum(sizes[1:]) + sum(sizes[1:-1]), 0, macs, macs)


def test_beyond_what_a_32_bit_float_holds() -> None:
    """2 n k m for the product, n m for each sum, in one program, in a function that it calls, and in a loop."""
    n, k, m = 301, 303, 299
    exact = 2 * n * k * m + n * m

    def f(x: jax.Array, w: jax.Array) -> jax.Array:
        return x @ w + 1.0

    def twice(x: jax.Array, w: jax.Array) -> jax.Array:
        return jax.jit(f)(x, w) + f(x, w)

    assert cost(f, zeros(n, k), zeros(k, m)).flops == exact
    assert cost(twice, zeros(n, k), zeros(k, m)).flops == 2 * exact + n * m
    assert cost(lambda x, w: jax.lax.map(lambda a: f(a, w), x), zeros(5, n, k), zeros(k, m)).flops == 5 * exact


def test_elementwise_chains_and_sums() -> None:
    """x^3 is two multiplications; a sum of k numbers is k - 1 additions."""
    assert cost(lambda x: jnp.exp(x * 2.0) - x**3 / 5.0, zeros(6)) == Cost(flops=6 * 5, transcendentals=6)
    assert cost(lambda x: jnp.sqrt(x).sum(), zeros(4, 5)) == Cost(flops=19, transcendentals=20)
    assert cost(lambda x: x.T.reshape(-1), zeros(4, 5)) == Cost()


def convolution(stride: int, padding: str, groups: int = 1, apart: int = 1) -> Callable:
    return functools.partial(
        jax.lax.conv_general_dilated,
        window_strides=(stride, stride),
        padding=padding,
        rhs_dilation=(apart, apart),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=groups,
    )


def test_a_convolution_without_padding() -> None:
    """N M E F R S C, with E = (H - R) / U + 1."""
    for stride, e, f in ((1, 7, 5), (2, 4, 3)):
        macs = 2 * 4 * e * f * 3 * 3 * 3
        assert cost(convolution(stride, "VALID"), zeros(2, 9, 7, 3), zeros(3, 3, 3, 4)) == Cost(2 * macs, 0, macs, macs)


def test_a_convolution_with_padding() -> None:
    """3 x 3 on H x W, same size: each axis has 3 H - 2 pairs of a unit and a tap that meet a pixel."""
    found = cost(convolution(1, "SAME"), zeros(2, 9, 7, 3), zeros(3, 3, 3, 4))
    real, padded = 2 * 4 * 3 * (3 * 9 - 2) * (3 * 7 - 2), 2 * 4 * 3 * 9 * 7 * 9
    assert found == Cost(2 * real, 0, real, padded)
    grey = cost(convolution(1, "SAME"), zeros(1, 32, 32, 16), zeros(3, 3, 16, 32))
    assert (grey.macs, grey.padded_macs) == (4_524_032, 4_718_592)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(("stride", "groups", "apart"), [(1, 1, 1), (2, 1, 1), (3, 2, 1), (1, 4, 2), (2, 2, 2)])
def test_both_gradients_of_a_convolution_have_the_macs_of_xla(
    stride: int, groups: int, apart: int, padding: str
) -> None:
    """XLA's operations are twice our unpadded MACs: holes between pixels are left out as it leaves them out."""
    layer, filters = convolution(stride, padding, groups, apart), zeros(3, 3, 4 // groups, 8)
    image = zeros(2, 9, 8, 4)
    out = jax.eval_shape(layer, image, filters)
    gradients = cost(lambda x, w, u: jax.vjp(layer, x, w)[1](u), image, filters, out)
    moved = cost(lambda x, w, u: jax.vjp(lambda x, w: (x, w), x, w)[1]((x, w)), image, filters, out)
    assert moved == Cost()
    assert gradients.flops == 2 * gradients.macs
    assert gradients.macs == 2 * cost(layer, image, filters).macs
    assert gradients.padded_macs >= gradients.macs


@pytest.mark.parametrize("known", [lenet1989, lenet5], ids=["lenet1989", "lenet5"])
def test_networks_have_at_least_the_macs_of_their_layers(known: Callable) -> None:
    model, shape = known()
    params = jax.eval_shape(model.init, jax.random.key(0), zeros(*shape))
    found, macs = cost(model.apply, params, zeros(*shape)), sum(layer.macs for layer in layers(model, shape))
    assert macs <= found.padded_macs <= 2 * macs
    assert found.uncounted == frozenset()


def dense(x: jax.Array, w: jax.Array) -> jax.Array:
    return jnp.tanh(x @ w)


def scanned(x: jax.Array, ws: jax.Array) -> jax.Array:
    return jax.lax.scan(lambda x, w: (dense(x, w), None), x, ws)[0]


@pytest.mark.parametrize("k", [1, 2, 50])
@pytest.mark.parametrize(
    "wrap", [lambda f: f, jax.jit, jax.checkpoint, lambda f: lambda *a: jax.lax.cond(True, f, f, *a)]
)
def test_a_scan_costs_its_length(k: int, wrap: Callable) -> None:
    n = 6
    expected = Cost(2 * n * n * k, n * k, n * n * k, n * n * k)
    assert cost(wrap(scanned), zeros(n), zeros(k, n, n)) == expected
    assert cost(lambda x, ws: wrap(scanned)(x, ws) * 2.0, zeros(n), zeros(k, n, n)).flops == expected.flops + n


def test_what_only_a_scan_reads_counts_too() -> None:
    n, k = 6, 3
    assert cost(lambda x, ws: scanned(jnp.sin(x) * 2.0, ws), zeros(n), zeros(k, n, n)) == Cost(
        2 * n * n * k + n, n * k + n, n * n * k, n * n * k
    )


def test_scans_within_scans() -> None:
    def outer(x: jax.Array, ws: jax.Array) -> jax.Array:
        return jax.lax.scan(lambda x, w: (scanned(x, w) + 1.0, None), x, ws)[0]

    n, inside, outside = 6, 3, 4
    assert cost(outer, zeros(n), zeros(outside, inside, n, n)) == Cost(
        outside * (inside * 2 * n * n + n), outside * inside * n, *[outside * inside * n * n] * 2
    )


def test_the_gradient_of_a_scan_costs_that_of_its_unrolled_layers() -> None:
    """MACs: k layers forward, k for the gradients of x and k for those of w; as written out one by one."""
    k, n = 5, 6

    def unrolled(x: jax.Array, ws: jax.Array) -> jax.Array:
        return functools.reduce(dense, ws, x)

    for f in (scanned, unrolled):
        found = cost(jax.grad(lambda x, ws, f=f: f(x, ws).sum(), argnums=(0, 1)), zeros(n), zeros(k, n, n))
        assert (found.macs, found.transcendentals) == (3 * k * n * n, k * n)
    assert cost(scanned, zeros(n), zeros(k, n, n)).macs == cost(unrolled, zeros(n), zeros(k, n, n)).macs


@pytest.mark.parametrize("loops", [False, True])
def test_the_dearest_branch_counts(loops: bool) -> None:
    half, whole = (lambda x, ws: jnp.concatenate([x[:3] @ ws[0][:3, :3], x[3:]])), (lambda x, ws: x @ ws[0])
    for branches in ((half, scanned if loops else whole), (scanned if loops else whole, half)):
        found = cost(
            lambda p, x, ws, b=branches: jax.lax.cond(p, *b, x, ws),
            jax.ShapeDtypeStruct((), bool),
            zeros(6),
            zeros(4, 6, 6),
        )
        assert found.macs == (4 * 36 if loops else 36)
        assert 2 * found.macs <= found.flops <= 2 * found.macs + 1  # the number of the branch is converted


def test_a_loop_of_unknown_length_is_an_error() -> None:
    def until(x: jax.Array) -> jax.Array:
        return jax.lax.while_loop(lambda x: (x < 1).all(), lambda x: x + 1, x)

    for f in (until, jax.jit(until), lambda x: jax.lax.scan(lambda x, _: (until(x), None), x, length=3)[0]):
        with pytest.raises(UnknownLength, match="number of passes of a while loop is not known"):
            cost(f, zeros(3))
    found = measured(until, jnp.zeros(3), repeats=1)
    assert found.cost is None
    assert found.run_seconds > 0


def test_what_is_not_counted_is_named() -> None:
    found = cost(jnp.linalg.cholesky, zeros(4, 4))
    assert any("potrf" in name for name in found.uncounted)
    assert cost(lambda key: jax.random.normal(key, (3,)), jax.random.key(0)).uncounted == {"while"}
    assert cost(dense, zeros(4), zeros(4, 4)).uncounted == frozenset()


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (lambda x: x.astype(int), "<lambda> returns int32: there is no derivative"),
        (lambda x: None, "<lambda> returns nothing"),
        (lambda x: x @ jnp.ones(3), r"<lambda> on float32\[4\]: TypeError: dot_general requires"),
        (lambda x: 1 / 0, r"<lambda> on float32\[4\]: ZeroDivisionError: division by zero"),
        (lambda x: "word", "<lambda> on .*: TypeError"),
        (functools.partial(dense, w=3), r"dense on float32\[4\]: (TypeError|ValueError)"),
    ],
)
def test_a_function_that_cannot_be_counted_is_an_error(f: Callable, says: str) -> None:
    for count in (cost, measured):
        with pytest.raises(BadFunction, match=says):
            count(f, jnp.ones(4))


def test_counting_compiles_nothing() -> None:
    compiled: list[str] = []

    def listen(event: str, _seconds: float, **_: object) -> None:
        if event.endswith("backend_compile_duration"):
            compiled.append(event)

    x, ws = jnp.ones(6), jnp.ones((3, 6, 6))
    f = lambda x, ws: scanned(x, ws) * 3.0  # noqa: E731
    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        cost(f, x, ws)
        assert compiled == []
        jax.jit(f)(x, ws)
        assert len(compiled) == 1
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)


def test_one_record_of_a_compiled_function() -> None:
    """Reverse mode stores the 200 activations of a scan, forward mode does not."""
    x, ws = jnp.ones(32), jnp.ones((200, 32, 32))

    def pushed(x: jax.Array) -> jax.Array:
        return jax.jvp(lambda x: scanned(x, ws).sum(), (x,), (x,))[1]

    forward, reverse = measured(pushed, x), measured(jax.grad(lambda x: scanned(x, ws).sum()), x, repeats=3)
    assert forward.cost == cost(pushed, x)
    assert (forward.platform, forward.compile_seconds > 0, forward.run_seconds > 0) == ("cpu", True, True)
    assert forward.temporary_bytes is not None
    assert reverse.temporary_bytes is not None
    assert reverse.temporary_bytes - forward.temporary_bytes > 0.9 * 200 * 32 * 4
    with pytest.raises(ValueError, match="repeats = 0"):
        measured(pushed, x, repeats=0)
