import jax
import numpy as np
import pytest

from research.training.batches import in_order, shuffled

KEY = jax.random.key(3)


def test_in_order_wraps_around():
    batch = in_order(examples=7, batch=3, start=1, steps=3)
    np.testing.assert_array_equal(batch.indices, [[3, 4, 5], [6, 0, 1], [2, 3, 4]])
    assert batch.mask.shape == (3, 3)
    assert bool(batch.mask.all())


@pytest.mark.parametrize(("start", "steps"), [(0, 12), (5, 4), (11, 1)])
def test_shuffled_is_a_function_of_the_step(start, steps):
    whole = shuffled(KEY, examples=7, batch=3, start=0, steps=12)
    part = shuffled(KEY, examples=7, batch=3, start=start, steps=steps)
    np.testing.assert_array_equal(part.indices, whole.indices[start : start + steps])


def test_shuffled_holds_each_example_once_a_pass_in_new_orders():
    flat = np.asarray(shuffled(KEY, examples=7, batch=3, start=0, steps=14).indices).reshape(-1, 7)
    np.testing.assert_array_equal(np.sort(flat, axis=1), np.tile(np.arange(7), (6, 1)))
    assert len({tuple(order) for order in flat}) == 6


def test_shuffled_batch_larger_than_the_data():
    indices = np.asarray(shuffled(KEY, examples=3, batch=6, start=1, steps=2).indices)
    np.testing.assert_array_equal(np.sort(indices.reshape(-1, 3), axis=1), np.tile(np.arange(3), (4, 1)))


def test_shuffled_for_each_seed():
    keys = jax.random.split(KEY, 2)
    batch = jax.vmap(lambda key: shuffled(key, examples=7, batch=3, start=2, steps=4), out_axes=1)(keys)
    assert batch.indices.shape == batch.mask.shape == (4, 2, 3)
    np.testing.assert_array_equal(batch.indices[:, 1], shuffled(keys[1], 7, 3, 2, 4).indices)
