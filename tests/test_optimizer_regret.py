"""Bounds on the regret, for every comparator at once: that of a linear loss bounds that of any convex one.

max_u sum_t <g_t, x_t - u> is sum_t <g_t, x_t> + |G|_1 over the box |u|_inf <= 1, + |G|_2 over the unit ball, with G
the sum of the gradients.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from research.optimizers import adagrad, adagrad_da, projected_gradient, rda

ROUNDS, WEIGHTS, PROBLEMS = 300, 4, 32
LOSSES = (
    lambda z, y: y * z,  # linear
    lambda z, y: jnp.abs(z - y / 10),
    lambda z, y: jnp.maximum(1 - y * z, 0.0),  # hinge
    lambda z, y: jax.nn.softplus(-y * z),  # logistic
)
"""Losses of an output z = <a, x> and a y of -1 or 1, with slopes within [-1, 1]."""


def box(w):
    return jnp.clip(w, -1, 1)


def everywhere(w):
    return w


def problems():
    """Features of random scales, half of which do not occur, and targets of -1 or 1: (problem, round, ...)."""
    random = np.random.default_rng(0)
    scales = 10 ** -random.uniform(0, 2, (PROBLEMS, 1, WEIGHTS))
    features = scales * random.uniform(-1, 1, (PROBLEMS, ROUNDS, WEIGHTS))
    features *= random.random(features.shape) < 0.5
    return features.astype(np.float32), random.choice([-1.0, 1.0], (PROBLEMS, ROUNDS)).astype(np.float32)


@functools.partial(jax.jit, static_argnums=(0, 1))
def games(make, project, rate, features, targets):
    rule = make(rate)

    def game(kind, features, targets):
        def play(carry, example):
            x, state = carry
            a, y = example
            g = jax.grad(lambda x: jax.lax.switch(kind, LOSSES, a @ x, y))(x)
            updates, state = rule.update(g, state, x)
            return (project(optax.apply_updates(x, updates)), state), (g, x)

        x = jnp.zeros(WEIGHTS)
        return jax.lax.scan(play, (x, rule.init(x)), (features, targets))[1]

    each_problem = jax.vmap(game, (None, 0, 0))
    return jax.vmap(each_problem, (0, None, None))(jnp.arange(len(LOSSES)), features, targets)


def online(make, rate, project=everywhere):
    """Gradients and the points where they were taken, each (loss, problem, round, weight): x_1 = 0, one a round."""
    return [np.asarray(out, np.float64) for out in games(make, project, rate, *problems())]


def regret(g, x, order):
    """Against the best fixed comparator of the box (order 1) or of the unit ball (order 2)."""
    return (g * x).sum((-2, -1)) + np.linalg.norm(g.sum(-2), order, axis=-1)


def of_columns(g):
    """sum_i |g_{1:T, i}|_2."""
    return np.linalg.norm(g, axis=-2).sum(-1)


def excess_of_adagrad(make, rate):
    """Regret over sqrt(2) D sum_i |g_{1:T, i}|_2, the bound of eta = D / sqrt(2) over a box of width D = 2."""
    g, x = online(make, rate, box)
    assert np.abs(x).max() <= 1
    return regret(g, x, 1) / (np.sqrt(2) * 2 * of_columns(g))


def test_adagrad_keeps_the_bound_of_duchi():
    """Corollary 6 of Duchi, Hazan & Singer 2011, on linear, absolute, hinge and logistic losses."""
    excess = excess_of_adagrad(adagrad, 2 / np.sqrt(2))
    assert excess.shape == (len(LOSSES), PROBLEMS)
    assert excess.max() <= 1


def forgetful(rate):
    """S <- g^2: each step is the rate against the sign of the gradient."""
    return optax.chain(optax.scale_by_sign(), optax.scale(-1.0), optax.scale(rate))


@pytest.mark.parametrize(("wrong", "rate"), [(adagrad, 300.0), (adagrad, -(2**0.5)), (forgetful, 2**0.5)])
def test_the_bound_of_duchi_can_be_broken(wrong, rate):
    """By a rate too large, by climbing, and by forgetting the squares before."""
    assert excess_of_adagrad(wrong, rate).max() > 1


def long_memory(rate):
    return adagrad_da(rate, initial_accumulator_value=1.0)


def on_ball(rate):
    return projected_gradient(rate, lambda w: optax.projections.projection_l2_ball(w, 1.0))


KEPT = pytest.mark.parametrize(("rate", "kept"), [(0.7, True), (300.0, False)])


@KEPT
def test_adagrad_da_keeps_its_bound(rate, kept):
    """1 / (2 eta) sum_i sqrt(S_0 + |g_{1:T, i}|^2) + eta sum_i |g_{1:T, i}|_2 over the box, for S_0 >= max g^2.

    Derived as theorem 5 of Duchi, Hazan & Singer 2011 is, with S_0 in the root where the paper adds delta to it. The
    bound is that of eta = 0.7, which a rate far above it breaks.
    """
    g, x = online(long_memory, rate)
    bound = np.sqrt(1.0 + (g**2).sum(-2)).sum(-1) / (2 * 0.7) + 0.7 * of_columns(g)
    assert (regret(g, x, 1) <= bound).all() == kept


@KEPT
def test_rda_keeps_the_bound_of_xiao(rate, kept):
    """(gamma / 2 + L^2 / gamma) sqrt(T) over the unit ball, gamma = 1 / 0.7, L the longest gradient."""
    g, x = online(rda, rate)
    longest = np.linalg.norm(g, axis=-1).max(-1)
    assert (regret(g, x, 2) <= (1 / (2 * 0.7) + 0.7 * longest**2) * np.sqrt(ROUNDS)).all() == kept


@KEPT
def test_projected_gradient_keeps_the_bound_of_zinkevich(rate, kept):
    """D^2 sqrt(T) / (2 eta) + eta L^2 (sqrt(T) - 1/2) over the unit ball, D = 2: theorem 1 for eta = 0.7."""
    g, x = online(on_ball, rate)
    assert np.linalg.norm(x, axis=-1).max() <= 1 + 1e-6
    longest = np.linalg.norm(g, axis=-1).max(-1)
    bound = 4 * np.sqrt(ROUNDS) / (2 * 0.7) + 0.7 * longest**2 * (np.sqrt(ROUNDS) - 0.5)
    assert (regret(g, x, 2) <= bound).all() == kept
