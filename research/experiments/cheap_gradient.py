"""The cheap gradient principle: what derivatives of every network of the package cost, in costs of the network."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from research.autodiff.cost import cost
from research.claims import Measurements, Run
from research.experiments import BadConfig, require_positive
from research.experiments import cheap_gradient_figures as figures
from research.losses import squared_error
from research.models import mlp
from research.models.listing import networks


@dataclasses.dataclass(frozen=True)
class Config:
    """What is counted beside the networks that `describe` knows.

    Args:
        sizes: inputs, hidden units of each layer and outputs of the multi-layer perceptron; LeCun et al. 1998, section
            III.C.4: 300 and 100 hidden units.
    """

    sizes: tuple[int, ...] = (784, 300, 100, 10)

    def __post_init__(self) -> None:
        """Refuses sizes that make no network: BadConfig names the field and what is allowed."""
        require_positive(self, "sizes")
        if len(self.sizes) < 2:
            raise BadConfig(f"sizes = {self.sizes}: must be two or more, the inputs and the outputs among them")


class Case(NamedTuple):
    """One network and one example of it, as shapes.

    Args:
        loss: loss(weights, inputs, targets), the squared error of the example.
        weights: tree of all weights.
        inputs: the example.
        targets: (outputs,).
    """

    loss: Callable[[Any, Any, Any], Array]
    weights: Any
    inputs: Any
    targets: Any

    @property
    def sizes(self) -> tuple[int, int]:
        """How many weights and how many inputs there are."""
        count = [sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(t)) for t in (self.weights, self.inputs)]
        return count[0], count[1]


def needs(config: Config) -> tuple[str, ...]:
    """Names of the data sets read: none, only shapes enter."""
    return ()


def load(config: Config) -> dict[str, Array]:
    """No data: operations depend on shapes alone."""
    return {}


synthetic = load


def programs(config: Config, data: dict[str, Array]) -> dict[str, jax.stages.Lowered]:
    """The loss of every network, lowered: what is differentiated; derivatives of it follow by JAX's rules."""
    return {name: jax.jit(case.loss).lower(*case[1:]) for name, case in cases(config).items()}


def run(config: Config, keys: Array, data: dict[str, Array], out: Run, max_steps: int | None = None) -> Measurements:
    """Counts every ratio on every network, and the largest of each; `max_steps` cuts the networks."""
    known = list(cases(config).items())[:max_steps]
    found: dict[str, dict[str, float]] = {}
    with out.progress("cheap gradient", len(known)) as advance:
        for name, case in known:
            found[name] = ratios(case)
            advance(1, name)
    out.figure("cheap_gradient", figures.cheap_gradient(found))
    measured = {f"{ratio}_{name}": value for name, row in found.items() for ratio, value in row.items()}
    columns = {ratio: [row[ratio] for row in found.values()] for ratio in next(iter(found.values()))}
    measured |= {f"largest_{ratio}": max(values) for ratio, values in columns.items()}
    measured |= {f"smallest_{ratio}": min(values) for ratio, values in columns.items()}
    return {name: np.atleast_1d(np.asarray(value, float)) for name, value in measured.items()}


def ratios(case: Case) -> dict[str, float]:
    """Operations of each derivative over those of the loss, the value itself included, and the count of weights.

    gradient: value and whole gradient by one reverse sweep. tangent: value and slope along one direction by one forward
    sweep. sweeps: the whole gradient by forward sweeps, one a weight or input. second: value, gradient and
    Hessian-vector product along one direction, forward over reverse. hessian: as many of them as there are weights.
    """
    loss, weights, inputs, targets = case
    (n, d), evaluation = case.sizes, cost(loss, weights, inputs, targets).operations

    def over_loss(derivative: Callable[..., Any]) -> float:
        return cost(derivative, weights, inputs, targets).operations / evaluation

    found = {
        "gradient_weights": over_loss(jax.value_and_grad(loss)),
        "gradient_inputs": over_loss(jax.value_and_grad(loss, argnums=1)),
        "tangent_weights": over_loss(lambda w, x, t: jax.jvp(lambda w: loss(w, x, t), (w,), (w,))),
        "tangent_inputs": over_loss(lambda w, x, t: jax.jvp(lambda x: loss(w, x, t), (x,), (x,))),
        "second_weights": over_loss(lambda w, x, t: jax.jvp(lambda w: jax.value_and_grad(loss)(w, x, t), (w,), (w,))),
    }
    sweeps = {"sweeps_weights": n * found["tangent_weights"], "sweeps_inputs": d * found["tangent_inputs"]}
    return found | sweeps | {"hessian_weights": n * found["second_weights"], "weights": n}


def cases(config: Config) -> dict[str, Case]:
    """The multi-layer perceptron, and then every network of the package with its default fields."""
    x, t = (jax.ShapeDtypeStruct((size,), jnp.float32) for size in (config.sizes[0], config.sizes[-1]))
    layers = jax.eval_shape(lambda: mlp.init(jax.random.key(0), config.sizes))
    perceptron = Case(lambda layers, x, t: squared_error(mlp.apply(layers, x), t), layers, x, t)
    return {"mlp": perceptron} | {name: of_network(*found) for name, found in networks().items()}


def of_network(network: nn.Module, shape: tuple[int, ...]) -> Case:
    """One example of a Linen network; variables that are no weights are constants."""
    inputs = jax.ShapeDtypeStruct(shape, jnp.float32)
    variables: Mapping[str, Any] = jax.eval_shape(network.init, jax.random.key(0), inputs)
    constants = {name: jax.tree.map(jnp.zeros_like, tree) for name, tree in variables.items() if name != "params"}

    def outputs(weights: Any, x: Array) -> Array:
        return ravel_pytree(network.apply({**constants, "params": weights}, x))[0]

    def loss(weights: Any, x: Array, targets: Array) -> Array:
        return squared_error(outputs(weights, x), targets)

    return Case(loss, variables["params"], inputs, jax.eval_shape(outputs, variables["params"], inputs))
