"""The grid of `zeiler2012`: its members, its controls, members that diverge, and what is made of the cells."""

import dataclasses
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from research.claims import Run
from research.data import Dataset, Split
from research.experiments import BadConfig, entry, seed_keys, zeiler2012
from research.experiments import zeiler2012_grid as grid
from research.training.evaluation import compile_batch_evaluation
from research.training.state import TrainState

SMALL = zeiler2012.Config(hidden=(30, 20), passes=8, batch=20, chunk=12)


def patterns(n: int, seed: int) -> Split:
    """Ten classes, each a fixed picture of some bright pixels under noise."""
    rng = np.random.default_rng(seed)
    pictures = 200 * (np.random.default_rng(7).random((10, 28, 28)) < 0.1)
    labels = rng.integers(0, 10, n).astype(np.int32)
    return Split((pictures[labels] + rng.integers(0, 50, (n, 28, 28))).astype(np.uint8), labels)


DATA = Dataset(patterns(200, 0), patterns(100, 1))


def learnt(rule: str, settings: tuple[grid.Setting, ...], steps: int = 30, seeds: int = 2) -> TrainState:
    """The members after some steps, by the grid's own program."""
    keys, optimizer = seed_keys(seeds), grid.optimizer(rule, 0.9)
    part = grid.members(settings, seeds, 100)[0]
    weights = zeiler2012.first_weights(SMALL.hidden, keys)
    first = grid.first_state(weights, keys, part.seeds, part.values, optimizer)
    batches = zeiler2012.batches(SMALL, keys, part, len(DATA.train.labels), 0, steps)
    segment = grid.compile_members(zeiler2012.step_of(optimizer))
    return segment(first, batches, zeiler2012.with_shuffled(DATA.train))[0]


def alone(optimizer: optax.GradientTransformation, seed: int, steps: int, labels: np.ndarray) -> Any:
    """One network, its batches and its rule in a loop."""
    key = seed_keys(seed + 1)[seed]
    params = jax.tree.map(lambda leaf: leaf[0], zeiler2012.first_weights(SMALL.hidden, key[None]))
    state = optimizer.init(params)

    @jax.jit
    def step(params: Any, state: Any, x: jax.Array, y: jax.Array) -> tuple[Any, Any]:
        def loss(params: Any) -> jax.Array:
            h = x.reshape(len(x), -1) / 255.0
            for layer in params[:-1]:
                h = jnp.maximum(h @ layer["weights"] + layer["biases"][None], 0)
            scores = jax.nn.log_softmax(h @ params[-1]["weights"] + params[-1]["biases"][None])
            return -scores[jnp.arange(len(y)), y].mean()

        updates, state = optimizer.update(jax.grad(loss)(params), state, params)
        return optax.apply_updates(params, updates), state

    orders = [jax.random.permutation(jax.random.fold_in(key, number), 200) for number in range(steps // 10)]
    for some in np.concatenate(orders).reshape(steps, 20):
        params, state = step(params, state, jnp.asarray(DATA.train.images[some]), jnp.asarray(labels[some]))
    return params


def member(state: TrainState, place: int) -> Any:
    return jax.tree.map(lambda leaf: np.asarray(leaf[place]), state.params)


def assert_near(one: Any, other: Any) -> None:
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-5)


def test_a_member_is_what_its_setting_gives_alone() -> None:
    cells = {cell.name: cell for cell in grid.cells("adadelta", 0.9)}
    state = learnt("adadelta", (cells["adadelta_90_1e-2"], cells["adadelta_95_1e-4"]))
    optimizer = optax.adadelta(1.0, rho=0.95, eps=1e-4)
    assert_near(member(state, 3), alone(optimizer, 1, 30, DATA.train.labels))
    apart = abs(member(state, 2)[0]["weights"] - member(state, 3)[0]["weights"]).max()
    assert apart > 1e-2  # the other setting of the same seed


def test_the_control_learns_the_same_images_with_labels_shuffled() -> None:
    control = grid.settings("momentum", 0.8)[-1]
    assert (control.name, control.values) == ("momentum_shuffled", {"learning_rate": 0.1, "mu": 0.8})
    mixed = zeiler2012.with_shuffled(DATA.train).labels[200:]
    assert sorted(mixed) == sorted(DATA.train.labels)
    assert (mixed == DATA.train.labels).mean() < 0.3
    state = learnt("momentum", (control._replace(values={"learning_rate": 1e-2, "mu": 0.8}),), seeds=1)
    assert_near(member(state, 0), alone(optax.sgd(1e-2, momentum=0.8), 0, 30, mixed))


def test_a_member_that_diverges_freezes_and_leaves_the_others() -> None:
    cell = grid.cells("sgd", 0.9)[2]
    wild = cell._replace(values={"learning_rate": 1e30})
    state, calm = learnt("sgd", (cell, wild)), learnt("sgd", (cell, cell))
    np.testing.assert_array_equal(np.asarray(state.stopped) >= 0, [False, True, False, True])
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state.params))
    for place in (0, 2):
        jax.tree.map(np.testing.assert_array_equal, member(state, place), member(calm, place))
    evaluate = compile_batch_evaluation(zeiler2012.measure, batch=100, runner="jit")
    assert np.isfinite(evaluate(state.params, DATA.test)["error"]).all()


def test_one_compilation_serves_all_settings_of_a_rule() -> None:
    keys, optimizer, traced = seed_keys(1), grid.optimizer("adadelta", 0.9), []

    def counted(*arguments: Any, **reduce: Any) -> Any:
        traced.append(1)
        return zeiler2012.step_of(optimizer)(*arguments, **reduce)

    segment = grid.compile_members(counted)
    weights = zeiler2012.first_weights(SMALL.hidden, keys)
    both = zeiler2012.with_shuffled(DATA.train)
    counts = []
    for part in grid.members(grid.cells("adadelta", 0.9), 1, 4):
        state = grid.first_state(weights, keys, part.seeds, part.values, optimizer)
        segment(state, zeiler2012.batches(SMALL, keys, part, 200, 0, 2), both)
        counts.append(len(traced))
    assert counts == counts[:1] * 3


def test_members_are_parts_of_one_size_that_hold_every_setting_of_every_seed() -> None:
    found = grid.settings("adadelta", 0.9)
    for chunk, size in ((18, 13), (12, 3), (39, 39), (2, 1)):
        parts = grid.members(found, 3, chunk)
        assert {len(part.seeds) for part in parts} == {size}
        pairs = [(s.name, seed) for part in parts for s, seed in zip(part.settings, part.seeds.tolist(), strict=True)]
        assert pairs == [(setting.name, seed) for seed in range(3) for setting in found]
    rho = np.concatenate([part.values["rho"] for part in grid.members(found, 2, 13)])
    np.testing.assert_array_equal(rho[:5], np.array([0.9, 0.9, 0.9, 0.9, 0.95], np.float32))


def test_members_at_a_time_change_no_result(tmp_path: Path) -> None:
    keys = seed_keys(2)
    weights, both = zeiler2012.first_weights(SMALL.hidden, keys), zeiler2012.with_shuffled(DATA.train)
    evaluate = compile_batch_evaluation(zeiler2012.measure, batch=100, runner="jit")

    def errors(chunk: int) -> dict[str, np.ndarray]:
        config, out = dataclasses.replace(SMALL, chunk=chunk), Run(tmp_path / str(chunk))
        return zeiler2012.trained("sgd", config, keys, weights, both, DATA.test, evaluate, out, None)

    together, apart = errors(12), errors(4)
    assert len(list((tmp_path / "4" / "checkpoints").iterdir())) == 3
    for name, values in together.items():
        np.testing.assert_array_equal(values, apart[name], err_msg=name)
        assert values.shape == (2,)
    assert together["sgd_1e-1"].max() < 20
    assert together["sgd_shuffled"].min() > 60


def test_the_best_cell_has_the_lowest_mean_and_a_spread_is_of_each_seed() -> None:
    names = [cell.name for rule in grid.RULES for cell in grid.cells(rule, 0.9)]
    measured = {name: np.array([30.0, 50.0]) for name in names}
    measured |= {"sgd_1e0": np.array([1.0, 5.0]), "sgd_1e-1": np.array([2.0, 2.0]), "adadelta_95_1e-6": np.zeros(2)}
    found = zeiler2012.summaries(measured, 0.5)
    np.testing.assert_array_equal(found["best_sgd"], [2.0, 2.0])
    np.testing.assert_array_equal(found["spread_sgd"], [30.0, 25.0])
    np.testing.assert_array_equal(found["spread_adadelta_90"], [1.0, 1.0])
    np.testing.assert_array_equal(found["spread_adadelta_95"], [60.0, 100.0])
    np.testing.assert_array_equal(found["spread_adadelta"], [60.0, 100.0])


def test_the_claims_hold_every_cell_once_as_the_tables_name_it() -> None:
    claims = {claim.quantity: claim for claim in entry("zeiler2012").claims if claim.id.startswith("ZEI-2")}
    cells = {cell.name: cell for rule in grid.RULES for cell in grid.cells(rule, 0.9)}
    assert len(cells) == 27 == len(claims)
    assert {name: claim.paper for name, claim in claims.items()} == {name: cell.paper for name, cell in cells.items()}
    assert cells["momentum_1e-4"].values == {"learning_rate": 1e-4, "mu": 0.9}
    assert cells["adadelta_99_1e-8"].values == {"rho": 0.99, "eps": 1e-8}
    best = {rule: min(cell.paper for cell in grid.cells(rule, 0.9)) for rule in grid.RULES}
    assert best == {"sgd": 2.26, "momentum": 2.03, "adagrad": 1.79, "adadelta": 1.83}


@pytest.mark.parametrize("field", ["hidden", "passes", "batch", "momentum", "chunk"])
def test_a_field_that_nothing_can_learn_with_is_named(field: str) -> None:
    with pytest.raises(BadConfig, match=field):
        zeiler2012.Config(**{field: {"hidden": (0, 5), "momentum": 0.0}.get(field, 0)})
    with pytest.raises(BadConfig, match=r"momentum = 1.0: must be below 1"):
        zeiler2012.Config(momentum=1.0)
