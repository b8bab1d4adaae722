"""Graphs of networks and of expressions, with the slopes of their edges, for `research.autodiff.paths`."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from research.autodiff.paths import Edge, Graph
from research.autodiff.tape import Node, tape
from research.models.mlp import Layers


def layered(slopes: Sequence[Float[np.ndarray, "_ _"]], fan_in: int | None = None) -> Graph:
    """Layers of units, each of which reads units of the layer below; the first layer is the input, the last the output.

    With d layers of edges between layers of w units that each read k of those below: d w k edges, and k^d paths into
    an output. From one input to one output w^(d - 1) paths lead where k = w. Layers of one unit are a chain.

    Args:
        slopes: of each layer, D_ij the derivative of its unit j in the unit i below.
        fan_in: k; unit j reads the units j, j + 1, ... j + k - 1 modulo the number of units below. None for all.

    Raises:
        ValueError: layers that do not fit, or k outside 1 to the number of units below.
    """
    widths = [len(slopes[0]), *(matrix.shape[1] for matrix in slopes)]
    if any(len(matrix) != below for matrix, below in zip(slopes, widths, strict=False)):
        raise ValueError(f"layered: slopes of shapes {[matrix.shape for matrix in slopes]} do not follow one another")
    if fan_in is not None and not 1 <= fan_in <= min(widths[:-1]):
        raise ValueError(f"layered: fan_in = {fan_in} must be 1 to {min(widths[:-1])}")
    starts = np.cumsum([0, *widths]).tolist()
    edges = [
        Edge(start + i, start + len(matrix) + j, float(matrix[i, j]))
        for matrix, start in zip(slopes, starts, strict=False)
        for j in range(matrix.shape[1])
        for i in ((j + r) % len(matrix) for r in range(fan_in or len(matrix)))
    ]
    return Graph(starts[-1], tuple(edges), tuple(range(widths[0])), tuple(range(starts[-2], starts[-1])))


def of_inputs(layers: Layers, x: Float[Array, " inputs"], activation: Callable[[Array], Array] = jnp.tanh) -> Graph:
    """The multi-layer perceptron `research.models.mlp.apply` at x, a node a unit; differentiated in its inputs.

    D_ij = W_ij f'(a_j), with f' = 1 in the last layer.
    """
    return layered([layer * rise[None, :] for layer, rise, _ in _at(layers, x, activation)])


def of_weights(layers: Layers, x: Float[Array, " inputs"], activation: Callable[[Array], Array] = jnp.tanh) -> Graph:
    """The same network differentiated in its biases and weights, in the order of `jax.flatten_util.ravel_pytree`.

    Each weight W_ij is one more node, read by unit j with slope h_i f'(a_j), each bias one with slope f'(a_j). With
    layers of n_0, n_1, ... n_d units: sum_l (n_(l-1) + 1) n_l + sum_(l >= 2) n_(l-1) n_l edges.
    """
    edges: list[Edge] = []
    inputs: list[int] = []
    units: list[int] = []
    nodes = 0
    for weights, rise, below in _at(layers, x, activation):
        count, width = weights.shape
        parameters = range(nodes, nodes + (count + 1) * width)
        nodes += (count + 1) * width + width
        above = range(nodes - width, nodes)
        read = np.concatenate([np.ones(1), below])  # what each row of parameters is multiplied with: biases come first
        edges += [
            Edge(node, above[p % width], float(read[p // width] * rise[p % width])) for p, node in enumerate(parameters)
        ]
        edges += [Edge(i, j, float(weights[r, c] * rise[c])) for r, i in enumerate(units) for c, j in enumerate(above)]
        inputs, units = [*inputs, *parameters], list(above)
    return Graph(nodes, tuple(edges), tuple(inputs), tuple(units))


def of_expression(f: Callable[..., Node], x: Sequence[float | int]) -> Graph:
    """What `research.autodiff.tape` notes of f(x_1, x_2, ...): a node a number, the x first, constants too."""
    leaves = [Node(float(a)) for a in x]
    y = f(*leaves)
    number = {node: i for i, node in enumerate(dict.fromkeys([*leaves, *tape(y)]))}
    edges = (Edge(number[below], number[node], slope) for node in number for below, slope in node.read)
    return Graph(len(number), tuple(edges), tuple(range(len(leaves))), (number[y],))


def _at(
    layers: Layers, x: Array, activation: Callable[[Array], Array]
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Of each layer its weights, f'(a) of its units, and the activations that it reads."""
    found = []
    for number, layer in enumerate(layers, 1):
        sums = x @ layer["weights"] + layer["biases"]
        f = activation if number < len(layers) else (lambda a: a)
        above, rise = jax.jvp(f, (sums,), (jnp.ones_like(sums),))
        found.append((np.asarray(layer["weights"]), np.asarray(rise), np.asarray(x)))
        x = above
    return found
