"""The canon of deep learning as pure functions in JAX, each claim of its paper measured by one command.

python -m research COMMAND --help explains a command. Start with: python -m research reproduce
"""

import importlib.util
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import tyro
from rich.console import Console

import research.data
from research.autodiff.tracing import BadFunction
from research.commands import cache as caching
from research.commands import compare as comparing
from research.commands import data as data_sets
from research.commands import hosts, listing, running
from research.commands import predict as predicting
from research.commands import reproduce as reproducing
from research.commands.console import Folder, Name, Names, Switch, console
from research.commands.pictures import BadPicture
from research.experiments import BadConfig, Suite, UnknownName
from research.ledger.records import BadRecord
from research.ledger.runs import BadRun
from research.ledger.verdicts import ControlPassed, MissingQuantity
from research.training.loop import NonFinite

Picture = Annotated[Path, tyro.conf.arg(metavar="PATH")]
WORSE, MISUSE, STOPPED, INTERRUPTED = 1, 2, 3, 130


def list_() -> int:
    """Lists every experiment: its paper, data, suite, the time it took, and what its record says."""
    return listing.list_experiments(console)


def run(name: Name, /) -> int:
    """Runs one config by its name or path; any field of its Config is a flag.

    python -m research run digits_quick --passes 5 --seeds 3

    python -m research run digits_quick --help      shows its fields

    A run with other fields than the config's reads *reduced*. It writes runs/NAME/HASH/: config.json, metrics.jsonl,
    measurements.json, figures and checkpoints; one that was killed goes on where it stood.

    Args:
        name: a config by name, or the path of a file like those in configs/.
    """
    return running.run(name, [])


def reproduce(
    names: Names = (),
    /,
    suite: Suite = "quick",
    record: Switch = False,
    workdir: Folder = Path("runs"),
    data_dir: Folder | None = None,
    distributed: Switch = False,
    cache: Folder | None = None,
) -> int:
    """Measures the claims of a suite or of named configs, prints paper beside ours, and writes the report.

    Exit status: 0 every verdict is at least as good as its record, 1 one is worse or a control passes, 2 bad usage or
    data, 3 a run stopped on a value that is not finite, 4 another process of the job is gone.

    Args:
        names: configs by name or path; without any, those of the suite.
        suite: quick (embedded data, seconds), cpu (prepared data, minutes), long (hours) or accelerator.
        record: write the records and the README's table; for a change that is to be committed. The records are those
            of the package's configs: with a file of your own this is refused, and its results are in the report.
        workdir: folder of runs and of the report.
        data_dir: folder of prepared data; by default TFDS_DATA_DIR, else ~/tensorflow_datasets.
        distributed: one of several processes, each on a host of its own, that run this command together.
        cache: keep compiled programs between runs: --cache alone in ~/.cache/research, or --cache ./FOLDER.
    """
    running.use_data(data_dir)
    caching.use(cache)
    return hosts.together(
        distributed, lambda folder, shown: reproducing.reproduce(names, suite, record, folder, shown), workdir, console
    )


def describe(model: Name, /) -> int:
    """Prints the layer table of a model: N C H W M R S E F, stride, weights, connections, MACs.

    Args:
        model: a model by name, such as lenet1989.
    """
    return listing.describe(model, console)


def predict(
    run: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")],
    files: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="FILE ...")] = (),
    /,
    seed: int = 0,
    figure: Picture | None = None,
    workdir: Folder = Path("runs"),
) -> int:
    """A trained run reads your pictures, says what it did to each, and shows the answer with its three best scores.

    python -m research predict digits_quick seven.png

    python -m research predict runs/lecun1989_zip/HASH digits.npy --figure seen.png

    python -m research predict digits_quick               ten test examples, with their labels

    PNG of any mode and size, or .npy: one image (h, w) or a stack (n, h, w), uint8 or float. It becomes grey; is
    inverted where its background is lighter than its ink; is cropped to the ink, scaled and centred as the training
    images were, unless it has the network's own size.

    Args:
        run: a folder runs/NAME/HASH, or runs/NAME where that holds one run, or NAME for its newest run.
        files: pictures; without any, the first test examples of the run's data.
        seed: number of the seed whose network answers, from 0.
        figure: a .png, .pdf or .svg that shows what the network saw.
        workdir: folder of runs, for NAME.
    """
    return predicting.predict(run, files, seed, figure, workdir, console)


def compare(
    left: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")],
    right: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")],
    /,
    figure: Picture | None = None,
    workdir: Folder = Path("runs"),
) -> int:
    """Two runs side by side: how they were made, what they measured (mean ± sd over seeds), where learning ended.

    python -m research compare runs/digits_quick/HASH runs/digits_quick/OTHER --figure curves.png

    python -m research compare lecun1989_zip lecun1989_zip_karpathy

    Runs of different experiments are compared in what they have in common.

    Args:
        left: a folder runs/NAME/HASH, or runs/NAME where that holds one run, or NAME for its newest run.
        right: another, in the same way.
        figure: a .png, .pdf or .svg with the learning curves of both, left drawn whole and right dashed.
        workdir: folder of runs, for NAME.
    """
    return comparing.compare(left, right, figure, workdir, console)


def differentiate(
    model: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="MODEL")],
    /,
    modes: Annotated[tuple[str, ...], tyro.conf.arg(metavar="MODE ...")] = (),
    figure: Picture | None = None,
) -> int:
    """What a derivative costs in each mode: operations, MACs, memory, time to compile and run, over the function's.

    python -m research differentiate lenet1989 --modes forward reverse --figure modes.png

    python -m research differentiate mine.py:f            a function of yours: def f(x=jnp.ones(3)): return (x**2).sum()

    Forward mode takes a sweep for each weight, reverse mode one for the loss: which is why networks learn by reverse.
    What takes many equal sweeps is measured once and multiplied. Your function is called with its defaults, arrays or
    trees of them, and differentiated in all of them. For a network, name a function without arguments that returns
    (network, weights, x), with network(weights, x) its values, or a flax module and the shape of its input.

    Args:
        model: a model that `describe` knows, such as lenet1989, or FILE.py:FUNCTION, or MODULE:FUNCTION.
        modes: reverse, rematerialised, forward, differences, forward-gradient, hessian, gauss-newton, forward-batched,
            reverse-batched, linearized, paths; without any, all.
        figure: a .png, .pdf or .svg with bars of operations, memory and time.
    """
    from research.commands.differentiate import differentiate  # here, since it is slow to import

    return differentiate(model, modes, figure, console)


def data() -> int:
    """Prepares and lists data sets: data prepare NAME, data list."""
    return data_sets.list_()


COMMANDS = {
    "list": list_,
    "run": run,
    "reproduce": reproduce,
    "predict": predict,
    "compare": compare,
    "describe": describe,
    "differentiate": differentiate,
    "data": data,
}
BAD = (
    *(UnknownName, BadConfig, BadFunction, BadRecord, BadRun, BadPicture),
    *(MissingQuantity, research.data.DataError, OSError),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    warnings.formatwarning = lambda message, *_place, **_line: f"warning: {message}\n"
    try:
        return _dispatch(words)
    except ControlPassed as error:
        return _fail(error, WORSE)
    except BAD as error:
        return _fail(error, MISUSE)
    except NonFinite as error:
        return _fail(error, STOPPED)
    except KeyboardInterrupt:
        return _fail("stopped; the same command goes on where it stood", INTERRUPTED)


def _dispatch(words: list[str]) -> int:
    match words := caching.with_folder(words):
        case ["run", name, *flags] if not name.startswith("-"):
            return running.run(name, flags)
        case ["--tyro-print-completion", "tcsh"] if not importlib.util.find_spec("shtab"):
            raise BadConfig("--tyro-print-completion tcsh: needs the package shtab; bash and zsh need nothing")
        case ["data", *rest]:
            return _choose(data_sets.COMMANDS, rest or ["--help"], "python -m research data", data.__doc__)
    completion = words[0].startswith("--tyro-")  # a shell completes one word: an alias, research
    return _choose(COMMANDS, words, "research" if completion else "python -m research", __doc__)


def _choose(commands: dict[str, Any], words: list[str], prog: str, description: str | None) -> int:
    if words[0] not in commands and not words[0].startswith("-"):
        raise UnknownName("command", f"{prog} {words[0]}", [f"{prog} {name}" for name in commands])
    return tyro.extras.subcommand_cli_from_dict(commands, args=words, prog=prog, description=description)


def _fail(error: object, status: int) -> int:
    text = f"error: {hosts.place()}{error}"
    Console(stderr=True).print(text, style="red", highlight=False, markup=False, emoji=False, soft_wrap=True)
    hosts.leave(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
