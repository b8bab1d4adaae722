"""Each rule against its recursion written out in NumPy, its closed form against a numeric minimum, and its errors."""

import functools

import hypothesis
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy.optimize

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

GRADIENTS = np.random.default_rng(1).normal(size=(25, 4)) * [1.0, 0.1, 10.0, 0.0]  # the last weight never has one
START = np.array([0.3, -0.2, 0.5, 0.7])


@functools.cache
def iterates(rule):
    """Weights after each gradient, in float64."""
    with jax.enable_x64(True):
        params = jnp.asarray(START)

        def step(carry, gradient):
            params, state = carry
            updates, state = rule.update(gradient, state, params)
            params = optax.apply_updates(params, updates)
            return (params, state), params

        scan = jax.jit(lambda gradients: jax.lax.scan(step, (params, rule.init(params)), gradients)[1])
        return np.asarray(scan(jnp.asarray(GRADIENTS)))


def shrink(u, by):
    return np.sign(u) * np.maximum(np.abs(u) - by, 0)


def adagrad_by_hand(l1):
    w, S = START, np.zeros(4)
    for g in GRADIENTS:
        S = S + g**2
        H = np.where(S > 0, np.sqrt(S), 1e-300)  # delta, as it vanishes: l1 / H takes the last weight to 0
        w = shrink(w - 0.5 * g / H, 0.5 * l1 / H)
        yield w


def adagrad_da_by_hand(before, l1, l2):
    G, S = np.zeros(4), np.full(4, before)
    for t, g in enumerate(GRADIENTS, start=1):
        G, S = G + g, S + g**2
        yield -0.5 * shrink(G, l1 * t) / (l2 * t * 0.5 + np.sqrt(S))


def rda_by_hand(l1):
    for t in range(1, 26):
        yield -0.5 * np.sqrt(t) * shrink(GRADIENTS[:t].mean(axis=0), l1)


def adadelta_by_hand():
    w, E, D = START, np.zeros(4), np.zeros(4)
    for g in GRADIENTS:
        E = 0.95 * E + 0.05 * g**2
        d = -np.sqrt(D + 1e-6) / np.sqrt(E + 1e-6) * g
        D = 0.95 * D + 0.05 * d**2
        w = w + d
        yield w


def adam_by_hand(corrected):
    """Adam with its bias corrections, or AMSGrad without them and with the maximum."""
    w, m, v, V = START, np.zeros(4), np.zeros(4), np.zeros(4)
    for t, g in enumerate(GRADIENTS, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        V = v / (1 - 0.999**t) if corrected else np.maximum(V, v)
        w = w - 0.1 * (m / (1 - 0.9**t) if corrected else m) / (np.sqrt(V) + 1e-8)
        yield w


def momentum_by_hand():
    w, d = START, np.zeros(4)
    for g in GRADIENTS:
        d = -0.1 * g + 0.9 * d
        w = w + d
        yield w


def nesterov_by_hand():
    """Sutskever's x and V; the weights of the rule are x + mu V, where the gradient is taken."""
    x, V = START, np.zeros(4)
    for g in GRADIENTS:
        V = 0.9 * V - 0.1 * g
        x = x + V
        yield x + 0.9 * V


def projected_by_hand():
    w = START
    for t, g in enumerate(GRADIENTS, start=1):
        w = w - 0.5 / np.sqrt(t) * g
        w = w / max(1, np.linalg.norm(w))
        yield w


def ball(w):
    return optax.projections.projection_l2_ball(w, 1.0)


RULES = {
    "gradient_descent": (gradient_descent(0.1), START - 0.1 * np.cumsum(GRADIENTS, axis=0)),
    "momentum": (momentum(0.1), momentum_by_hand()),
    "nesterov": (nesterov(0.1), nesterov_by_hand()),
    "adagrad": (adagrad(0.5), adagrad_by_hand(0.0)),
    "adagrad_l1_of_0": (adagrad(0.5, np.float32(0.0)), adagrad_by_hand(0.0)),  # our rule, not Optax's
    "adagrad_l1": (adagrad(0.5, 0.05), adagrad_by_hand(0.05)),
    "adagrad_da": (adagrad_da(0.5), adagrad_da_by_hand(0.1, 0.0, 0.0)),
    "adagrad_da_l1_l2": (adagrad_da(0.5, 0.4, l1=0.05, l2=0.2), adagrad_da_by_hand(0.4, 0.05, 0.2)),
    "adadelta": (adadelta(), adadelta_by_hand()),
    "adam": (adam(0.1), adam_by_hand(corrected=True)),
    "amsgrad": (amsgrad(0.1), adam_by_hand(corrected=False)),
    "rda_l1": (rda(0.5, 0.05), rda_by_hand(0.05)),
    "projected_gradient": (projected_gradient(0.5, ball), projected_by_hand()),
}


@pytest.mark.parametrize("name", RULES)
def test_rule_is_its_equation(name):
    np.testing.assert_allclose(iterates(RULES[name][0]), list(RULES[name][1]), rtol=1e-10, atol=1e-12)


def test_rule_is_optax_where_the_paper_is_and_not_where_it_is_not():
    np.testing.assert_array_equal(iterates(RULES["adam"][0]), iterates(optax.adam(0.1)))
    for name, theirs in [
        ("adagrad", optax.adagrad(0.5)),  # starts its accumulator at 0.1
        ("adadelta", optax.adadelta(1.0)),  # rho = 0.9
        ("amsgrad", optax.amsgrad(0.1)),  # corrects both means for their start
    ]:
        assert np.abs(iterates(RULES[name][0]) - iterates(theirs)).max() > 1e-3


@pytest.mark.parametrize(("rule", "sign"), [(optax.adadelta(), 1), (adadelta(), -1)])
def test_adadelta_of_optax_climbs_without_a_learning_rate(rule, sign):
    w = jnp.array([1.0, -2.0])
    np.testing.assert_array_equal(jnp.sign(rule.update(w, rule.init(w), w)[0]), sign * jnp.sign(w))


@functools.partial(jax.jit, static_argnames="which")
def closed_form(which, w, g, G, S, t, lr, l1, l2):
    """Weights after one update from a state with given sums."""
    rules = {"adagrad": lambda: adagrad(lr, l1), "da": lambda: adagrad_da(lr, 0.1, l1, l2), "rda": lambda: rda(lr, l1)}
    rule = rules[which]()
    values = {"t": t - 1, "gradient_sum": G - g, "square_sum": S - g**2}
    fresh = rule.init(w)
    state = fresh._replace(**{field: values[field] for field in fresh._fields})
    return w + rule.update(g, state, w)[0]


def numeric_minimum(slope, l1):
    """argmin of a strongly convex function with a term l1 |x|: where its slope, rising, changes sign."""
    return scipy.optimize.brentq(lambda x: slope(x) + l1 * np.sign(x), -1e9, 1e9, xtol=1e-13, rtol=1e-14, maxiter=500)


@pytest.mark.parametrize("which", ["adagrad", "da", "rda"])
@hypothesis.settings(max_examples=40, deadline=None, derandomize=True)
@hypothesis.given(
    w=st.floats(-3, 3),
    g=st.floats(-3, 3),
    others=st.floats(-30, 30),
    t=st.integers(1, 1000),
    lr=st.floats(0.01, 10),
    l1=st.sampled_from([0.0, 0.01, 0.3, 3.0]),
    l2=st.sampled_from([0.0, 0.5]),
)
def test_closed_form_is_the_numeric_minimum(which, w, g, others, t, lr, l1, l2):
    G, S = others + g, 0.1 + 0.1 * others**2 + g**2
    slope, weight = {
        "adagrad": (lambda x: lr * g + np.sqrt(S) * (x - w), lr * l1),
        "da": (lambda x: lr * (G / t + l2 * x) + np.sqrt(S) / t * x, lr * l1),
        "rda": (lambda x: G / t + x / (lr * np.sqrt(t)), l1),
    }[which]
    with jax.enable_x64(True):
        arrays = [jnp.asarray(value, jnp.float64) for value in (w, g, G, S)]
        found = float(closed_form(which, *arrays, jnp.int32(t), lr, l1, l2))
    np.testing.assert_allclose(found, numeric_minimum(slope, weight), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: adagrad(-0.1), r"learning_rate = -0\.1"),
        (lambda: adagrad(float("nan")), "learning_rate = nan"),
        (lambda: adagrad(float("inf")), "learning_rate = inf"),
        (lambda: adagrad(0.1, l1=-1.0), r"l1 = -1\.0"),
        (lambda: adagrad_da(-1.0), r"learning_rate = -1\.0"),
        (lambda: adagrad_da(0.1, initial_accumulator_value=0.0), r"initial_accumulator_value = 0\.0"),
        (lambda: adagrad_da(0.1, l1=-1.0), r"l1 = -1\.0"),
        (lambda: adagrad_da(lambda t: 0.1, l2=float("nan")), "l2 = nan"),
        (lambda: rda(-2.0), r"learning_rate = -2\.0"),
        (lambda: rda(0.1, l1=-1e-9), "l1 = -1e-09"),
        (lambda: projected_gradient(-2.0, ball), r"learning_rate = -2\.0"),
        (lambda: adadelta(rho=1.0), r"rho = 1\.0: must be finite and in \[0, 1\)"),
        (lambda: adadelta(rho=-0.1), r"rho = -0\.1"),
        (lambda: adadelta(eps=0.0), r"eps = 0\.0: must be finite and > 0"),
        (lambda: adadelta(-1.0), r"learning_rate = -1\.0"),
        (lambda: amsgrad(-1.0), r"learning_rate = -1\.0"),
        (lambda: amsgrad(0.1, b1=1.0), r"b1 = 1\.0"),
        (lambda: amsgrad(0.1, b2=jnp.float32(2.0)), r"b2 = 2\.0"),
        (lambda: amsgrad(0.1, eps=-1e-8), "eps = -1e-08"),
        (lambda: momentum(0.1, mu=1.0), r"mu = 1\.0"),
        (lambda: nesterov(-0.1), r"learning_rate = -0\.1"),
        (lambda: nesterov(0.1, mu=-0.5), r"mu = -0\.5"),
        (lambda: optax.inject_hyperparams(rda)(learning_rate=-0.5).init(jnp.ones(2)), r"learning_rate = -0\.5"),
    ],
)
def test_a_wrong_argument_is_named_with_its_value(make, said):
    with pytest.raises(ValueError, match=said):
        make()


@pytest.mark.parametrize("rule", [adagrad(0.1, 0.1), adagrad_da(0.1), rda(0.1), projected_gradient(0.1, ball)])
def test_an_update_without_the_weights_it_needs_is_refused(rule):
    w = jnp.ones(2)
    with pytest.raises(ValueError, match="params = None"):
        rule.update(w, rule.init(w))
