"""The counts of the five networks of 1989 (Hastie, Tibshirani & Friedman 2009, table 11.1)."""

import pytest

from research.models import lenet1989_design
from research.models.counting import layers


@pytest.mark.parametrize(
    ("name", "links", "weights"),
    [("net1", 2570, 2570), ("net2", 3214, 3214), ("net3", 1226, 1226), ("net4", 2266, 1132), ("net5", 5194, 1060)],
)
def test_links_and_weights(name: str, links: int, weights: int) -> None:
    found = layers(*getattr(lenet1989_design, name)())
    assert sum(layer.connections for layer in found) == links
    assert sum(layer.weights for layer in found) == weights


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("net3", {"H1": (64, 640, 640), "H2": (16, 416, 416), "output": (10, 170, 170)}),
        ("net4", {"H1": (128, 1280, 146), "H2": (16, 816, 816), "output": (10, 170, 170)}),
        ("net5", {"H1": (128, 1280, 146), "H2": (64, 3264, 264), "output": (10, 650, 650)}),
    ],
)
def test_layer_by_layer(name: str, expected: dict) -> None:
    """Units, links and weights, by 3 x 3 and 5 x 5 fields with a bias a unit."""
    found = layers(*getattr(lenet1989_design, name)())
    assert {layer.name: (layer.units, layer.connections, layer.weights) for layer in found} == expected
