"""The counts of LeNet-5 (LeCun et al. 1998, section II.B) and of its modern and its wider form."""

from research.models.counting import layers
from research.models.lenet5 import lenet5
from research.models.lenet_modern import lenet_caffe, lenet_modern


def test_lenet5_layer_by_layer() -> None:
    """Free weights and connections as the paper prints them."""
    assert {layer.name: (layer.weights, layer.connections) for layer in layers(*lenet5())} == {
        "C1": (156, 122_304),
        "S2": (12, 5_880),
        "C3": (1_516, 151_600),
        "S4": (32, 2_000),
        "C5": (48_120, 48_120),
        "F6": (10_164, 10_164),
    }


def test_lenet5_totals() -> None:
    """60,000 weights and 340,908 connections, with those of the ten output units to the 84 of F6."""
    found = layers(*lenet5())
    assert sum(layer.weights for layer in found) == 60_000
    assert sum(layer.connections for layer in found) + 10 * 84 == 340_908


def test_modern_form() -> None:
    """61,706 weights and 416,520 MACs: C3 reads all maps, the output is a softmax."""
    found = layers(*lenet_modern())
    assert sum(layer.weights for layer in found) == 61_706
    assert sum(layer.macs for layer in found) == 416_520


def test_wider_form() -> None:
    """Sze et al. 2017, table II: 431k weights (430,500 without biases) and 2.3M MACs (2,293,000)."""
    found = layers(*lenet_caffe())
    assert sum(layer.weights for layer in found) == 431_080
    assert sum(layer.weights - layer.biases for layer in found) == 430_500
    assert sum(layer.macs for layer in found) == 2_293_000
