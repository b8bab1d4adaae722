"""Paths and sweeps on graphs: the same derivative, and the operations by their hand formulas."""

import dataclasses
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import random_cases
from hypothesis import given, settings
from hypothesis import strategies as st

from research.autodiff import tape
from research.autodiff.graphs import layered, of_expression, of_inputs, of_weights
from research.autodiff.paths import Edge, Graph, along_paths, count, forward, paths, reverse
from research.autodiff.tracing import flat
from research.models import mlp


def slopes(widths: list[int]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=pair) for pair in itertools.pairwise(widths)]


def agree(graph: Graph) -> np.ndarray:
    """All three give the same derivative; returns it."""
    exact = forward(graph).jacobian
    np.testing.assert_allclose(along_paths(graph).jacobian, exact, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(reverse(graph).jacobian, exact, rtol=1e-12, atol=1e-12)
    assert along_paths(graph).multiplications == count(graph)[1]
    return exact


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_a_chain(depth: int) -> None:
    """One path of d edges. In all of its d + 1 nodes: d (d + 1) / 2 along paths, d in reverse, d (d + 1) forward."""
    matrices = slopes([1] * (depth + 1))
    graph = layered(matrices)
    np.testing.assert_allclose(agree(graph), np.prod([m.item() for m in matrices]).reshape(1, 1))
    assert count(graph) == (1, depth)
    assert (forward(graph).multiplications, reverse(graph).multiplications) == (depth, depth)

    every = dataclasses.replace(graph, inputs=tuple(range(depth + 1)))
    assert agree(every)[0, -1] == 1
    assert count(every) == (depth + 1, depth * (depth + 1) // 2)
    assert (forward(every).multiplications, reverse(every).multiplications) == (depth * (depth + 1), depth)


@pytest.mark.parametrize(("width", "depth"), [(2, 3), (3, 2), (3, 4)])
def test_dense_layers(width: int, depth: int) -> None:
    """w^(d - 1) paths from an input to an output, w^(d + 1) in all; d w^2 edges, each once a sweep."""
    matrices = slopes([width] * (depth + 1))
    graph = layered(matrices)
    np.testing.assert_allclose(agree(graph), np.linalg.multi_dot(matrices).T)
    assert len(list(paths(graph, 0, graph.outputs[-1]))) == width ** (depth - 1)
    assert count(graph) == (width ** (depth + 1), depth * width ** (depth + 1))
    assert forward(graph).multiplications == depth * width**2 * width
    one = dataclasses.replace(graph, outputs=graph.outputs[:1])
    assert reverse(one).multiplications == depth * width**2 == len(graph.edges)
    assert forward(one).multiplications == len(graph.edges) * width


@pytest.mark.parametrize(("width", "depth", "fan_in"), [(5, 3, 2), (4, 4, 3), (3, 2, 1)])
def test_layers_of_bounded_fan_in(width: int, depth: int, fan_in: int) -> None:
    """k^d paths into an output; d w k edges."""
    matrices = slopes([width] * (depth + 1))
    graph = layered(matrices, fan_in)
    masks = np.array([[(i - j) % width < fan_in for j in range(width)] for i in range(width)])
    np.testing.assert_allclose(agree(graph), np.linalg.multi_dot([m * masks for m in matrices]).T, atol=1e-15)
    assert count(graph) == (width * fan_in**depth, depth * width * fan_in**depth)
    one = dataclasses.replace(graph, outputs=graph.outputs[:1])
    assert count(one) == (fan_in**depth, depth * fan_in**depth)
    assert reverse(one).multiplications == depth * width * fan_in
    assert forward(one).multiplications == depth * width * fan_in * width


def test_many_paths_are_counted_and_not_walked() -> None:
    assert count(layered(slopes([10] * 31)))[0] == 10**31


@pytest.mark.parametrize("sizes", [(2, 3), (3, 4, 2), (2, 3, 3, 2)], ids=str)
def test_networks(sizes: tuple[int, ...]) -> None:
    """Derivatives of `mlp.apply`; in its parameters sum (n_(l-1) + 1) n_l + sum_(l >= 2) n_(l-1) n_l edges."""
    with jax.enable_x64(True):
        layers, x = random_cases.layers(sizes), random_cases.like(jax.ShapeDtypeStruct(sizes[:1], float))
        in_inputs = jax.jit(jax.jacfwd(lambda x: mlp.apply(layers, x, jnp.tanh)))(x)
        g, w = flat(lambda layers: mlp.apply(layers, x, jnp.tanh), layers)
        in_weights = jax.jit(jax.jacrev(g))(w)
        np.testing.assert_allclose(agree(of_inputs(layers, x)), in_inputs, rtol=1e-12, atol=1e-15)
        graph = of_weights(layers, x)
        np.testing.assert_allclose(agree(graph), in_weights, rtol=1e-12, atol=1e-15)
    pairs = list(itertools.pairwise(sizes))
    edges = sum((below + 1) * above for below, above in pairs) + sum(below * above for below, above in pairs[1:])
    assert len(graph.edges) == edges
    assert reverse(graph).multiplications == edges * sizes[-1]
    assert forward(graph).multiplications == edges * w.size


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_graph(data: st.DataObject) -> None:
    nodes = data.draw(st.integers(1, 7))
    pairs = [(i, j) for j in range(nodes) for i in range(j)]
    chosen = data.draw(st.lists(st.sampled_from(pairs), max_size=12)) if pairs else []
    edges = tuple(Edge(i, j, data.draw(st.floats(-2, 2))) for i, j in chosen)  # parallel edges too
    ends = st.lists(st.integers(0, nodes - 1), max_size=3).map(tuple)
    graph = Graph(nodes, edges, data.draw(ends), data.draw(ends))
    agree(graph)
    walked = sum(len(list(paths(graph, i, o))) for i in graph.inputs for o in graph.outputs)
    assert walked == count(graph)[0]


def test_the_graph_of_an_expression() -> None:
    graph = of_expression(lambda x1, x2: tape.log(x1) + x1 * x2 - tape.sin(x2), (2.0, 5.0))
    np.testing.assert_allclose(agree(graph), [[5.5, 2 - np.cos(5)]], rtol=1e-14)
    assert (graph.nodes, len(graph.edges), count(graph)) == (7, 8, (4, 11))
    assert of_expression(lambda x: x, (3.0,)) == Graph(1, (), (0,), (0,))


@pytest.mark.parametrize("edge", [(0, 0), (1, 0), (0, 2), (-1, 1)])
def test_an_edge_without_order_is_an_error(edge: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=f"edge {edge[0]} -> {edge[1]}"):
        Graph(2, (Edge(*edge, 1.0),), (0,), (1,))


def test_graphs_that_cannot_be_are_errors() -> None:
    with pytest.raises(ValueError, match="there is no node 2"):
        Graph(2, (), (0,), (2,))
    with pytest.raises(ValueError, match="do not follow one another"):
        layered([np.ones((2, 3)), np.ones((2, 3))])
    with pytest.raises(ValueError, match="fan_in = 3 must be 1 to 2"):
        layered([np.ones((2, 3))], fan_in=3)
