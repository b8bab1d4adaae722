"""The multi-layer perceptron as two plain functions over a list of weights; without hidden layers, a linear model."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from research.models.initial_weights import he_normal

Layers = list[dict[str, Array]]


Draw = Callable[[Array, tuple[int, int]], Array]
"""draw(key, (units below, units)) -> the first weights of a layer."""


def init(key: Key[Array, ""], sizes: Sequence[int], draw: Draw = he_normal) -> Layers:
    """Weights of each layer, the last too, as `draw` draws them; biases 0.

    Args:
        key: typed key.
        sizes: inputs, hidden units of each layer, outputs; at least two, each at least 1.
        draw: draws the weights of one layer.

    Returns:
        One dict a layer: weights (units below, units), biases (units,).

    Raises:
        ValueError: fewer than two sizes, or a layer without units.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"mlp: sizes {tuple(sizes)} need inputs and outputs, and at least one unit each")
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"weights": draw(k, (below, above)), "biases": jnp.zeros(above)}
        for k, below, above in zip(keys, sizes[:-1], sizes[1:], strict=True)
    ]


def apply(
    layers: Layers, x: Float[Array, " inputs"], activation: Callable[[Array], Array] = jax.nn.relu
) -> Float[Array, " outputs"]:
    """h_0 = x, h_l = f(h_(l-1) W_l + b_l), and the last layer without f; one example."""
    *hidden, last = layers
    for layer in hidden:
        x = activation(x @ layer["weights"] + layer["biases"])
    return x @ last["weights"] + last["biases"]
