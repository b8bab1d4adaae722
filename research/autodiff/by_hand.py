"""Backpropagation by hand, with the delta rule: what each unit answers for, and what that does to its weights.

For layers of logistic units and the error E = 1/2 sum_k (t_k - o_k)^2 of an example:

    delta_k = o_k (1 - o_k) (t_k - o_k)                 an output
    delta_h = o_h (1 - o_h) sum_k w_hk delta_k          a hidden unit, from those that read it
    w_ij <- w_ij + eta delta_j x_i                      x_i what the unit j reads; 1 for its bias

so that delta_j x_i = -dE/dw_ij. For tanh units the slope o (1 - o) is (1 - o)(1 + o).

Source: Rumelhart, Hinton & Williams 1986, eqs. (4) to (8); Mitchell 1997, table 4.2, for the form.
"""

from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from research.models.mlp import Layers

Unit = Literal["logistic", "tanh"]
ACTIVATION = {"logistic": jax.nn.sigmoid, "tanh": jnp.tanh}
SLOPE = {"logistic": lambda o: o * (1 - o), "tanh": lambda o: (1 - o) * (1 + o)}
"""Derivative of each activation, from its value o."""


def activations(layers: Layers, x: Float[Array, "*examples inputs"], unit: Unit = "logistic") -> list[Array]:
    """The input and then the activations of each layer, the last one's too: o = f(x W + b)."""
    values = [x]
    for layer in layers:
        sums = values[-1] @ layer["weights"]
        values.append(ACTIVATION[unit](sums + jnp.broadcast_to(layer["biases"], sums.shape)))
    return values


def responsibilities(
    layers: Layers, values: list[Array], targets: Float[Array, "*examples outputs"], unit: Unit = "logistic"
) -> list[Array]:
    """Each layer's deltas, computed from the output's back to the first hidden layer's; in the order of the layers.

    Args:
        layers: weights (units below, units) and biases (units,) of each layer.
        values: what `activations` gives.
        targets: t, in the range of the units.
        unit: what the units are.
    """
    slope = SLOPE[unit]
    deltas = [slope(values[-1]) * (targets - values[-1])]
    for layer, o in zip(reversed(layers[1:]), reversed(values[1:-1]), strict=True):
        deltas.append(slope(o) * (deltas[-1] @ layer["weights"].T))
    return deltas[::-1]


def changes(
    layers: Layers, x: Float[Array, " inputs"], targets: Float[Array, " outputs"], unit: Unit = "logistic"
) -> Layers:
    """delta_j x_i for every weight and bias: minus the gradient of one example's error."""
    values = activations(layers, x, unit)
    deltas = responsibilities(layers, values, targets, unit)
    return [
        {"weights": jnp.outer(below, delta), "biases": delta} for below, delta in zip(values[:-1], deltas, strict=True)
    ]


def batch_changes(
    layers: Layers,
    x: Float[Array, "examples inputs"],
    targets: Float[Array, "examples outputs"],
    unit: Unit = "logistic",
) -> Layers:
    """The sum of `changes` over the examples, as one product of matrices a layer: X' Delta."""
    values = activations(layers, x, unit)
    deltas = responsibilities(layers, values, targets, unit)
    return [
        {"weights": below.T @ delta, "biases": delta.sum(axis=0)}
        for below, delta in zip(values[:-1], deltas, strict=True)
    ]


def learned(layers: Layers, change: Layers, rate: float) -> Layers:
    """The weights after a change: w + eta delta_j x_i, summed over the examples of the change.

    Args:
        layers: the weights before.
        change: what `changes` or `batch_changes` gives.
        rate: eta, > 0.
    """
    return jax.tree.map(lambda w, d: w + rate * d, layers, change)
