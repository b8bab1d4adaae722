"""The papers' counts, from the shapes that go through our networks."""

import pytest

from research.models.counting import layers
from research.models.digits_network import digits_network
from research.models.lenet1989 import LeNet1989, connections, lenet1989


def test_lenet1989_layer_by_layer() -> None:
    """LeCun et al. 1989, section 3: units, connections and free parameters of every layer."""
    found = {layer.name: (layer.units, layer.connections, layer.weights) for layer in layers(*lenet1989())}
    assert found == {
        "H1": (768, 19_968, 1_068),
        "H2": (192, 38_592, 2_592),
        "H3": (30, 5_790, 5_790),
        "output": (10, 310, 310),
    }


@pytest.mark.parametrize("scheme", ["cyclic", "thirds"])
def test_lenet1989_totals(scheme: str) -> None:
    """LeCun et al. 1989, section 3: 1,256 units, 64,660 connections, 9,760 parameters; 63,660 MACs."""
    found = layers(LeNet1989(scheme=scheme), (16, 16))  # type: ignore[arg-type]
    assert sum(layer.units for layer in found) + 16 * 16 == 1_256
    assert sum(layer.connections for layer in found) == 64_660
    assert sum(layer.weights for layer in found) == 9_760
    assert sum(layer.macs for layer in found) == 63_660


@pytest.mark.parametrize("scheme", ["cyclic", "thirds"])
def test_every_map_of_h1_is_read_by_eight_of_h2(scheme: str) -> None:
    read = [below for maps in connections(scheme) for below in maps]  # type: ignore[arg-type]
    assert len(set(connections(scheme)[0])) == 8  # type: ignore[arg-type]
    assert [read.count(below) for below in range(12)] == [8] * 12


def test_convolutions_by_their_formula() -> None:
    """Weights R S C M + M and MACs E F M R S C (Sze et al. 2017, section III)."""
    c1, c2, output = layers(*digits_network())
    assert (c1.weights, c1.macs) == (3 * 3 * 1 * 16 + 16, 8 * 8 * 16 * 9)
    assert (c2.weights, c2.macs, c2.stride, c2.E) == (3 * 3 * 16 * 32 + 32, 4 * 4 * 32 * 9 * 16, 2, 4)
    assert (output.weights, output.macs) == (512 * 10 + 10, 5120)


def test_parameters_outside_known_layers_are_an_error() -> None:
    import flax.linen as nn
    import jax

    class Odd(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            return x * self.param("gain", nn.initializers.ones, (3,))

    with pytest.raises(ValueError, match="Odd: 3 parameters"):
        layers(Odd(), (3,))
