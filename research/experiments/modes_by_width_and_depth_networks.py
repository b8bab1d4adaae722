"""The two networks of `modes_by_width_and_depth`: as programs, as graphs, and what a formula says of their paths.

`local` has layers of w units, each of which reads k units of the layer below (bounded fan-in), and is differentiated in
the biases of all its units: the derivative in a bias is that in the sum which the unit receives. A chain is w = k = 1.
`dense` has layers of w units, each of which reads all, and is differentiated in all its biases and weights. Both give
one number.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from research.autodiff import graphs, paths
from research.autodiff.paths import Edge, Graph


class Local(NamedTuple):
    """Size of a `local` network: w units in each of d layers, of which each reads k below."""

    width: int
    layers: int
    fan_in: int

    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of biases, weights and readout."""
        w, d, k = self
        return [(w * d,), (d - 1, k, w), (w,)]

    def counts(self) -> dict[str, int]:
        """Multiplications by hand: E = w (k (d - 1) + 1) edges, n = w d units, k^m paths from a unit m layers below."""
        w, d, k = self
        return _counts(w * (k * (d - 1) + 1), w * d, sum(w * k**m * (m + 1) for m in range(d)))


class Dense(NamedTuple):
    """Size of a `dense` network: w inputs, d - 1 layers of w units and one output."""

    width: int
    layers: int

    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of parameters and inputs."""
        w, d = self
        return [((w + 1) * (w * (d - 1) + 1),), (w,)]

    def counts(self) -> dict[str, int]:
        """Multiplications by hand: n parameters, E = n + w^2 (d - 2) + w edges.

        A weight whose unit is m layers below the last hidden one has w^m paths of m + 2 edges to the output.
        """
        w, d = self
        n = (w + 1) * (w * (d - 1) + 1)
        along = (w + 1) * (1 + sum(w * w**m * (m + 2) for m in range(d - 1)))
        return _counts(n + w * w * (d - 2) + w, n, along)


Size = Local | Dense


def local(
    biases: Float[Array, " n"], weights: Float[Array, "below k w"], readout: Float[Array, " w"]
) -> Float[Array, "1"]:
    """a_1 = b_1 and a_l = b_l + sum_r W_l[r, j] h_(l-1)[(j + r) mod w] in unit j, h = tanh a; the output is v . h_d."""
    first, above = jnp.split(biases.reshape(len(weights) + 1, -1), [1])

    def layer(h: Array, own: tuple[Array, Array]) -> tuple[Array, None]:
        read = [slopes * jnp.roll(h, -r) for r, slopes in enumerate(own[0])]
        return jnp.tanh(sum(read[1:], read[0]) + own[1]), None

    h, _ = jax.lax.scan(layer, jnp.tanh(first[0]), (weights, above))
    return (readout @ h)[None]


def dense(parameters: Float[Array, " n"], x: Float[Array, " w"]) -> Float[Array, "1"]:
    """`research.models.mlp.apply` with tanh, its hidden layers as a scan; one output.

    The parameters are split and not sliced: the gradient of a split is a concatenation, that of slices a sum.

    Args:
        parameters: of each layer its biases, then its weights (units below, units).
        x: as many inputs as a hidden layer has units.
    """
    hidden, output = jnp.split(parameters, [len(parameters) - len(x) - 1])

    def layer(h: Array, own: Array) -> tuple[Array, None]:
        bias, weights = jnp.split(own, [1])
        return jnp.tanh(h @ weights + bias[0]), None

    h, _ = jax.lax.scan(layer, x, hidden.reshape(-1, len(x) + 1, len(x)))
    bias, weights = jnp.split(output, [1])
    return h @ weights[:, None] + bias


def program(size: Size) -> Callable[..., Array]:
    """The program of a size: `local` or `dense`."""
    return local if isinstance(size, Local) else dense


def graph(size: Size, values: list[np.ndarray]) -> Graph:
    """The same network at given values as a graph, differentiated in what `program` is differentiated in."""
    return _local_graph(size, values) if isinstance(size, Local) else _dense_graph(size, values, jnp.tanh)


def structure(size: Size) -> Graph:
    """The same graph with slopes that mean nothing, for counting: values 0, and linear units where that is quick."""
    zeros = [np.zeros(shape) for shape in size.shapes()]
    return _local_graph(size, zeros) if isinstance(size, Local) else _dense_graph(size, zeros, lambda a: a)


def count(found: Graph) -> dict[str, int]:
    """Multiplications of each method on a graph, nothing of which is walked; differences cost 2 n evaluations.

    An evaluation multiplies once an edge, as a sweep does.
    """
    edges, n = len(found.edges), len(found.inputs)
    return _counts(edges, n, paths.count(found)[1])


class Paths(NamedTuple):
    """Numbers of paths through 1, 2, 3, ... layers of edges between layers of w units.

    Args:
        full: from one input to one output where every unit reads all of the layer below.
        sparse: from all inputs to one output where every unit reads k of it.
    """

    full: list[int]
    sparse: list[int]


def paths_by_depth(width: int, fan_in: int, layers: int) -> Paths:
    """The paths through 1, 2, ... so many layers, counted on the graphs and not walked."""
    depths = range(1, layers + 1)
    return Paths([_paths(width, d, None) for d in depths], [_paths(width, d, fan_in) for d in depths])


def path_mismatches(found: Paths, width: int, fan_in: int) -> int:
    """Depths at which the paths are not w^(d - 1), or with k inputs a unit not k^d."""
    pairs = enumerate(zip(*found, strict=True), start=1)
    return sum(full != width ** (d - 1) or sparse != fan_in**d for d, (full, sparse) in pairs)


def _paths(width: int, layers: int, fan_in: int | None) -> int:
    whole = graphs.layered([np.zeros((width, width))] * layers, fan_in)
    inputs = whole.inputs if fan_in else whole.inputs[:1]
    return paths.count(Graph(whole.nodes, whole.edges, inputs, whole.outputs[:1]))[0]


def _counts(edges: int, inputs: int, along: int) -> dict[str, int]:
    return {"paths": along, "forward": edges * inputs, "differences": 2 * edges * inputs, "reverse": edges}


def _local_graph(size: Local, values: list[np.ndarray]) -> Graph:
    """A node is the sum that a unit receives: from one to the next the slope is f'(a_i) W_ij."""
    biases, weights, readout = values
    w, units = size.width, np.arange(size.width)
    sums, slopes = biases.reshape(-1, w), []
    above = sums[0]
    for own, bias in zip(weights, sums[1:], strict=True):
        h = np.tanh(above)
        slope = np.zeros((w, w))
        for r, row in enumerate(own):
            slope[(units + r) % w, units] = row * (1 - h[(units + r) % w] ** 2)
        above = bias + sum(row * np.roll(h, -r) for r, row in enumerate(own))
        slopes.append(slope)
    inner, rise = graphs.layered(slopes, size.fan_in), 1 - np.tanh(above) ** 2
    n = inner.nodes
    last = [Edge(n - w + j, n, float(readout[j] * rise[j])) for j in range(w)]
    return Graph(n + 1, (*inner.edges, *last), tuple(range(n)), (n,))


def _dense_graph(size: Dense, values: list[np.ndarray], activation: Callable[[Array], Array]) -> Graph:
    parameters, x = values
    sizes = [*[size.width] * size.layers, 1]
    layers, start = [], 0
    for below, above in itertools.pairwise(sizes):
        own = parameters[start : start + (below + 1) * above].reshape(below + 1, above)
        layers.append({"weights": jnp.asarray(own[1:]), "biases": jnp.asarray(own[0])})
        start += own.size
    return graphs.of_weights(layers, jnp.asarray(x), activation)
