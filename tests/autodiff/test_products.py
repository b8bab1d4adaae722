"""Products with second derivatives against the matrices that they avoid."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import random_cases

from research.autodiff.products import (
    forward_over_reverse,
    gauss_newton_vector,
    inner,
    reverse_over_forward,
    reverse_over_reverse,
)
from research.autodiff.tracing import flat
from research.losses import cross_entropy
from research.models import mlp


@pytest.fixture
def network():
    with jax.enable_x64(True):
        layers, v = random_cases.layers((3, 4, 3), seed=0), random_cases.layers((3, 4, 3), seed=1)
        x = jnp.asarray([0.3, -1.0, 0.7])
        yield layers, (lambda layers: mlp.apply(layers, x, jnp.tanh)), v


def loss(logits: jax.Array) -> jax.Array:
    return cross_entropy(logits, jnp.asarray(1))


@pytest.mark.parametrize("product", [forward_over_reverse, reverse_over_forward, reverse_over_reverse])
def test_a_product_is_the_hessian_times_the_vector(network, product) -> None:
    layers, f, v = network
    g, w = flat(lambda layers: loss(f(layers)), layers)
    hessian = jax.jit(jax.hessian(lambda w: g(w)[0]))(w)
    along = flat(lambda v: v, v)[1]
    found = jax.jit(lambda v: product(lambda layers: loss(f(layers)), layers, v))(v)
    assert jax.tree.structure(found) == jax.tree.structure(layers)
    np.testing.assert_allclose(flat(lambda v: v, found)[1], hessian @ along, rtol=1e-10, atol=1e-14)


def test_gauss_newton_is_the_jacobian_twice_around_the_hessian_of_the_loss(network) -> None:
    layers, f, v = network
    g, w = flat(f, layers)
    jacobian, curvature = jax.jit(jax.jacrev(g))(w), jax.jit(lambda w: jax.hessian(loss)(g(w)))(w)
    along = flat(lambda v: v, v)[1]
    found = jax.jit(lambda v: gauss_newton_vector(f, loss, layers, v))(v)
    np.testing.assert_allclose(
        flat(lambda v: v, found)[1], jacobian.T @ (curvature @ (jacobian @ along)), rtol=1e-10, atol=1e-14
    )
    assert float(inner(v, found)) > 0  # the loss is convex
    hessian = jax.jit(lambda v: forward_over_reverse(lambda layers: loss(f(layers)), layers, v))(v)
    assert not np.allclose(hessian[0]["weights"], found[0]["weights"], rtol=1e-3)


def test_the_inner_product_sums_over_all_leaves() -> None:
    assert float(inner({"a": jnp.ones((2, 3)), "b": jnp.full(2, 2.0)}, {"a": jnp.ones((2, 3)), "b": jnp.ones(2)})) == 10
