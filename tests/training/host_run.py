"""One process of a job, for the tests that compare it with a single one: trains, evaluates, then trains until killed.

python host_run.py FOLDER: writes FOLDER/NUMBER.npz, what process NUMBER holds in the end, and what it was refused.
"""

import functools
import sys
from pathlib import Path

import jax
import numpy as np
import small_network as net

from research.claims import Run
from research.commands import hosts
from research.commands.console import bar
from research.experiments import BadConfig
from research.metrics import is_error
from research.training.batches import shuffled
from research.training.devices import compile_segment
from research.training.evaluation import compile_evaluation
from research.training.loop import train

DEVICES = 4
BATCH, STEPS, SEGMENT = 11, 8, 4
PROGRAMS = {"pmap": ("pmap", "scan"), "sharding": ("sharding", "scan"), "python": ("pmap", "python")}


def batches(start, steps):
    return shuffled(jax.random.key(1), net.EXAMPLES, BATCH, start, steps)


def begin(state, data):
    return state.replace(params=jax.tree.map(lambda w: w + 0.01 * data["x"].mean(), state.params))


def errors(params, example):
    return {
        "error": is_error(net.logits(params, example["x"]), example["y"]),
        "logits": net.logits(params, example["x"]),
    }


@functools.cache
def compiled(name):
    """Segment and evaluation by one of the programs on four devices, all of a job's."""
    (runner, loop), devices = PROGRAMS[name], jax.devices()[:DEVICES]
    return compile_segment(net.step(), runner, devices, loop), compile_evaluation(errors, 8, runner, devices)


def trained(name, out, steps=STEPS):
    """`train` with everything that it offers."""
    segment, evaluate = compiled(name)
    state = train(
        segment,
        net.state(),
        batches,
        net.data(),
        steps=steps,
        segment_steps=SEGMENT,
        out=out,
        name=name,
        begin=begin,
        validate=lambda state: {"error": float(evaluate(state.params, net.data())["error"])},
    )
    return {**state.params, **{f"of_{key}": value for key, value in evaluate(state.params, net.data()).items()}}


def results(out):
    """What each program ends with, whole and resumed, by name."""
    whole = {name: trained(name, out) for name in PROGRAMS}
    trained("pmap", resumed := Run(out.folder / "resumed"), SEGMENT)
    whole["resumed"] = trained("pmap", resumed)
    return {f"{name}.{key}": np.asarray(value) for name, of in whole.items() for key, value in of.items()}


def refusal(folder):
    """What a process is told that runs another config than the first."""
    try:
        hosts.begin_together(folder, {"name": "same", "config": {"seeds": jax.process_index()}})
    except BadConfig as error:
        return str(error)
    return ""


def command(out, folder, console):
    """What `hosts.together` runs."""
    run = Run(folder, functools.partial(bar, console))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.jsonl").write_text(f"{jax.process_index()}\n")
    refused = refusal(folder)
    lines = (folder / "metrics.jsonl").read_text()
    hosts.begin_together(folder, {"name": "same"})
    handed = (folder / "metrics.jsonl").read_text()
    values = results(run)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    path = out / f"{jax.process_index()}.npz"
    np.savez(path.with_suffix(".tmp.npz"), refused=refused, before=lines, lines=handed, files=files, **values)
    path.with_suffix(".tmp.npz").replace(path)
    while True:
        trained("pmap", Run(folder / "endless"), 10**9)


if __name__ == "__main__":
    to = Path(sys.argv[1])
    sys.exit(hosts.together(True, functools.partial(command, to), to / "run", hosts.Console()))
