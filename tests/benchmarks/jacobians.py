"""Full Jacobians by our modes and JAX's, PyTorch (CPU, eager), HIPS autograd and our tape, in one run, as ratios.

Each pair computes the same Jacobian in float32 (the tape in Python's floats); values are compared before they are
timed. Ours and JAX are compiled, and compilation is not in their times; PyTorch runs as its users run it, `torch.func`
without a compiler, once with a thread a core and once with one thread: of the two the faster counts in each round.
Ratios are by the wall clock and by the processor's, which does not run while others are at work on the machine, and
counts every thread. And the operations of gradients over those of their functions, which are counted and not timed.

pip install -c constraints.txt -e '.[bench]' && python tests/benchmarks/jacobians.py
"""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as autograd_numpy
import jax
import jax.numpy as jnp
import numpy as np
import torch

from research.autodiff import modes, tape
from research.autodiff.cost import cost
from research.losses import cross_entropy
from research.models.digits_network import digits_network
from research.models.lenet5 import lenet5
from research.models.lenet1989 import lenet1989

SIZES = ((8, 8), (64, 8), (8, 64), (64, 64), (256, 256), (512, 16), (16, 512))
CORES = len(os.sched_getaffinity(0))
ROUNDS = 9
BLOCK = 0.02
"""Seconds of calls that one round times at once: long against the clock, short against the machine's moods."""
LEAST, MOST = 2.0, 3.2
"""Targets: PyTorch's time over ours, and operations of a gradient over those of its function."""

Call = Callable[[], Any]


def network(m: Any, x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
    """A layer of tanh units and a linear one; m has the functions of numpy."""
    return m.tanh(x @ w1 + b1) @ w2 + b2


def helmholtz(m: Any, x: Any, A: Any, b: Any) -> Any:
    """Griewank 1989; also in Baydin et al. 2018; RT = 1. One output."""
    bx, root = b @ x, 2**0.5
    mixed = m.log((1 + (1 + root) * bx) / (1 + (1 - root) * bx))
    return ((x * m.log(x / (1 - bx))).sum() - x @ A @ x / (8**0.5 * bx) * mixed).reshape(1)


def network_case(n: int, outputs: int) -> list[np.ndarray]:
    rng, hidden = np.random.default_rng(0), max(n, outputs)
    shapes = (n,), (n, hidden), (hidden,), (hidden, outputs), (outputs,)
    return [(rng.normal(size=shape) / shape[0] ** 0.5).astype(np.float32) for shape in shapes]


def helmholtz_case(n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [a.astype(np.float32) for a in (rng.uniform(0.5, 1, n) / n, rng.uniform(size=(n, n)), rng.uniform(size=n))]


def jacobians(f: Callable[..., Any], arrays: list[np.ndarray]) -> dict[str, Call]:
    """By name, calls that compute df/dx, x the first of the arrays."""
    ours, theirs = [jnp.asarray(a) for a in arrays], [torch.tensor(a) for a in arrays]
    of_jax: dict[str, Any] = {
        "jax.jacfwd": jax.jacfwd,
        "jax.jacrev": jax.jacrev,
    }
    of_jax |= {"modes.forward_batched": _mode(modes.forward_batched)}
    of_jax |= {"modes.reverse_batched": _mode(modes.reverse_batched)}
    of_torch: dict[str, Any] = {"torch.func.jacfwd": torch.func.jacfwd, "torch.func.jacrev": torch.func.jacrev}
    calls: dict[str, Call] = {}
    for name, mode in of_jax.items():
        compiled = jax.jit(mode(lambda *a: f(jnp, *a)))
        calls[name] = lambda compiled=compiled: jax.block_until_ready(compiled(*ours))
    for name, mode in of_torch.items():
        eager = mode(lambda *a: f(torch, *a))
        for threads in sorted({1, CORES}):
            calls[f"{name}, threads: {threads}"] = lambda g=eager, k=threads: (torch.set_num_threads(k), g(*theirs))[1]
    jacobian_by_autograd: Any = autograd.jacobian
    by_autograd = jacobian_by_autograd(lambda *a: f(autograd_numpy, *a))
    calls["autograd.jacobian"] = lambda: by_autograd(*arrays)
    return calls


def _mode(mode: modes.Mode) -> Callable[..., Any]:
    """A mode as a transformation of a function of several arrays."""
    return lambda f: lambda x, *rest: mode(lambda x: f(x, *rest), x)


def by_tape(arrays: list[np.ndarray]) -> Call:
    """The network's Jacobian number by number: a tape for every output."""
    x, w1, b1, w2, b2 = (a.tolist() for a in arrays)

    def output(row: int) -> Callable[..., tape.Node]:
        def of(*x: tape.Node) -> tape.Node:
            columns = zip(zip(*w1, strict=True), b1, strict=True)
            hidden = [tape.tanh(sum(map(_product, x, column), b)) for column, b in columns]
            return sum(map(_product, hidden, (weights[row] for weights in w2)), b2[row])

        return of

    return lambda: np.array([tape.gradient(output(row), x)[1] for row in range(len(b2))])


def _product(a: tape.Node, b: float) -> tape.Node:
    return a * b


def in_turn(title: str, calls: dict[str, Call], pairs: list[tuple[str, str]]) -> None:
    """Compares all values, times all calls in turn, and prints medians and the ratio of each pair by both clocks."""
    expected = np.asarray(calls["jax.jacrev"]())
    bound = 1e-4 * abs(expected).max()  # sums of up to 512 products in float32
    for name, call in calls.items():
        np.testing.assert_allclose(np.asarray(call()), expected, rtol=0, atol=bound, err_msg=name)
    asked = tuple(name for pair in pairs for name in pair)
    calls = {name: call for name, call in calls.items() if name.startswith(asked)}
    passes = {name: max(1, round(BLOCK / _seconds(call, 3)[0])) for name, call in calls.items()}
    rounds = [{name: _seconds(call, passes[name]) for name, call in calls.items()} for _ in range(ROUNDS)]
    medians = {name: statistics.median(row[name][0] for row in rounds) for name in calls}
    print(f"{title}: " + "; ".join(f"{name} {1e6 * seconds:,.0f} us" for name, seconds in medians.items()))
    for theirs, ours in pairs:
        wall, processor = (_quartiles(rounds, theirs, ours, clock) for clock in (0, 1))
        missed = f"   MISSED: less than {LEAST}" if theirs.startswith("torch") and wall[1] < LEAST else ""
        texts = ["{1:,.1f} ({0:,.1f} to {2:,.1f})".format(*found) for found in (wall, processor)]
        print(f"    {theirs} / {ours}: {texts[0]}; in processor time {texts[1]}{missed}", flush=True)


def _quartiles(rounds: list[dict[str, tuple[float, float]]], theirs: str, ours: str, clock: int) -> list[float]:
    """Quartiles and median of the ratio; of several calls whose names begin with theirs, the fastest of each round."""
    ratios = sorted(min(row[n][clock] for n in row if n.startswith(theirs)) / row[ours][clock] for row in rounds)
    return [ratios[round(share * (len(ratios) - 1))] for share in (0.25, 0.5, 0.75)]


def _seconds(call: Call, passes: int) -> tuple[float, float]:
    """Time of one call, by the wall and by the processor."""
    call()  # whatever ran before has left its threads and its caches
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(passes):
        call()
    return (time.perf_counter() - wall) / passes, (time.process_time() - processor) / passes


def timed() -> None:
    pairs = [("torch.func.jacfwd", "modes.forward_batched"), ("torch.func.jacrev", "modes.reverse_batched")]
    pairs += [("jax.jacfwd", "modes.forward_batched"), ("jax.jacrev", "modes.reverse_batched")]
    pairs.append(("autograd.jacobian", "modes.reverse_batched"))
    for n, m in SIZES:
        arrays = network_case(n, m)
        calls, more = jacobians(network, arrays), []
        if n * m <= 64:
            calls["our tape"] = by_tape(arrays)
            more.append(("our tape", "modes.reverse_batched"))
        in_turn(f"network, {n} inputs, {m} outputs", calls, pairs + more)
    for n in (8, 64, 512):
        in_turn(f"Helmholtz, {n} inputs, 1 output", jacobians(helmholtz, helmholtz_case(n)), pairs)


def counted() -> None:
    """Operations of gradients over those of their functions."""
    functions: dict[str, tuple[Callable[..., Any], list[Any]]] = {}
    for n in (8, 64, 512):
        functions[f"Helmholtz, {n} inputs"] = (lambda *a: helmholtz(jnp, *a)[0]), helmholtz_case(n)
        functions[f"network, {n} inputs, 1 output"] = (lambda *a: network(jnp, *a)[0]), network_case(n, 1)
    for known in (digits_network, lenet1989, lenet5):
        model, shape = known()
        image = jax.ShapeDtypeStruct(shape, jnp.float32)

        def loss(params: Any, image: Any, model: Any = model) -> jax.Array:
            return cross_entropy(model.apply(params, image).reshape(-1), jnp.asarray(3))

        functions[f"{known.__name__}, its weights"] = (
            loss,
            [jax.eval_shape(model.init, jax.random.key(0), image), image],
        )
    for name, (f, args) in functions.items():
        ratio = cost(jax.grad(f), *args).operations / cost(f, *args).operations
        print(f"operations of the gradient over f: {name}: {ratio:.2f}{'   MISSED' if ratio > MOST else ''}")


if __name__ == "__main__":
    load = os.getloadavg()[0]  # above the number of cores: others were at work
    print(f"JAX {jax.__version__}, PyTorch {torch.__version__}, {CORES} cores, load {load:.1f}")
    print(f"medians of {ROUNDS} rounds in turn, ratios with quartiles")
    timed()
    counted()
