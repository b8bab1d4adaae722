import jax
import jax.numpy as jnp
import numpy as np
import pytest
import small_network as net

from research.metrics import is_error
from research.training import evaluation
from research.training.evaluation import compile_evaluation, split_batches


def measure(params, example):
    z = net.logits(params, example["x"])
    return {"error": is_error(z, example["y"]), "loss": net.plain_loss(params, example, None)}


def plain(params, data) -> dict[str, float]:
    x, y = np.asarray(data["x"], np.float64), np.asarray(data["y"])
    z = np.tanh(x @ np.asarray(params["first"], np.float64)) @ np.asarray(params["second"], np.float64)
    losses = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]
    return {"error": float((z.argmax(axis=1) != y).mean()), "loss": float(losses.mean())}


@pytest.mark.parametrize("batch", [5, 10, 37, 64])
@pytest.mark.parametrize(("runner", "devices"), [("jit", 1), ("pmap", 4), ("sharding", 4)])
def test_whole_split_whatever_the_batch(runner, devices, batch):
    params, data = net.init(jax.random.key(3)), net.data()
    values = compile_evaluation(measure, batch, runner, jax.devices()[:devices])(params, data)
    expected = plain(params, data)
    assert 0 < expected["error"] < 1
    np.testing.assert_allclose(values["error"], expected["error"], rtol=1e-12)
    np.testing.assert_allclose(values["loss"], expected["loss"], rtol=1e-6)
    assert values["error"].dtype == np.float64


def test_one_value_a_seed():
    data, params = net.data(), net.states(3).params
    of_seeds = lambda p, example: jax.vmap(lambda q: measure(q, example))(p)  # noqa: E731
    values = compile_evaluation(of_seeds, 10)(params, data)
    for seed in range(3):
        expected = plain(jax.tree.map(lambda a, s=seed: a[s], params), data)
        np.testing.assert_allclose(values["error"][seed], expected["error"], rtol=1e-12)


def test_a_dropped_batch_is_an_error(monkeypatch):
    whole = split_batches
    monkeypatch.setattr(evaluation, "split_batches", lambda examples, batch: whole(examples, batch)[:-1])
    with pytest.raises(RuntimeError, match="counted 30 examples of a split of 37"):
        compile_evaluation(measure, 10, "jit")(net.init(jax.random.key(3)), net.data())


def test_an_unmasked_batch_is_an_error(monkeypatch):
    whole = split_batches
    unmasked = lambda examples, batch: [b.replace(mask=jnp.ones_like(b.mask)) for b in whole(examples, batch)]  # noqa: E731
    monkeypatch.setattr(evaluation, "split_batches", unmasked)
    with pytest.raises(RuntimeError, match="counted 40 examples of a split of 37"):
        compile_evaluation(measure, 10, "jit")(net.init(jax.random.key(3)), net.data())


@pytest.mark.parametrize("cut", [0, 5])
def test_data_of_unequal_or_no_length(cut):
    data = {"x": jnp.zeros((cut, 4)), "y": jnp.zeros(0, jnp.int32)}
    with pytest.raises(ValueError, match="one length, at least 1"):
        compile_evaluation(measure, 10, "jit")(net.init(jax.random.key(3)), data)
