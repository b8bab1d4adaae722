import functools

import jax
import numpy as np
import pytest
import small_network as net

from research.training.batches import shuffled
from research.training.devices import compile_segment, lower_step, pad, replicate
from research.training.state import Batch
from research.training.step import freeze_nonfinite, identity, over_seeds

BATCH = 11  # divided by none of 2, 4, 8 devices
STEPS = 5
# Only the order of float32 sums differs: a few units of 1.2e-7 at parameters of size 1 after five steps. A gradient
# not reduced, or reduced twice, moves them by more than 1e-2: test_forgotten_reduction_is_detected.
TOLERANCE = 2e-6
RUNNERS = [("pmap", 1), ("pmap", 2), ("pmap", 4), ("pmap", 8), ("sharding", 2), ("sharding", 4), ("sharding", 8)]


def batches(start: int = 0, steps: int = STEPS) -> Batch:
    return shuffled(jax.random.key(1), net.EXAMPLES, BATCH, start, steps)


@functools.cache
def on_one_device(loss):
    return jax.device_get(compile_segment(net.step(loss), "jit")(net.state(), batches(), net.data()))


def distance(state, expected) -> float:
    leaves = zip(jax.tree.leaves(state.params), jax.tree.leaves(expected.params), strict=True)
    return max(float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in leaves)


def shards_equal(tree) -> bool:
    shards = [[np.asarray(shard.data) for shard in leaf.addressable_shards] for leaf in jax.tree.leaves(tree)]
    return all(np.array_equal(shard, of_leaf[0]) for of_leaf in shards for shard in of_leaf)


@pytest.mark.parametrize("loss", [net.plain_loss, net.dropout_loss])
@pytest.mark.parametrize(("runner", "devices"), RUNNERS)
def test_runners_agree(runner, devices, loss):
    expected, expected_metrics = on_one_device(loss)
    segment = compile_segment(net.step(loss), runner, jax.devices()[:devices])
    state, metrics = segment(net.state(), batches(), net.data())
    assert distance(state, expected) < TOLERANCE
    np.testing.assert_allclose(metrics["loss"], expected_metrics["loss"], rtol=1e-5)
    np.testing.assert_allclose(metrics["gradient_norm"], expected_metrics["gradient_norm"], rtol=1e-5)
    assert len(state.params["first"].addressable_shards) == devices
    assert shards_equal(state.params)
    assert int(state.step) == STEPS


def test_forgotten_reduction_is_detected():
    """What the two tests above rest on: without the sum over devices both go red."""

    def forgetful(state, batch, data, reduce):
        return net.step(net.plain_loss)(state, batch, data, reduce=identity)

    state, _ = compile_segment(forgetful, "pmap", jax.devices()[:4])(net.state(), batches(), net.data())
    assert distance(state, on_one_device(net.plain_loss)[0]) > 1e-2
    assert not shards_equal(state.params)


@pytest.mark.parametrize(("runner", "devices"), [("jit", 1), ("pmap", 4), ("sharding", 4)])
def test_python_loop_is_the_scan(runner, devices):
    segment = compile_segment(net.step(), runner, jax.devices()[:devices], loop="python")
    state, metrics = segment(net.state(), batches(), net.data())
    expected, expected_metrics = on_one_device(net.dropout_loss)
    assert distance(state, expected) < TOLERANCE
    np.testing.assert_allclose(metrics["loss"], expected_metrics["loss"], rtol=1e-5)


@pytest.mark.parametrize("runner", ["pmap", "sharding"])
def test_seeds_over_devices(runner):
    keys = jax.random.split(jax.random.key(1), 3)
    own = jax.vmap(lambda key: shuffled(key, net.EXAMPLES, BATCH, 0, STEPS), out_axes=1)(keys)
    step = over_seeds(freeze_nonfinite(net.step(net.plain_loss)))
    expected, _ = compile_segment(step, "jit")(net.states(3), own, net.data())
    state, metrics = compile_segment(step, runner, jax.devices()[:4])(net.states(3), own, net.data())
    assert metrics["loss"].shape == (STEPS, 3)
    assert distance(state, expected) < TOLERANCE


@pytest.mark.parametrize(("runner", "devices"), [("jit", 1), ("pmap", 2), ("sharding", 2)])
@pytest.mark.parametrize("loop", ["scan", "python"])
def test_second_segment_does_not_compile(runner, devices, loop):
    traces = []

    def counted(state, batch, data, **reduce):
        traces.append(None)
        return net.step(net.plain_loss)(state, batch, data, **reduce)

    segment, data = compile_segment(counted, runner, jax.devices()[:devices], loop), net.data()
    state, _ = segment(net.state(), batches(), data)
    first = len(traces)
    segment(state, batches(STEPS), data)
    assert first > 0
    assert len(traces) == first


def test_default_runner_is_pmap_on_all_devices():
    state, _ = compile_segment(net.step())(net.state(), batches(), net.data())
    assert len(state.params["first"].addressable_shards) == len(jax.devices())


def test_jit_takes_one_device():
    state, _ = compile_segment(net.step(), "jit", jax.devices())(net.state(), batches(), net.data())
    assert len(state.params["first"].addressable_shards) == 1


def test_pad_masks_what_it_adds():
    batch = batches()
    padded = pad(batch, 8)
    assert padded.indices.shape == padded.mask.shape == (STEPS, 16)
    np.testing.assert_array_equal(padded.indices[:, :BATCH], batch.indices)
    assert int(padded.mask.sum()) == STEPS * BATCH
    assert pad(batch, 1) is batch


def test_replicate_does_not_move_what_lies_there():
    data = replicate(net.data(), jax.devices()[:2])
    again = replicate(data, jax.devices()[:2])
    pointers = [
        [shard.data.unsafe_buffer_pointer() for shard in tree["x"].addressable_shards] for tree in (data, again)
    ]
    assert pointers[0] == pointers[1]


def test_lower_step_takes_shapes_and_does_not_compile():
    shapes = jax.eval_shape(net.state)
    batch = jax.eval_shape(lambda: jax.tree.map(lambda a: a[0], batches()))
    text = lower_step(net.step(), shapes, batch, jax.eval_shape(net.data)).as_text()
    concrete = lower_step(net.step(), net.state(), jax.tree.map(lambda a: a[0], batches()), net.data()).as_text()
    assert text == concrete
    other = lower_step(net.step(net.plain_loss), shapes, batch, jax.eval_shape(net.data)).as_text()
    assert text != other
