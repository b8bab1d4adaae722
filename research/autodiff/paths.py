"""The chain rule on a graph: the sum over all paths, and the two sweeps that merge them node by node.

dy/dx = sum over the paths from x to y of the product of the slopes of their edges.

Every product starts from 1, so that a path of L edges costs L multiplications and a sweep one an edge. With E edges:

| along every path | sum of the lengths of all paths: exponential in depth |
| forward, a sweep an input | E x inputs |
| reverse, a sweep an output | E x outputs |

A sweep visits every edge, those too that its input or its output does not reach, as `jax.jvp` and `jax.vjp` do.

Source: Bauer 1974 (paths); Griewank & Walther 2008, chapter 3 (sweeps).
"""

import dataclasses
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Edge(NamedTuple):
    """One step of a computation.

    Args:
        source: number of the node that is read.
        target: number of the node that reads it, greater than `source`.
        slope: derivative of the target in the source, all else that the target reads held fixed.
    """

    source: int
    target: int
    slope: float


@dataclasses.dataclass(frozen=True)
class Graph:
    """A computation as nodes in the order in which they are computed, and edges with their slopes.

    Args:
        nodes: how many; they are numbered from 0.
        edges: in any order; several may join the same two nodes.
        inputs: nodes in which is differentiated; not only nodes that read nothing.
        outputs: nodes that are differentiated.

    Raises:
        ValueError: an edge that does not lead from a node to a later one, or an input or output that is no node.
    """

    nodes: int
    edges: tuple[Edge, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuses what has no order."""
        for source, target, _ in self.edges:
            if not 0 <= source < target < self.nodes:
                raise ValueError(f"edge {source} -> {target}: an edge leads to a later one of the {self.nodes} nodes")
        for node in (*self.inputs, *self.outputs):
            if not 0 <= node < self.nodes:
                raise ValueError(f"there is no node {node}: the graph has {self.nodes}")


class Accumulated(NamedTuple):
    """Derivatives and what they cost.

    Args:
        jacobian: derivative of each output in each input.
        multiplications: of one slope with a product of others.
    """

    jacobian: Float[np.ndarray, "outputs inputs"]
    multiplications: int


def paths(graph: Graph, source: int, target: int) -> Iterator[tuple[Edge, ...]]:
    """Every path from one node to another, as its edges; the empty one from a node to itself."""
    leaving: dict[int, list[Edge]] = {}
    for edge in graph.edges:
        leaving.setdefault(edge.source, []).append(edge)
    stack: list[tuple[Edge, ...]] = [()]
    while stack:
        path = stack.pop()
        end = path[-1].target if path else source
        if end == target:
            yield path
        elif end < target:
            stack += [(*path, edge) for edge in leaving.get(end, ())]


def along_paths(graph: Graph) -> Accumulated:
    """The sum over paths, each product from its beginning, as the chain rule is taught.

    The time is that of the multiplications; `count` says beforehand how many there will be.
    """
    jacobian, multiplications = np.zeros((len(graph.outputs), len(graph.inputs))), 0
    for row, output in enumerate(graph.outputs):
        for column, node in enumerate(graph.inputs):
            for path in paths(graph, node, output):
                jacobian[row, column] += math.prod(edge.slope for edge in path)
                multiplications += len(path)
    return Accumulated(jacobian, multiplications)


def forward(graph: Graph) -> Accumulated:
    """For each input one sweep from it: t_j = sum over the edges i -> j of slope x t_i, from t = 1 at the input."""
    edges = sorted(graph.edges, key=lambda edge: edge.source)
    columns, multiplications = [], 0
    for node in graph.inputs:
        tangents = [0.0] * graph.nodes
        tangents[node] = 1.0
        for source, target, slope in edges:
            tangents[target] += slope * tangents[source]
            multiplications += 1
        columns.append([tangents[output] for output in graph.outputs])
    jacobian = np.array(columns, float).reshape(len(graph.inputs), len(graph.outputs)).T
    return Accumulated(jacobian, multiplications)


def reverse(graph: Graph) -> Accumulated:
    """For each output one sweep to it: a_i = sum over the edges i -> j of a_j x slope, from a = 1 at the output."""
    edges = sorted(graph.edges, key=lambda edge: -edge.target)
    rows, multiplications = [], 0
    for node in graph.outputs:
        adjoints = [0.0] * graph.nodes
        adjoints[node] = 1.0
        for source, target, slope in edges:
            adjoints[source] += adjoints[target] * slope
            multiplications += 1
        rows.append([adjoints[source] for source in graph.inputs])
    jacobian = np.array(rows, float).reshape(len(graph.outputs), len(graph.inputs))
    return Accumulated(jacobian, multiplications)


def count(graph: Graph) -> tuple[int, int]:
    """Number of paths from all inputs to all outputs, and of multiplications along them; no path is walked.

    c_j = sum over the edges i -> j of c_i paths end in j, and l_j = sum of l_i + c_i edges lie on them, with c = 1 and
    l = 0 added at the inputs.
    """
    ending, length = [0] * graph.nodes, [0] * graph.nodes
    for node in graph.inputs:
        ending[node] += 1
    for source, target, _ in sorted(graph.edges, key=lambda edge: edge.source):
        ending[target] += ending[source]
        length[target] += length[source] + ending[source]
    return sum(ending[node] for node in graph.outputs), sum(length[node] for node in graph.outputs)
