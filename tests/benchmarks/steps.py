"""Training steps of ours and of PyTorch (CPU, eager), in turn in one run, as ratios.

pip install -c constraints.txt -e '.[bench]' && python tests/benchmarks/steps.py
"""

import functools
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as functional

from research.data import Split
from research.experiments import lecun1989_zip as zip_digits
from research.experiments import lenet_modern as modern
from research.losses import cross_entropy
from research.models import lenet1989, mlp
from research.optimizers import adam, gradient_descent
from research.training.batches import in_order
from research.training.devices import compile_segment
from research.training.state import create_state
from research.training.step import batch_gradient_step, gradient_step

ROUNDS = 7


def in_turn(name: str, ours: Callable[[], Any], theirs: Callable[[], Any], steps: tuple[int, int]) -> None:
    """Times both in turn, one warm-up first, and prints microseconds a step and the ratio of each round."""
    ours(), theirs()
    rounds = [(_seconds(ours) / steps[0], _seconds(theirs) / steps[1]) for _ in range(ROUNDS)]
    ratios = sorted(b / a for a, b in rounds)
    mine, other = (statistics.median(column) * 1e6 for column in zip(*rounds, strict=True))
    cores = len(os.sched_getaffinity(0))
    print(
        f"{name}: ours {mine:.0f} us a step, PyTorch {torch.__version__} {other:.0f} us; PyTorch / ours "
        f"{statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f}, {ROUNDS} rounds, {cores} cores)",
        flush=True,
    )


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def lenet1989_one_example_a_step() -> None:
    config = zip_digits.Config(scheme="thirds", activation="tanh", spread="root_fan_in")
    data = zip_digits.synthetic(config).train
    model, steps, of_torch = zip_digits.network(config), 7291, 300
    optimizer = gradient_descent(0.03)
    step = functools.partial(gradient_step, loss=functools.partial(zip_digits.loss, model), optimizer=optimizer)
    state = create_state(model.init(jax.random.key(0), jnp.zeros((16, 16)))["params"], optimizer, jax.random.key(0))
    segment = compile_segment(step, "jit")
    placed, batches = jax.device_put(data), in_order(len(data.labels), 1, 0, steps)

    def ours() -> None:
        jax.block_until_ready(segment(jax.tree.map(jnp.copy, state), batches, placed))

    learn = torch_lenet(data, of_torch)
    in_turn("LeNet-1989, one example a step", ours, learn, (steps, of_torch))


def torch_lenet(data: Any, steps: int) -> Callable[[], None]:
    """The same network (Karpathy's reading) and rule in PyTorch, as one would write it."""
    torch.manual_seed(0)
    images, labels = torch.tensor(data.images)[:, None], torch.tensor(data.labels).long()
    targets = 2.0 * functional.one_hot(labels, 10) - 1
    reads = [list(maps) for maps in lenet1989.connections("thirds")[::4]]
    shapes = [(12, 1, 5, 5), (12, 8, 8), (12, 8, 5, 5), (12, 4, 4), (192, 30), (30,), (30, 10), (10,)]
    w1, b1, w2, b2, w3, b3, w4, b4 = params = [torch.randn(shape).mul_(0.1).requires_grad_() for shape in shapes]
    optimizer = torch.optim.SGD(params, lr=0.03)

    def outputs(x: Any) -> Any:
        x = torch.tanh(functional.conv2d(functional.pad(x, (2, 2, 2, 2), value=-1.0), w1, stride=2) + b1)
        x = functional.pad(x, (2, 2, 2, 2), value=-1.0)
        thirds = [functional.conv2d(x[:, maps], w2[4 * i : 4 * i + 4], stride=2) for i, maps in enumerate(reads)]
        x = torch.tanh(torch.cat(thirds, 1) + b2)
        return torch.tanh(torch.tanh(x.flatten(1) @ w3 + b3) @ w4 + b4)

    def learn() -> None:
        for i in range(steps):
            optimizer.zero_grad(set_to_none=True)
            ((outputs(images[i : i + 1]) - targets[i : i + 1]) ** 2).mean().backward()
            optimizer.step()

    return learn


def perceptron_of_two_hidden_layers_with_adam() -> None:
    sizes, batch, steps = (784, 1000, 1000, 10), 128, 40
    rng = np.random.default_rng(0)
    images = rng.random((batch * steps, 784), np.float32)
    labels = rng.integers(0, 10, batch * steps).astype(np.int32)

    def loss(params: Any, example: Any, key: jax.Array) -> jax.Array:
        return cross_entropy(mlp.apply(params, example[0]), example[1])

    optimizer = adam(1e-3)
    state = create_state(mlp.init(jax.random.key(0), sizes), optimizer, jax.random.key(0))
    segment = compile_segment(functools.partial(gradient_step, loss=loss, optimizer=optimizer), "jit")
    placed, batches = jax.device_put((images, labels)), in_order(len(labels), batch, 0, steps)

    def ours() -> None:
        jax.block_until_ready(segment(jax.tree.map(jnp.copy, state), batches, placed))

    x, y = torch.tensor(images), torch.tensor(labels).long()
    layers = [torch.nn.Linear(784, 1000), torch.nn.ReLU(), torch.nn.Linear(1000, 1000), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(1000, 10))
    rule = torch.optim.Adam(model.parameters(), lr=1e-3)

    def theirs() -> None:
        for i in range(0, len(y), batch):
            rule.zero_grad(set_to_none=True)
            functional.cross_entropy(model(x[i : i + batch]), y[i : i + batch]).backward()
            rule.step()

    in_turn("MLP 784-1000-1000-10, batch 128, Adam", ours, theirs, (steps, steps))


def lenet5_in_its_modern_form_with_adam() -> None:
    batch, steps = 64, 60
    config = modern.Config(batch=batch)
    rng = np.random.default_rng(0)
    data = Split(
        rng.integers(0, 256, (batch * steps, 28, 28), np.uint8), rng.integers(0, 10, batch * steps).astype(np.int32)
    )
    model, optimizer = modern.network(config), adam(config.learning_rate)
    step = functools.partial(batch_gradient_step, losses=functools.partial(modern.losses, model), optimizer=optimizer)
    params = model.init(jax.random.key(0), jnp.zeros((1, 28, 28)))["params"]
    state, segment = create_state(params, optimizer, jax.random.key(0)), compile_segment(step, "jit")
    placed, batches = jax.device_put(data), in_order(len(data.labels), batch, 0, steps)

    def ours() -> None:
        jax.block_until_ready(segment(jax.tree.map(jnp.copy, state), batches, placed))

    name = "LeNet-5, modern form, batch 64, Adam"
    for layout in (torch.contiguous_format, torch.channels_last):
        in_turn(f"{name} (PyTorch: {layout})", ours, torch_lenet5(data, batch, layout), (steps, steps))


def torch_lenet5(data: Any, batch: int, layout: Any) -> Callable[[], None]:
    """The same network and rule in PyTorch, its images scaled beforehand."""
    images = (torch.tensor(data.images)[:, None].float() / 255).contiguous(memory_format=layout)
    labels = torch.tensor(data.labels).long()
    net, pool = torch.nn, torch.nn.MaxPool2d(2)
    trunk = [net.Conv2d(1, 6, 5, padding=2), net.ReLU(), pool, net.Conv2d(6, 16, 5), net.ReLU(), pool, net.Flatten()]
    head = [net.Linear(400, 120), net.ReLU(), net.Linear(120, 84), net.ReLU(), net.Linear(84, 10)]
    model = net.Sequential(*trunk, *head).to(memory_format=layout)
    rule = torch.optim.Adam(model.parameters(), lr=1e-3)

    def learn() -> None:
        for i in range(0, len(labels), batch):
            rule.zero_grad(set_to_none=True)
            functional.cross_entropy(model(images[i : i + batch]), labels[i : i + batch]).backward()
            rule.step()

    return learn


if __name__ == "__main__":
    lenet1989_one_example_a_step()
    lenet5_in_its_modern_form_with_adam()
    perceptron_of_two_hidden_layers_with_adam()
