"""Norms and Jacobians against products of matrices, scaling laws that hold exactly, and the verdicts."""

import dataclasses
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from research.claims import Run
from research.experiments import BadConfig, entry, seed_keys, vanishing, vanishing_networks
from research.ledger.verdicts import judge

SMALL = vanishing.Config(width=48, depth=24, through=20, filters=(4, 8), channels=4, recurrent_units=6, steps=8)
SLOPE = {"sigmoid": lambda h: h * (1 - h), "tanh": lambda h: 1 - h**2, "relu": lambda h: (h > 0) * 1.0}
VALUE = {"sigmoid": lambda a: 1 / (1 + np.exp(-a)), "tanh": np.tanh, "relu": lambda a: np.maximum(a, 0)}


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


def test_norms_are_those_of_the_product_of_jacobians() -> None:
    rng, unit = np.random.default_rng(0), "tanh"
    weights, x, u = rng.normal(size=(1, 4, 5, 5)).astype(np.float32), rng.normal(size=(1, 5)), rng.normal(size=(1, 5))
    values = [x[0]]
    for w in weights[0]:
        values.append(VALUE[unit](0.7 * w.astype(float) @ values[-1]))
    back = [u[0]]
    for w, h in zip(weights[0, ::-1], values[:0:-1], strict=True):
        back.append(0.7 * w.astype(float).T @ (SLOPE[unit](h) * back[-1]))
    expected = [np.linalg.norm(v) for v in back[::-1]]
    np.testing.assert_allclose(
        vanishing_networks.norms(*map(jnp.asarray, (weights, x, u)), 0.7, unit)[0], expected, rtol=1e-12
    )


@pytest.mark.parametrize("unit", ["sigmoid", "relu"])
def test_jacobians_through_time_are_products(unit: vanishing_networks.Unit) -> None:
    rng = np.random.default_rng(0)
    weights, inputs, start = rng.normal(size=(1, 3, 3)), rng.normal(size=(1, 4, 3)), rng.normal(size=(1, 3))
    h, product, expected = start[0], np.eye(3), []
    for x in inputs[0]:
        h = VALUE[unit](weights[0] @ h + x)
        product = np.diag(SLOPE[unit](h)) @ weights[0] @ product
        expected.append(product)
    np.testing.assert_allclose(
        vanishing_networks.jacobians(*map(jnp.asarray, (weights, inputs, start)), unit)[0],
        expected,
        rtol=1e-12,
        atol=1e-15,
    )


def test_laws_have_their_variances() -> None:
    for law, variance in (("standard", 1 / 30), ("Glorot", 2 / 40), ("He", 2 / 10)):
        assert vanishing_networks.deviation(law, 10, 30) ** 2 == pytest.approx(variance)  # type: ignore[arg-type]


def test_the_theory_of_sigmoid_layers() -> None:
    """At most sqrt(v) / 4, which it nears for small weights; and the mean of the squared slope by simulation."""
    assert vanishing_networks.mean_field_factor(1e-4) == pytest.approx(0.01 / 4, rel=1e-4)
    factors = [vanishing_networks.mean_field_factor(v) / v**0.5 for v in (0.5, 1.0, 4.0)]
    assert 0.25 > factors[0] > factors[1] > factors[2]
    z, q = np.random.default_rng(0).normal(size=400_000), 1.0
    for _ in range(30):
        q = (VALUE["sigmoid"](q**0.5 * z) ** 2).mean()
    slope = SLOPE["sigmoid"](VALUE["sigmoid"](q**0.5 * z))
    assert vanishing_networks.mean_field_factor(1.0) == pytest.approx((slope**2).mean() ** 0.5, rel=2e-3)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, np.ndarray], Path]:
    folder = tmp_path_factory.mktemp("vanishing")
    return dict(vanishing.run(SMALL, seed_keys(2), {}, Run(folder))), folder


def test_rectified_layers_scale_exactly(measured: tuple[dict[str, np.ndarray], Path]) -> None:
    """The same numbers with half the variance: 2^(-1/2) a layer, whatever the numbers; so with filters."""
    found, _ = measured
    np.testing.assert_allclose(found["doublings_relu_He"] - found["doublings_relu_Glorot"], 10, rtol=1e-9)
    he = np.array([2 / (9 * maps) for maps in SMALL.filters]) ** 0.5
    np.testing.assert_allclose(found["shrinking"], np.prod(he / SMALL.small), rtol=1e-4)
    np.testing.assert_allclose(found["shrinking_xavier"], 2, rtol=1e-4)


def test_a_small_run_keeps_the_bounds(measured: tuple[dict[str, np.ndarray], Path]) -> None:
    found, folder = measured
    claims = {claim.id: claim for claim in entry("vanishing").claims}
    for name in ("VAN-1", "RNN-1", "INIT-1.64", "INIT-1.512"):
        assert judge(claims[name], found, {}).verdict == "reproduced", name
    assert {path.name for path in (folder / "figures").iterdir()} == {"layers.png", "time.png"}
    assert {values.shape for values in found.values()} == {(1,), (2,)}


def test_the_bound_is_reached_where_nothing_saturates() -> None:
    """Rectified units that are all on, and weights that are sigma times a rotation: equality."""
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    inputs = np.broadcast_to(4.0 ** np.arange(2, 8)[:, None], (1, 6, 4))
    network = map(jnp.asarray, (0.9 * rotation[None], inputs, np.ones((1, 4))))
    found = vanishing_networks.jacobians(*network, "relu")
    np.testing.assert_allclose(np.linalg.norm(np.asarray(found[0]), 2, axis=(1, 2)), 0.9 ** np.arange(1, 7), rtol=1e-12)


def test_fields_with_which_nothing_can_be_measured_are_refused() -> None:
    for field in dataclasses.fields(SMALL):
        value = getattr(SMALL, field.name)
        zero = tuple(0 * x for x in value) if isinstance(value, tuple) else 0 * value
        with pytest.raises(BadConfig, match=f"{field.name} = "):
            dataclasses.replace(SMALL, **{field.name: zero})
    for change in ({"through": 25}, {"filters": ()}, {"singular_values": ()}):
        with pytest.raises(BadConfig, match=f"{next(iter(change))} = "):
            dataclasses.replace(SMALL, **change)
