"""Ratios against hand formulas, and that every network of the package takes part."""

import sys
from pathlib import Path

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from research.claims import Run
from research.experiments import BadConfig, cheap_gradient, entry, seed_keys
from research.ledger.verdicts import judge
from research.models.listing import networks


def perceptron(*sizes: int) -> dict[str, float]:
    return cheap_gradient.ratios(cheap_gradient.cases(cheap_gradient.Config(sizes))["mlp"])


def test_one_wide_layer() -> None:
    """2 for the value; 2 more for the weights, 2 for a tangent, and twice all that for the product: the layer ends."""
    found = perceptron(300, 200)
    for ratio, expected in (("gradient_weights", 2), ("tangent_weights", 2), ("gradient_inputs", 2)):
        assert found[ratio] == pytest.approx(expected, rel=0.01)
    assert found["weights"] == 300 * 200 + 200
    assert found["sweeps_weights"] == pytest.approx(found["weights"] * found["tangent_weights"])


def test_many_wide_layers() -> None:
    """L layers cost 2 L; the weights 2 L, the units below 2 (L - 1); a tangent moves units but in the first layer."""
    depth = 7
    found = perceptron(*[128] * (depth + 1))
    assert found["gradient_weights"] == pytest.approx(3 - 1 / depth, rel=0.03)
    assert found["tangent_weights"] == pytest.approx(3 - 1 / depth, rel=0.03)
    assert found["gradient_inputs"] == pytest.approx(2, rel=0.03)
    assert found["tangent_inputs"] == pytest.approx(2, rel=0.03)


def test_every_network_that_is_described_takes_part() -> None:
    described = networks().keys()
    assert set(cheap_gradient.cases(cheap_gradient.Config())) == described | {"mlp"}


def test_a_new_network_enters_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "new_models"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "one.py").write_text(
        "import flax.linen as nn\n"
        "def small():\n    return nn.Dense(3), (4,)\n"
        "def law():\n    return nn.initializers.zeros\n"
        "def sized(units):\n    return nn.Dense(units), (4,)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    package = __import__("new_models")
    try:
        assert {name: shape for name, (_, shape) in networks(package).items()} == {"small": (4,)}
    finally:
        for name in ("new_models", "new_models.one"):
            sys.modules.pop(name, None)


def test_variables_that_are_no_weights_are_constants() -> None:
    class Normed(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            return nn.BatchNorm(use_running_average=True)(nn.Dense(5)(x))

    case = cheap_gradient.of_network(Normed(), (1, 4))
    assert case.sizes == (4 * 5 + 5 + 2 * 5, 4)
    assert case.targets.shape == (5,)
    jax.eval_shape(jax.grad(case.loss), case.weights, case.inputs, case.targets)


def test_two_networks_give_the_recorded_verdicts(tmp_path: Path) -> None:
    config = cheap_gradient.Config()
    found = cheap_gradient.run(config, seed_keys(1), {}, Run(tmp_path), max_steps=2)
    verdicts = {claim.id: judge(claim, found, {}).verdict for claim in entry("cheap_gradient").claims}
    assert {name for name, verdict in verdicts.items() if verdict != "reproduced"} == {"CG-3"}
    assert (tmp_path / "figures" / "cheap_gradient.png").is_file()
    assert {values.shape for values in found.values()} == {(1,)}


def test_the_loss_is_that_of_the_network() -> None:
    case = cheap_gradient.cases(cheap_gradient.Config((2, 2)))["mlp"]
    layers = [{"weights": jnp.array([[1.0, 2.0], [3.0, 4.0]]), "biases": jnp.array([0.5, 0.0])}]
    value = case.loss(layers, jnp.array([1.0, -1.0]), jnp.zeros(2))
    np.testing.assert_allclose(value, 0.5 * (1.5**2 + 2**2))


@pytest.mark.parametrize("sizes", [(), (3,), (3, 0), (-1, 2)])
def test_sizes_that_make_no_network_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(BadConfig, match="sizes = "):
        cheap_gradient.Config(sizes)
