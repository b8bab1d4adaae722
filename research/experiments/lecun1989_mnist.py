"""Karpathy 2022, "33 years from now": the network of 1989 in five steps, from its own rule to that of 2022."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import research.data
from research.claims import Measurements, Run
from research.data import Dataset, Split, noise
from research.experiments import BadConfig, Reader
from research.experiments.lecun1989_mnist_data import choices, resized
from research.experiments.lecun1989_mnist_recipe import Config, Recipe, loss, recipe
from research.figures import learning, misread
from research.metrics import is_error
from research.models.lenet1989 import LeNet1989
from research.training.batches import in_order
from research.training.devices import compile_segment, lower_step
from research.training.evaluation import compile_evaluation
from research.training.loop import train
from research.training.state import TrainState, create_state
from research.training.step import gradient_step, over_seeds

PAPER = {"repro": 4.09, "cross_entropy": 4.38, "adamw": 3.59, "shift": 2.19, "modern": 1.59}
"""Test errors in % that Karpathy reports."""


def needs(config: Config) -> tuple[str, ...]:
    """MNIST or the zip-code digits."""
    return (config.data,)


def load(config: Config) -> Dataset:
    """The chosen digits, 16 x 16.

    Raises:
        BadConfig: more examples than there are.
    """
    splits = research.data.load(config.data)
    sizes = (len(splits.train.labels), len(splits.test.labels))
    if any(few > size for few, size in zip(config.examples, sizes, strict=True)):
        raise BadConfig(f"examples = {config.examples}: {config.data} has {sizes}")
    if config.data == "zip":
        return Dataset(*(Split(s.images[:n], s.labels[:n]) for s, n in zip(splits, config.examples, strict=True)))
    chosen = zip(splits, choices(sizes, config.examples), strict=True)
    return Dataset(*(Split(resized(split.images[which]), split.labels[which]) for split, which in chosen))


def synthetic(config: Config) -> Dataset:
    """Noise of the shape of the digits."""
    return noise(config.examples, (16, 16), -1.0, 1.0)


def outputs(model: LeNet1989, params: Any, image: jax.Array) -> jax.Array:
    """The ten outputs for one image, nothing dropped."""
    return model.apply({"params": params}, image)  # type: ignore[return-value]


def measure(model: LeNet1989, params: Any, example: Split) -> dict[str, jax.Array]:
    """Error (0 or 1) of one example for each of a stack of networks."""
    return {"error": jax.vmap(lambda p: is_error(outputs(model, p, example.images), example.labels))(params)}


def _step(step: Recipe) -> Any:
    return over_seeds(functools.partial(gradient_step, loss=functools.partial(loss, step), optimizer=step.optimizer))


@jax.jit
@jax.vmap
def first_params(key: jax.Array) -> Any:
    """The first weights of a seed, with which every step begins: uniform in +-2.4 / sqrt(F), biases 0."""
    return LeNet1989(scheme="thirds", spread="root_fan_in").init(key, jnp.zeros((16, 16)))["params"]


def _first_state(step: Recipe, params: Any, keys: jax.Array) -> TrainState:
    output = params["output"]
    params = params | {"output": output | {"bias": output["bias"] + step.bias}}
    return jax.vmap(lambda p, key: create_state(p, step.optimizer, key))(params, keys)


def programs(config: Config, data: Dataset) -> dict[str, jax.stages.Lowered]:
    """Training step and evaluation of each step, for one seed."""
    batch = jax.tree.map(lambda a: a[0], in_order(len(data.train.labels), 1, 0, 1))
    example = jax.tree.map(lambda a: jnp.asarray(a[0]), data.test)
    keys = jax.random.key(0)[None]
    params = jax.eval_shape(first_params, keys)
    lowered = {}
    for name in config.steps:
        step = recipe(config, name, len(data.train.labels))
        state = jax.eval_shape(functools.partial(_first_state, step), params, keys)
        lowered[f"{name} step"] = lower_step(_step(step), state, batch, data.train)
        evaluation = jax.jit(functools.partial(measure, step.network))
        lowered[f"{name} evaluation"] = evaluation.lower(state.params, example)
    return lowered


def run(config: Config, keys: jax.Array, data: Dataset, out: Run, max_steps: int | None = None) -> Measurements:
    """Trains a network a key by each step.

    Quantities in %: test_error_STEP and train_error_STEP, and as controls test_error_untrained and
    train_error_untrained, of the first weights.
    """
    measured: dict[str, np.ndarray] = {}
    evaluation: Any = functools.cache(_evaluation)
    first = first_params(keys)
    for name in config.steps:
        step = recipe(config, name, len(data.train.labels))
        errors = evaluation(step.network.clone(dropout=0.0))  # nothing drops where errors are counted
        if not measured:
            measured |= {f"{q}_untrained": v for q, v in errors(first, data).items()}
        state = _trained(name, step, _first_state(step, first, keys), data, out, errors, max_steps)
        measured |= {f"{q}_{name}": v for q, v in errors(state.params, data).items()}
        if name == config.steps[-1]:
            _draw(config, out, step.network, jax.tree.map(lambda leaf: leaf[0], state.params), data)
    return measured


def reader(config: Config) -> Reader:
    """How the network of the last step reads pictures; the ink is as large as in the set."""
    network = recipe(config, config.steps[-1], config.examples[0]).network.clone(dropout=0.0)
    answer = functools.partial(outputs, network)
    return Reader(
        config.steps[-1],
        (16, 16),
        lambda params, images: jax.vmap(lambda x: answer(params, 2 * x - 1))(images),
        box=16 if config.data == "zip" else None,
    )


def _evaluation(model: LeNet1989) -> Callable[[Any, Dataset], dict[str, np.ndarray]]:
    """errors(params, data) -> train_error and test_error in %, one value a network of the stack."""
    evaluate = compile_evaluation(functools.partial(measure, model), batch=500)

    def errors(params: Any, data: Dataset) -> dict[str, np.ndarray]:
        return {
            f"{split}_error": 100 * evaluate(params, digits)["error"]
            for split, digits in zip(data._fields, data, strict=True)
        }

    return errors


def _trained(
    name: str, step: Recipe, first: TrainState, data: Dataset, out: Run, errors: Any, max_steps: int | None
) -> TrainState:
    """The state after all passes of a step, or after `max_steps`; errors are logged some twenty times."""
    examples = len(data.train.labels)
    steps = step.passes * examples
    return train(
        compile_segment(_step(step)),
        first,
        lambda start, count: in_order(examples, 1, start, count),
        data.train,
        steps=min(steps, max_steps or steps),
        segment_steps=examples * max(1, step.passes // 20),
        out=out,
        name=name,
        validate=lambda state: {q: float(v.mean()) for q, v in errors(state.params, data).items()},
    )


def _draw(config: Config, out: Run, model: LeNet1989, params: Any, data: Dataset) -> None:
    """Learning curves of all steps, and the test digits that the first network of the last step misreads."""
    curves = {name: (name, "test_error") for name in config.steps}
    title = f"LeNet 1989 on {config.data}, from step to step"
    paper = {f"Karpathy 2022, {name}": PAPER[name] for name in (config.steps[0], config.steps[-1])}
    lines = out.folder / "metrics.jsonl"
    out.figure(
        "learning", learning(lines, curves, len(data.train.labels), title, "test error, %", scale=1.0, paper=paper)
    )
    answers = np.asarray(jax.jit(jax.vmap(functools.partial(outputs, model), (None, 0)))(params, data.test.images))
    images, labels = np.asarray(data.test.images), np.asarray(data.test.labels)
    out.figure("misread", misread(images, labels, answers.argmax(axis=1), f"{config.steps[-1]}, first seed"))
