"""The rules that `delta_rule` compares, the networks it draws, and its verdicts."""

import dataclasses
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from research.autodiff import by_hand
from research.claims import Run
from research.experiments import BadConfig, delta_rule, delta_rule_rules, entry, seed_keys
from research.ledger.verdicts import judge
from research.models.mlp import Layers

SMALL = delta_rule.Config(architectures=1, most_hidden=1, most_units=4, starts=3, compared=5, sweeps=8)


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


def drawn(depth: int = 2, seed: int = 0) -> delta_rule_rules.Problem:
    """The one member of a problem."""
    problem = delta_rule.architectures(SMALL, seed_keys(seed + 1)[seed:], "logistic", depth)
    return jax.tree.map(lambda a: a[0], problem)


def distances(problem: delta_rule_rules.Problem, rate: float) -> dict[str, float]:
    members = jax.tree.map(lambda a: a[None], problem)
    found = jax.jit(delta_rule_rules.compared, static_argnums=(1, 2))(members, "logistic", rate)
    return {name: float(delta_rule_rules.relative(*pair)[0]) for name, pair in found.items()}


def test_only_the_rule_is_the_gradient() -> None:
    found = distances(drawn(), 0.5)
    assert found["by_hand"] < 1e-13
    assert found["batch"] < 1e-13
    assert found["without_slope"] > 0.1
    assert found["changed_first"] > 1e-3
    assert distances(drawn(), 0.0)["changed_first"] < 1e-13  # nothing changes in between


def test_units_that_an_architecture_lacks_change_nothing() -> None:
    """A network in a larger one gives what it gives alone, and weights of 0 stay 0."""
    layers, x, targets = drawn(seed=1)
    held = [np.flatnonzero(np.asarray(w["biases"])) for w in layers]
    inputs = np.flatnonzero(np.asarray(x).any(axis=0))
    assert min(map(len, held)) < SMALL.most_units
    alone: Layers = [
        {"weights": jnp.asarray(np.asarray(w["weights"])[np.ix_(below, above)]), "biases": w["biases"][above]}
        for w, below, above in zip(layers, [inputs, *held[:-1]], held, strict=True)
    ]
    changes = jax.jit(by_hand.batch_changes)
    whole, part = changes(layers, x, targets), changes(alone, x[:, inputs], targets[:, held[-1]])
    for one, other, old in zip(whole, part, layers, strict=True):
        np.testing.assert_allclose(one["biases"][np.asarray(old["biases"]) != 0], other["biases"], rtol=1e-12)
        inside = np.asarray(old["weights"]) != 0
        np.testing.assert_allclose(np.asarray(one["weights"])[inside], np.ravel(other["weights"]), rtol=1e-12)
        assert not np.asarray(one["weights"])[~inside].any()


def test_equal_hidden_units_stay_equal_and_learn_nothing() -> None:
    data = jax.tree.map(jnp.asarray, delta_rule.load(SMALL))
    _, equal = delta_rule.starts(SMALL, seed_keys(1))
    course = delta_rule_rules.learn("by_hand", equal, data["x"], data["targets"], 0.5, 300, 2)
    hidden = np.asarray(course.path[0]["weights"])
    np.testing.assert_array_equal(hidden[..., 0], hidden[..., 1])
    assert hidden.shape == (SMALL.starts, 2, 4, 2, 2)
    assert course.outputs.shape == (SMALL.starts, 300, 4)


def test_learning_is_the_step_repeated() -> None:
    data = jax.tree.map(jnp.asarray, delta_rule.load(SMALL))
    random, _ = delta_rule.starts(SMALL, seed_keys(1))
    course = delta_rule_rules.learn("by_gradient", random, data["x"], data["targets"], 0.5, 2, 1)
    layers = jax.tree.map(lambda a: a[1], random)
    for x, t in zip(data["x"], data["targets"], strict=True):
        layers = by_hand.learned(layers, by_hand.changes(layers, x, t), 0.5)
    np.testing.assert_allclose(course.path[0]["weights"][1, 0, -1], layers[0]["weights"], rtol=1e-12)
    np.testing.assert_allclose(course.outputs[1, 0], by_hand.activations(layers, data["x"])[-1][:, 0], rtol=1e-12)


def test_the_largest_difference_of_each_sweep() -> None:
    path = [{"weights": jnp.zeros((2, 3, 4, 2, 2)), "biases": jnp.zeros((2, 3, 4, 2))}]
    other = [{"weights": path[0]["weights"].at[1, 2, 0, 1, 1].set(-3.0), "biases": path[0]["biases"] + 1.0}]
    np.testing.assert_array_equal(delta_rule_rules.apart(path, other), [[1, 1, 1], [1, 1, 3]])


def test_a_small_run_gives_the_recorded_verdicts_but_that_of_learning(tmp_path: Path) -> None:
    found = delta_rule.run(SMALL, seed_keys(2), delta_rule.load(SMALL), Run(tmp_path))
    verdicts = {claim.id: judge(claim, found, {}).verdict for claim in entry("delta_rule").claims}
    assert {name for name, verdict in verdicts.items() if verdict != "reproduced"} == {"DR-4"}
    assert (tmp_path / "figures" / "xor.png").is_file()
    assert {values.shape for values in found.values()} == {(2,)}


def test_fields_with_which_nothing_can_be_measured_are_refused() -> None:
    for field in dataclasses.fields(SMALL):
        with pytest.raises(BadConfig, match=f"{field.name} = "):
            dataclasses.replace(SMALL, **{field.name: 0 * getattr(SMALL, field.name)})
    with pytest.raises(BadConfig, match="compared = 9: must be at most sweeps = 8"):
        dataclasses.replace(SMALL, compared=9)
