"""Rules of our own within Optax's wrappers, under pmap, with schedules, and their sums in float32."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from research.optimizers import adagrad, adagrad_da, projected_gradient, rda


def box(w):
    return optax.projections.projection_linf_ball(w, 0.2)


OURS = {
    "adagrad": (adagrad, {"learning_rate": 0.3, "l1": 0.05}),
    "adagrad_da": (adagrad_da, {"learning_rate": 0.3, "l1": 0.05, "l2": 0.1}),
    "rda": (rda, {"learning_rate": 0.3, "l1": 0.05}),
    "projected_gradient": (projected_gradient, {"learning_rate": 0.3, "project": box}),
}
GRADIENTS = {"a": np.random.default_rng(2).normal(size=(6, 3)).astype(np.float32)}
START = {"a": jnp.array([0.1, -0.1, 0.15])}


def last(rule, gradients=GRADIENTS, params=START):
    """Weights after the given gradients, in one compiled scan."""

    def step(carry, gradient):
        params, state = carry
        updates, state = rule.update(gradient, state, params)
        return (optax.apply_updates(params, updates), state), None

    return jax.jit(lambda g: jax.lax.scan(step, (params, rule.init(params)), g)[0][0])(gradients)


@pytest.mark.parametrize("name", OURS)
def test_wrapped_by_optax_it_is_the_same_rule(name):
    make, arguments = OURS[name]
    alone = last(make(**arguments))["a"]
    chained = optax.chain(optax.clip_by_global_norm(1e6), make(**arguments))
    injected = optax.inject_hyperparams(make, static_args="project" if "project" in arguments else ())(**arguments)
    for wrapped in (chained, injected):
        np.testing.assert_allclose(last(wrapped)["a"], alone, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", OURS)
def test_two_half_batches_are_one_step_under_multi_steps(name):
    make, arguments = OURS[name]
    apart = {"a": np.stack([GRADIENTS["a"] + 0.5, GRADIENTS["a"] - 0.5], axis=1).reshape(12, 3)}
    accumulated = optax.MultiSteps(make(**arguments), every_k_schedule=2)
    np.testing.assert_allclose(last(accumulated, apart)["a"], last(make(**arguments))["a"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", OURS)
def test_each_part_has_its_own_rule_under_partition(name):
    """The other part is frozen, and seen by the rule as absent."""
    make, arguments = OURS[name]
    parts = optax.partition({"ours": make(**arguments), "frozen": optax.set_to_zero()}, {"a": "ours", "b": "frozen"})
    found = last(parts, GRADIENTS | {"b": np.ones((6, 2), np.float32)}, START | {"b": jnp.ones(2)})
    np.testing.assert_allclose(found["a"], last(make(**arguments))["a"], rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(found["b"], 1.0)


@pytest.mark.parametrize("name", OURS)
def test_pmap_with_the_mean_of_the_gradients_is_jit_with_it(name):
    make, arguments = OURS[name]
    rule, devices = make(**arguments), jax.devices()[:2]
    shards = np.stack([GRADIENTS["a"] + 0.5, GRADIENTS["a"] - 0.5])[: len(devices)]

    def step(params, state, gradient):
        updates, state = rule.update(jax.lax.pmean({"a": gradient}, "batch"), state, params)
        return optax.apply_updates(params, updates), state

    mapped = jax.pmap(step, axis_name="batch", in_axes=(None, None, 0), out_axes=(None, None), devices=devices)
    params, state = START, rule.init(START)
    for t in range(3):
        params, state = jax.block_until_ready(mapped(params, state, shards[:, t]))
    together = last(rule, {"a": shards.mean(axis=0)[:3]})
    np.testing.assert_allclose(params["a"], together["a"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", [lambda lr: adagrad(lr, 0.05), adagrad_da])
def test_a_schedule_is_asked_with_the_number_of_updates_before(make):
    """The rate of the first step is schedule(0), as in Optax; dual averaging scales its whole sum by the last one."""
    one = {"a": GRADIENTS["a"][:1]}
    np.testing.assert_allclose(last(make(lambda t: 0.3 / (t + 1)), one)["a"], last(make(0.3), one)["a"], rtol=1e-6)
    if make is adagrad_da:
        np.testing.assert_allclose(last(make(lambda t: 0.3 / (t + 1)))["a"], last(make(0.05))["a"], rtol=1e-5)


@pytest.mark.parametrize("name", ["adagrad", "adagrad_da", "rda"])
def test_sums_of_a_bfloat16_weight_are_float32(name):
    make, arguments = OURS[name]
    state = make(**arguments).init(jnp.zeros(2, jnp.bfloat16))
    assert {leaf.dtype for leaf in jax.tree.leaves(state)} == {np.dtype("int32"), np.dtype("float32")}


def test_sums_in_float32_keep_growing_where_those_of_optax_stop():
    """1,000 gradients of 1: adagrad_da is at -1000 / sqrt(1000.1); Optax's bfloat16 sum stays at 256."""
    ones, weight = np.ones((1000, 1), jnp.bfloat16), jnp.zeros(1, jnp.bfloat16)
    np.testing.assert_allclose(last(adagrad_da(1.0), ones, weight).astype(np.float32), -1000 / 1000.1**0.5, rtol=2**-8)
    rule = adagrad(1.0)
    state = jax.jit(lambda g: jax.lax.scan(lambda s, g: (rule.update(g, s)[1], None), rule.init(weight), g)[0])(ones)
    assert float(state[0].sum_of_squares[0]) == 256
