"""Tables 1 and 2 of Zeiler 2012 by ours and by PyTorch (CPU, eager), in turn in one run: minutes for a seed, ratios.

Some steps of some settings of each rule are timed and scaled to 3,600 steps of the 27 settings; nothing else is in the
minutes: no compilation (ours), no evaluation, no checkpoints. Ours are the experiment's own programs, which also watch
every number for what is not finite. PyTorch trains one network after another as one would write it, its images scaled
beforehand, once with a thread a core and once with one thread: of the two the faster counts in each round. Ratios are
by the wall clock and by the processor's, which does not run while others are at work on the machine, and counts every
thread.

pip install -c constraints.txt -e '.[bench]' && python tests/benchmarks/zeiler_grid.py
"""

import os
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as functional

from research.data import Split
from research.experiments import zeiler2012, zeiler2012_grid
from research.training.batches import in_order
from research.training.state import Batch

CORES = len(os.sched_getaffinity(0))
ROUNDS, STEPS, MEMBERS, EXAMPLES = 9, 30, 3, 6000
A_NETWORK = 3600
"""Steps of one network in the tables: 6 passes of 600."""
CONFIG = zeiler2012.Config()
OF_TORCH: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": lambda params, learning_rate: torch.optim.SGD(params, lr=learning_rate),
    "momentum": lambda params, learning_rate, mu: torch.optim.SGD(params, lr=learning_rate, momentum=mu),
    "adagrad": lambda params, learning_rate: torch.optim.Adagrad(params, lr=learning_rate),
    "adadelta": lambda params, rho, eps: torch.optim.Adadelta(params, lr=1.0, rho=rho, eps=eps),
}
Seconds = tuple[float, float]


def seconds(work: Callable[[], Any]) -> Seconds:
    """By the wall clock and by the processor's."""
    started = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started[0], time.process_time() - started[1]


def ours(rule: str, part: zeiler2012_grid.Members, data: Split) -> Callable[[], Any]:
    optimizer = zeiler2012_grid.optimizer(rule, CONFIG.momentum)
    segment = zeiler2012_grid.compile_members(zeiler2012.step_of(optimizer))
    keys = jax.random.key(0)[None]
    weights = zeiler2012.first_weights(CONFIG.hidden, keys)
    state = zeiler2012_grid.first_state(weights, keys, part.seeds, part.values, optimizer)
    placed, batches = jax.device_put(data), in_order(len(data.labels), CONFIG.batch, 0, STEPS)
    of_members: Batch = jax.tree.map(lambda array: jnp.repeat(array[:, None], MEMBERS, axis=1), batches)
    return lambda: jax.block_until_ready(segment(jax.tree.map(jnp.copy, state), of_members, placed))


def theirs(rule: str, part: zeiler2012_grid.Members, data: Split) -> Callable[[], None]:
    images = torch.tensor(data.images.reshape(len(data.images), -1)).float() / 255
    labels = torch.tensor(data.labels).long()
    (first, second), layer = CONFIG.hidden, torch.nn.Linear
    models = [
        torch.nn.Sequential(
            *(layer(zeiler2012.PIXELS, first), torch.nn.ReLU(), layer(first, second), torch.nn.ReLU()),
            layer(second, zeiler2012.CLASSES),
        )
        for _ in part.settings
    ]
    optimizers = [OF_TORCH[rule](m.parameters(), **s.values) for m, s in zip(models, part.settings, strict=True)]

    def learn() -> None:
        for model, optimizer in zip(models, optimizers, strict=True):
            for batch in torch.randperm(len(labels)).split(CONFIG.batch)[:STEPS]:
                optimizer.zero_grad(set_to_none=True)
                functional.cross_entropy(model(images[batch]), labels[batch]).backward()
                optimizer.step()

    return learn


def faster_of_threads(work: Callable[[], None]) -> Seconds:
    """By each clock the less of a thread a core and one thread."""
    taken = []
    for threads in (CORES, 1):
        torch.set_num_threads(threads)
        taken.append(seconds(work))
    return min(wall for wall, _ in taken), min(processor for _, processor in taken)


def main() -> None:
    rng = np.random.default_rng(0)
    data = Split(rng.integers(0, 256, (EXAMPLES, 28, 28), np.uint8), rng.integers(0, 10, EXAMPLES).astype(np.int32))
    cells = {rule: zeiler2012_grid.cells(rule, CONFIG.momentum) for rule in OF_TORCH}
    pairs = {}
    for rule, found in cells.items():
        part = zeiler2012_grid.Members(found[1 : 1 + MEMBERS], np.zeros(MEMBERS, int))
        pairs[rule] = ours(rule, part, data), theirs(rule, part, data)
        for work in pairs[rule]:
            work()
    rounds = [
        {rule: (seconds(mine), faster_of_threads(other)) for rule, (mine, other) in pairs.items()}
        for _ in range(ROUNDS)
    ]
    for rule in OF_TORCH:
        report(rule, [each[rule] for each in rounds], 1e3 / STEPS / MEMBERS, "ms a step")
    minutes = {rule: len(found) * A_NETWORK / STEPS / MEMBERS / 60 for rule, found in cells.items()}
    report("both tables, one seed, scaled from these steps", [_whole(each, minutes) for each in rounds], 1, "minutes")


def _whole(pairs: Mapping[str, tuple[Seconds, Seconds]], scale: Mapping[str, float]) -> tuple[Seconds, Seconds]:
    """The sum over the rules of each of the four times, scaled."""
    (a, b), (c, d) = np.sum([scale[rule] * np.array(pair) for rule, pair in pairs.items()], axis=0).tolist()
    return (a, b), (c, d)


def report(name: str, rounds: list[tuple[Seconds, Seconds]], scale: float, unit: str) -> None:
    for place, clock in enumerate(("wall", "processor")):
        mine, other = (scale * statistics.median(pair[who][place] for pair in rounds) for who in (0, 1))
        ratios = sorted(theirs[place] / ours[place] for ours, theirs in rounds)
        span = f"{ratios[0]:.2f} to {ratios[-1]:.2f}, {len(rounds)} rounds, {CORES} cores"
        print(
            f"{name}, {clock}: ours {mine:.2f} {unit}, PyTorch {torch.__version__} {other:.2f}; PyTorch / ours "
            f"{statistics.median(ratios):.2f} ({span})",
            flush=True,
        )


if __name__ == "__main__":
    main()
