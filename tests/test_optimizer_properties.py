"""One table of optimizers, many properties; each run is compiled once and read by several tests."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from research.optimizers import (
    adadelta,
    adagrad,
    adagrad_da,
    adam,
    amsgrad,
    gradient_descent,
    momentum,
    nesterov,
    projected_gradient,
    rda,
)


def box(w):
    return optax.projections.projection_linf_ball(w, 2.0)


class Row(NamedTuple):
    """A rule of a learning rate, and the rates that reach the minima of a parabola and of Rosenbrock's function."""

    rule: Any
    parabola: float
    rosenbrock: float | None = None


TABLE = {
    "gradient_descent": Row(gradient_descent, 0.1, 1e-3),
    "momentum": Row(momentum, 0.1, 1e-3),
    "nesterov": Row(nesterov, 0.1, 1e-3),
    "adagrad": Row(adagrad, 1.0, 0.3),
    "adagrad_composite": Row(lambda lr: adagrad(lr, jnp.float32(0.0)), 1.0, 0.3),  # our rule, where l1 is not known
    "adagrad_da": Row(adagrad_da, 1.0, 0.3),
    "adadelta": Row(adadelta, 1.0, 0.03),  # with Zeiler's factor of 1 it circles Rosenbrock's minimum 0.6 away
    "adam": Row(adam, 0.1, 1e-2),
    "amsgrad": Row(amsgrad, 0.1, 0.1),
    "rda": Row(rda, 1.0),  # for convex losses: a sum of early, steep gradients outweighs Rosenbrock's valley
    "projected_gradient": Row(lambda lr: projected_gradient(lr, box), 1.0, 0.1),
    "adagrad_l1": Row(lambda lr: adagrad(lr, 0.3), 1.0),
    "adagrad_da_l1_l2": Row(lambda lr: adagrad_da(lr, l1=0.3, l2=0.1), 1.0),
    "rda_l1": Row(lambda lr: rda(lr, 0.3), 1.0),
}
EVERY = list(TABLE)
FLAT = np.array([1.0, 4.0, 0.25, 0.0])  # curvatures; the last weight never has a gradient
TARGET = np.array([1.0, 0.5, -1.0, 0.0])
STEPS = 10_000
DTYPES = ("float32", "float64")


def parabola(w):
    return 0.5 * (FLAT.astype(w.dtype) * (w - TARGET.astype(w.dtype)) ** 2).sum()


def rosenbrock(w):
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


def both(name):
    """Losses, and the optimizer that gives each its own learning rate: `optax.partition` holds every rule."""
    row = TABLE[name]
    losses = {"parabola": parabola} | ({"rosenbrock": rosenbrock} if row.rosenbrock else {})
    rules = {which: row.rule(getattr(row, which)) for which in losses}
    return losses, optax.partition(rules, {which: which for which in losses})


@functools.cache
def minimum(name):
    """Weights after 10,000 steps from 0, and from (-1.2, 1), in float32 and float64 in one compiled scan."""
    with jax.enable_x64(True):
        losses, optimizer = both(name)
        starts = {"parabola": np.zeros(4), "rosenbrock": np.array([-1.2, 1.0])}
        start = {which: {dtype: jnp.asarray(starts[which], dtype) for dtype in DTYPES} for which in losses}

        def step(carry, _):
            params, state = carry
            gradients = {which: jax.tree.map(jax.grad(losses[which]), params[which]) for which in losses}
            updates, state = optimizer.update(gradients, state, params)
            return (optax.apply_updates(params, updates), state), None

        scan = jax.jit(lambda carry: jax.lax.scan(step, carry, None, length=STEPS)[0])
        return jax.tree.map(np.asarray, scan((start, optimizer.init(start)))[0])


def lag(name, wanted):
    """How far dual averaging may still be: its mean gradient cancels the pull H_T w / (lr T) of its start at 0.

    For w_T = w (1 - a / sqrt(T)) the mean gradient is 2 a c w / sqrt(T), and with H_T = sqrt(T), a = 1 / (2 c lr): rda.
    In adagrad_da H_T is sqrt(T) times the root mean square of gradients, here below 1. Twice that is allowed.
    """
    row = TABLE[name]
    averages = name.startswith("rda") or name == "adagrad_da_l1_l2"
    return 1e-3 + averages * np.abs(wanted) / (np.maximum(FLAT, 0.25) * row.parabola * np.sqrt(STEPS))


@pytest.mark.parametrize("name", [name for name in EVERY if "l1" not in name])
def test_reaches_the_minimum_of_a_parabola_and_of_rosenbrock(name):
    for which, reached in minimum(name).items():
        wanted = TARGET if which == "parabola" else np.ones(2)
        for dtype in DTYPES:
            assert reached[dtype].dtype == dtype
            assert (np.abs(reached[dtype] - wanted) <= (lag(name, wanted) if which == "parabola" else 0.05)).all()


@pytest.mark.parametrize("name", [name for name in EVERY if "l1" in name])
def test_reaches_the_minimum_of_a_parabola_with_its_regulariser(name):
    """argmin c/2 (w - b)^2 + l1 |w| + l2/2 w^2: a weight whose pull c b is below l1 is exactly 0."""
    l2 = 0.1 if "l2" in name else 0.0
    pull = FLAT * TARGET
    wanted = np.sign(pull) * np.maximum(np.abs(pull) - 0.3, 0) / np.maximum(FLAT + l2, 1e-9)
    for reached in minimum(name)["parabola"].values():
        assert (np.abs(reached - wanted) <= lag(name, wanted)).all()
        np.testing.assert_array_equal(reached == 0, [False, False, True, True])


class Steps(NamedTuple):
    traces: int
    first: Any
    initial: Any
    last: Any


@functools.cache
def three_steps(name):
    """Three steps of one jitted function on a tree of float32 and bfloat16, with what it gave at first and at last."""
    rule = TABLE[name].rule(0.1)
    traces = []

    @jax.jit
    def step(gradients, state, params):
        traces.append(1)
        updates, state = rule.update(gradients, state, params)
        return updates, state, optax.apply_updates(params, updates)

    gradients = {"matrix": jnp.array([[1.0, -2.0], [0.0, 30.0]]), "half": jnp.array([-0.5, 7.0], jnp.bfloat16)}
    params = jax.tree.map(jnp.zeros_like, gradients)
    initial = (params, rule.init(params))
    first, state, params = step(gradients, initial[1], initial[0])
    for _ in range(2):
        _, state, params = step(gradients, state, params)
    return Steps(len(traces), first, initial, (params, state))


def shapes(tree):
    return jax.tree.map(lambda leaf: (jnp.shape(leaf), jnp.result_type(leaf)), tree)


@pytest.mark.parametrize("name", EVERY)
def test_compiles_once_and_keeps_shapes_and_dtypes(name):
    steps = three_steps(name)
    assert steps.traces == 1
    assert shapes(steps.initial) == shapes(steps.last)
    assert shapes(steps.first) == shapes(steps.initial[0])


@pytest.mark.parametrize("name", EVERY)
def test_first_step_is_against_the_gradient(name):
    first = three_steps(name).first
    np.testing.assert_array_equal(np.sign(first["matrix"]), [[-1, 1], [0, -1]])
    np.testing.assert_array_equal(np.sign(first["half"].astype(np.float32)), [1, -1])


@pytest.mark.parametrize("name", EVERY)
def test_state_is_stable_under_scan_and_cond(name):
    """Traced only: scan and cond refuse a state whose tree, shapes or dtypes change."""
    with jax.enable_x64(True):
        rule = TABLE[name].rule(0.1)
        params = ([jnp.ones(3, dtype) for dtype in ("float16", jnp.bfloat16, "float32", "float64")], jnp.float32(1.0))
        state = jax.eval_shape(rule.init, params)

        def update(state, _):
            return rule.update(params, state, params)[1], None

        def program(state, flag):
            state, _ = jax.lax.scan(update, state, None, length=2)
            return jax.lax.cond(flag, lambda s: update(s, None)[0], lambda s: s, state)

        after = jax.eval_shape(program, state, True)
        assert jax.tree.structure(after) == jax.tree.structure(state)
        assert jax.tree.map(str, after) == jax.tree.map(str, state)


def paths(rule, gradients, starts):
    """Weights after each of the given gradients, whatever the weights are, for several sequences; in float64."""
    with jax.enable_x64(True):

        def step(carry, gradient):
            params, state = carry
            updates, state = rule.update(gradient, state, params)
            params = optax.apply_updates(params, updates)
            return (params, state), params

        def path(gradients, start):
            return jax.lax.scan(step, (start, rule.init(start)), gradients)[1]

        return np.asarray(jax.jit(jax.vmap(path))(np.stack(gradients), np.array(starts)))


GRADIENTS = np.random.default_rng(0).normal(size=(30, 3)) + 0.3
SCALE = np.array([1e-2, 1.0, 1e3])  # each weight's own
INVARIANT = {
    "adam": lambda eps: adam(0.1, eps=eps),
    "amsgrad": lambda eps: amsgrad(0.1, eps=eps),
    "adadelta": lambda eps: adadelta(eps=eps),
    "adagrad": lambda eps: adagrad(0.1),
}


def change_by_scale(rule):
    plain, scaled = paths(rule, [GRADIENTS, GRADIENTS * SCALE], np.zeros((2, 3)))
    return np.abs(scaled / plain - 1).max()


@pytest.mark.parametrize("name", INVARIANT)
def test_steps_do_not_depend_on_the_scale_of_the_gradient_as_eps_vanishes(name):
    assert change_by_scale(INVARIANT[name](1e-18)) < 1e-9
    if name != "adagrad":  # the others have an eps that breaks it
        assert change_by_scale(INVARIANT[name](1e-2)) > 1e-2


@pytest.mark.parametrize("rule", [gradient_descent(0.1), adagrad_da(0.1)])
def test_steps_of_other_rules_depend_on_the_scale_of_the_gradient(rule):
    assert change_by_scale(rule) > 0.1


STARTS = [[0.0, 0.0, 0.0], [5.0, -7.0, 1e3]]


@pytest.mark.parametrize("rule", [adagrad_da(0.5, l1=0.1, l2=0.1), rda(0.5, l1=0.1)])
def test_dual_averaging_forgets_the_starting_point(rule):
    near, far = paths(rule, [GRADIENTS, GRADIENTS], STARTS)
    np.testing.assert_allclose(far, near, atol=1e-12)
    np.testing.assert_array_equal(far == 0, near == 0)


def test_composite_adagrad_remembers_the_starting_point():
    near, far = paths(adagrad(0.5, 0.1), [GRADIENTS, GRADIENTS], STARTS)
    assert np.abs(far - near).min() > 1
