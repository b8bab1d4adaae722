import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small_network as net

from research.claims import Run
from research.optimizers import per_weight_rates
from research.training.batches import shuffled
from research.training.checkpoints import Checkpoints
from research.training.devices import compile_segment
from research.training.loop import NonFinite, train
from research.training.step import freeze_nonfinite, over_seeds

SEGMENT = 4
ADAM = optax.adam(1e-2)
RATES = per_weight_rates()


def batches(start, steps):
    return shuffled(jax.random.key(1), net.EXAMPLES, 8, start, steps)


@functools.cache
def segment(devices: int = 1):
    return compile_segment(net.step(net.plain_loss), devices=jax.devices()[:devices])


def trained(folder, steps, *, using=None, state=None, data=None, **options):
    state = net.state() if state is None else state
    data = net.data() if data is None else data
    options = {"segment_steps": SEGMENT, "out": Run(folder), "name": "net", **options}
    return train(using or segment(), state, batches, data, steps=steps, **options)


def metric_lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def assert_same_params(actual, expected):
    for name in expected:
        np.testing.assert_array_equal(actual[name], expected[name])


def test_train_is_its_steps(tmp_path):
    """Against a loop over the bare step; the state handed in stays usable, and a shorter segment ends the run."""
    start = net.state()
    state = trained(tmp_path, 10, state=start, validate=lambda state: {"steps": int(state.step)})
    step, expected, losses = jax.jit(net.step(net.plain_loss)), start, []
    for number in range(10):
        expected, metrics = step(expected, jax.tree.map(lambda a: a[0], batches(number, 1)), net.data())
        losses.append(float(metrics["loss"]))
    for name in expected.params:
        np.testing.assert_allclose(state.params[name], expected.params[name], atol=1e-6)
    lines = metric_lines(tmp_path)
    assert [line["step"] for line in lines] == [4, 8, 10] == [line["steps"] for line in lines]
    ends = [np.mean(losses[:4]), np.mean(losses[4:8]), np.mean(losses[8:])]
    np.testing.assert_allclose([line["loss"] for line in lines], ends, rtol=1e-5)
    assert {line["train"] for line in lines} == {"net"}


def test_interrupted_and_resumed_is_unbroken(tmp_path):
    """Also where lines were written after the last checkpoint, one of them torn."""
    whole = trained(tmp_path / "whole", 12)
    trained(tmp_path / "broken", 8)
    with (tmp_path / "broken" / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"train": "net", "step": 12, "loss": 9.0}) + '\n{"train": "net", "st')
    resumed = trained(tmp_path / "broken", 12)
    assert_same_params(resumed.params, whole.params)
    texts = [(tmp_path / folder / "metrics.jsonl").read_text() for folder in ("whole", "broken")]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("died", ["log", "save"])
def test_dying_between_line_and_checkpoint_is_unbroken(tmp_path, monkeypatch, died):
    """The moment that a random kill seldom hits: the second line, or the second checkpoint, is not written."""
    whole = trained(tmp_path / "whole", 12)
    owner, method = (Run, Run.log) if died == "log" else (Checkpoints, Checkpoints.save)
    calls = []

    def dying(*args, **kwargs):
        calls.append(None)
        if len(calls) == (2 if died == "log" else 3):  # the first checkpoint is that of step 0
            raise KeyboardInterrupt
        return method(*args, **kwargs)

    monkeypatch.setattr(owner, died, dying)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "broken", 12)
    monkeypatch.undo()
    resumed = trained(tmp_path / "broken", 12)
    assert_same_params(resumed.params, whole.params)
    texts = [(tmp_path / folder / "metrics.jsonl").read_text() for folder in ("whole", "broken")]
    assert texts[0] == texts[1]


def test_finished_training_does_nothing(tmp_path):
    whole = trained(tmp_path, 8)
    before = (tmp_path / "metrics.jsonl").read_text()
    again = trained(tmp_path, 8, using=lambda *_: pytest.fail("a segment ran"))
    assert_same_params(again.params, whole.params)
    assert (tmp_path / "metrics.jsonl").read_text() == before


def test_resumed_on_several_devices_agrees(tmp_path):
    whole = trained(tmp_path / "one", 8)
    trained(tmp_path / "two", 4)
    resumed = trained(tmp_path / "two", 8, using=segment(2))
    for name in whole.params:
        np.testing.assert_allclose(resumed.params[name], whole.params[name], atol=2e-6)


def test_progress_counts_every_step(tmp_path):
    seen = []

    class Bar:
        def __enter__(self):
            return lambda steps, note: seen.append((steps, note))

        def __exit__(self, *_):
            pass

    trained(tmp_path, 6, out=Run(tmp_path, bar=lambda description, total: Bar()))
    assert sum(steps for steps, _ in seen) == 6
    assert seen[-1][1].startswith("loss ")


def first_step_with(example: int) -> int:
    return int(np.argmax((np.asarray(batches(0, 20).indices) == example).any(axis=1)))


@pytest.mark.parametrize("devices", [1, 2])
def test_stop_names_the_step_and_keeps_the_last_good_state(tmp_path, devices):
    at = 4  # the second step of the second segment, and the first that sees this example
    example = next(example for example in range(net.EXAMPLES) if first_step_with(example) == at)
    bad = {**net.data(), "x": net.data()["x"].at[example].set(jnp.nan)}
    for _ in range(2):  # started again, it stops at the same step
        with pytest.raises(NonFinite, match=f"net: loss not finite at step {at};") as caught:
            trained(tmp_path / "bad", 20, data=bad, using=segment(devices), segment_steps=3)
        assert (caught.value.step, caught.value.quantity) == (at, "loss")
    with_checkpoint = Checkpoints(tmp_path / "bad" / "checkpoints" / "net")
    kept = with_checkpoint.restore(net.state())
    with_checkpoint.close()
    assert kept is not None
    assert int(kept.step) == at
    good = trained(tmp_path / "good", at)
    for name in kept.params:
        np.testing.assert_allclose(kept.params[name], good.params[name], atol=2e-6)


@pytest.mark.parametrize("quantity", ["loss", "gradient_norm", "parameters"])
def test_stop_names_the_quantity(tmp_path, quantity):
    def spoiled(state, batch, data, **reduce):
        new, metrics = net.step(net.plain_loss)(state, batch, data, **reduce)
        bad = jnp.where(state.step == 5, jnp.inf, 0.0)
        if quantity == "parameters":
            return new.replace(params=jax.tree.map(lambda w: w + bad, new.params)), metrics
        return new, {**metrics, quantity: metrics[quantity] + bad}

    with pytest.raises(NonFinite, match=f"{quantity} not finite at step 5"):
        trained(tmp_path, 20, using=compile_segment(spoiled, "jit"))


def renewal():
    """Rates from parameters and data, as a second-order method renews them; and how often it was traced."""
    traces = []

    @jax.jit
    def begin(state, data):
        traces.append(None)
        scale = 0.3 * (data["x"] ** 2).mean()
        return state.replace(opt_state=jax.tree.map(lambda w: scale / (1 + w**2), state.params))

    return begin, traces


@pytest.mark.parametrize("devices", [1, 2])
def test_begin_runs_once_a_segment_and_resumes_to_the_same_bits(tmp_path, devices):
    begin, traces = renewal()
    options = {
        "using": compile_segment(net.step(net.plain_loss, RATES), devices=jax.devices()[:devices]),
        "state": net.state(optimizer=RATES),
        "data": jax.device_get(net.data()),
        "begin": begin,
    }
    whole = trained(tmp_path / "whole", 12, **options)
    assert len(traces) == 1
    step, expected = jax.jit(net.step(net.plain_loss, RATES)), options["state"]
    for number in range(12):
        expected = begin(expected, net.data()) if number % SEGMENT == 0 else expected
        expected, _ = step(expected, jax.tree.map(lambda a: a[0], batches(number, 1)), net.data())
    for steps in (4, 12):
        resumed = trained(tmp_path / "resumed", steps, **options)
    assert_same_params(resumed.params, whole.params)
    for steps in (4, 6, 12):  # within a segment: it is not begun again
        within = trained(tmp_path / "within", steps, **options)
    for name in whole.params:
        np.testing.assert_allclose(whole.params[name], expected.params[name], atol=2e-6)
        np.testing.assert_allclose(within.params[name], expected.params[name], atol=2e-6)


def test_stop_with_begin_names_the_step(tmp_path):
    """It fails at the second step after `begin`, from step 4 on: begun each step, or not at all, it would not."""

    def renew(state, data):
        return state.replace(opt_state=ADAM.init(state.params))

    def spoiled(state, batch, data, **reduce):
        new, metrics = net.step(net.plain_loss, ADAM)(state, batch, data, **reduce)
        bad = (new.opt_state[0].count == 2) & (state.step >= 4)
        return new, {**metrics, "loss": jnp.where(bad, jnp.nan, metrics["loss"])}

    using, state = compile_segment(spoiled, "jit"), net.state(optimizer=ADAM)
    for _ in range(2):  # started again, from the state before that step
        with pytest.raises(NonFinite, match="loss not finite at step 5;"):
            trained(tmp_path, 12, using=using, state=state, begin=renew)


def test_freeze_goes_on_and_records_the_step(tmp_path):
    def diverging(state, batch, data, **reduce):
        new, metrics = net.step(net.plain_loss)(state, batch, data, **reduce)
        second = (jax.random.key_data(state.key)[1] == 1) & (state.step >= 5)
        return new, {**metrics, "loss": jnp.where(second, jnp.nan, metrics["loss"])}

    using = compile_segment(over_seeds(freeze_nonfinite(diverging)), "jit")
    state = trained(tmp_path, 12, using=using, state=net.states(3), on_nonfinite="freeze")
    np.testing.assert_array_equal(state.stopped, [-1, 5, -1])
    lines = metric_lines(tmp_path)
    assert [line.get("frozen") for line in lines] == [None, 1, 1]
    assert all(line["loss_low"] <= line["loss"] <= line["loss_high"] for line in lines)
    assert np.isfinite([line["loss"] for line in lines]).all()


def test_freeze_needs_a_step_that_freezes(tmp_path):
    bad = {**net.data(), "x": jnp.full((net.EXAMPLES, 4), jnp.nan)}
    with pytest.raises(ValueError, match=r"needs freeze_nonfinite\(step\)"):
        trained(tmp_path, 8, data=bad, on_nonfinite="freeze")


def test_other_configuration_in_the_folder_is_an_error(tmp_path):
    trained(tmp_path, 4)
    with pytest.raises(ValueError, match="is of another configuration"):
        trained(tmp_path, 8, using=compile_segment(over_seeds(net.step()), "jit"), state=net.states(2))
