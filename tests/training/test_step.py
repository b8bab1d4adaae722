import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small_network as net

from research.training.batches import in_order
from research.training.state import Batch, create_state
from research.training.step import freeze_nonfinite, over_seeds, seed_by_seed


def first_batch(batch: int = 10) -> Batch:
    return jax.tree.map(lambda array: array[0], in_order(net.EXAMPLES, batch, start=0, steps=1))


def test_step_moves_along_the_negative_gradient_of_the_mean_loss():
    """Directional derivatives in float64 against finite differences of the mean loss and against forward mode."""
    with jax.enable_x64(True):
        double = lambda tree: jax.tree.map(lambda a: a.astype(jnp.float64) if a.dtype == jnp.float32 else a, tree)  # noqa: E731
        data, params, batch = double(net.data()), double(net.init(jax.random.key(1))), first_batch()
        state = create_state(params, optax.sgd(1.0), jax.random.key(2))
        new, metrics = jax.jit(net.step(optimizer=optax.sgd(1.0)))(state, batch, data)
        minus_gradient = jax.tree.map(jnp.subtract, new.params, params)

        @jax.jit
        def mean_loss(params):
            keys = jax.vmap(lambda i: jax.random.fold_in(jax.random.fold_in(state.key, 0), i))(jnp.arange(10))
            first = jax.tree.map(lambda a: a[:10], data)
            return jax.vmap(net.dropout_loss, (None, 0, 0))(params, first, keys).mean()

        slope = jax.jit(lambda u: jax.jvp(mean_loss, (params,), (u,))[1])

        np.testing.assert_allclose(metrics["loss"], mean_loss(params), rtol=1e-12)
        for seed in range(3):
            u = double(net.init(jax.random.key(100 + seed)))
            ahead, behind = (mean_loss(optax.tree.add_scale(params, h, u)) for h in (1e-6, -1e-6))
            along = -optax.tree.vdot(minus_gradient, u)
            np.testing.assert_allclose(along, (ahead - behind) / 2e-6, rtol=1e-7)
            np.testing.assert_allclose(along, slope(u), rtol=1e-10)


def test_loss_falls():
    state, data, step = net.state(), net.data(), jax.jit(net.step(net.plain_loss))
    losses = []
    for _ in range(30):
        state, metrics = step(state, first_batch(net.EXAMPLES), data)
        losses.append(float(metrics["loss"]))
    assert losses[-1] < 0.5 * losses[0]
    assert int(state.step) == 30


def test_masked_examples_do_not_count():
    batch = first_batch(10)
    masked = Batch(indices=jnp.concatenate([batch.indices, jnp.array([20, 21])]), mask=jnp.arange(12) < 10)
    data = net.data()
    poisoned = {**data, "x": data["x"].at[20].set(1e6)}
    step = jax.jit(net.step())
    expected, expected_metrics = step(net.state(), batch, data)
    actual, metrics = step(net.state(), masked, poisoned)
    for name in expected.params:
        np.testing.assert_allclose(actual.params[name], expected.params[name], atol=1e-6)
    np.testing.assert_allclose(metrics["loss"], expected_metrics["loss"], rtol=1e-6)


def test_dropout_depends_on_example_and_step_not_on_the_place():
    state, batch, data = net.state(), first_batch(10), net.data()
    turned = Batch(indices=batch.indices[::-1], mask=batch.mask)
    step = jax.jit(net.step())
    loss = step(state, batch, data)[1]["loss"]
    np.testing.assert_allclose(step(state, turned, data)[1]["loss"], loss, rtol=1e-6)
    later = step(state.replace(step=jnp.int32(1)), batch, data)[1]["loss"]
    assert abs(float(later - loss)) > 1e-3


@pytest.mark.parametrize(("several", "own_batches"), [(over_seeds, False), (over_seeds, True), (seed_by_seed, True)])
def test_a_step_of_several_seeds_is_each_seed_alone(several, own_batches):
    data, batch = net.data(), first_batch(10)
    indices = jnp.stack([batch.indices, batch.indices + 10, batch.indices + 20])
    stacked = Batch(indices=indices, mask=jnp.ones((3, 10), bool)) if own_batches else batch
    step = jax.jit(net.step())
    new, metrics = jax.jit(several(net.step()))(net.states(3), stacked, data)
    assert metrics["loss"].shape == (3,)
    for seed in range(3):
        own = Batch(indices=indices[seed], mask=batch.mask) if own_batches else batch
        alone, alone_metrics = step(net.state(seed), own, data)
        np.testing.assert_allclose(metrics["loss"][seed], alone_metrics["loss"], rtol=1e-6)
        for name in new.params:
            np.testing.assert_allclose(new.params[name][seed], alone.params[name], atol=1e-6)


def spoil(step, seed_key, at):
    """The step, with a loss that is not a number for one seed at one step."""

    def spoiled(state, batch, data, **reduce):
        new, metrics = step(state, batch, data, **reduce)
        hit = (jax.random.key_data(state.key) == jax.random.key_data(seed_key)).all() & (state.step == at)
        return new, {**metrics, "loss": jnp.where(hit, jnp.nan, metrics["loss"])}

    return spoiled


def test_freeze_stops_one_member_and_leaves_the_others():
    data, batch = net.data(), first_batch(10)
    healthy = jax.jit(over_seeds(freeze_nonfinite(spoil(net.step(net.plain_loss), jax.random.key(1), at=-1))))
    spoiled = jax.jit(over_seeds(freeze_nonfinite(spoil(net.step(net.plain_loss), jax.random.key(1), at=2))))
    want = have = net.states(3)
    before = None
    for number in range(5):
        before = want if number == 2 else before
        want, have = healthy(want, batch, data)[0], spoiled(have, batch, data)[0]
    np.testing.assert_array_equal(have.stopped, [-1, 2, -1])
    np.testing.assert_array_equal(have.step, [5, 5, 5])
    assert before is not None
    for name in have.params:
        np.testing.assert_array_equal(have.params[name][jnp.array([0, 2])], want.params[name][jnp.array([0, 2])])
        np.testing.assert_array_equal(have.params[name][1], before.params[name][1])


def test_freeze_sees_parameters_that_overflow():
    """The gradient is finite and the step is not."""
    overflowing = optax.chain(optax.sgd(1e30), optax.scale(1e30))
    state, metrics = jax.jit(freeze_nonfinite(net.step(net.plain_loss, overflowing)))(
        net.state(optimizer=overflowing), first_batch(), net.data()
    )
    assert np.isfinite(metrics["gradient_norm"])
    assert int(state.stopped) == 0
    np.testing.assert_array_equal(state.params["first"], net.state().params["first"])


def test_step_is_pure():
    state, batch, data = net.state(), first_batch(), net.data()
    step = jax.jit(net.step())
    once, again = step(state, batch, data), step(state, batch, data)
    assert jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), once, again))
