"""`run`: one config by its name or path, with every field of its Config as a flag."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tyro

from research.commands import cache as caching
from research.commands import hosts
from research.commands import reproduce as reproducing
from research.commands.console import Folder, Switch, console
from research.experiments import BadConfig, entry, too_large


def run(name: str, words: Sequence[str]) -> int:
    """Reads the flags of a config from the words after its name, and runs it.

    Raises:
        UnknownName: no such config.
        BadConfig: a value that cannot be; the message names it.
    """
    found = entry(name)

    def flags(
        config: type(found.config) = found.config,  # type: ignore[valid-type]
        seeds: int = found.seeds,
        workdir: Folder = Path("runs"),
        data_dir: Folder | None = None,
        distributed: Switch = False,
        cache: Folder | None = None,
    ) -> tuple[Any, int, Path, Path | None, bool, Path | None]:
        return config, seeds, workdir, data_dir, distributed, cache

    flags_help = "seeds: number of seeds.\n    workdir: folder of runs.\n    data_dir: folder of prepared data."
    flags_help += "\n    distributed: one of several processes that run this command together."
    flags_help += "\n    cache: keep compiled programs between runs: alone in ~/.cache/research, or --cache ./FOLDER."
    flags.__doc__ = f"{found.record.strip()}\n\nArgs:\n    {flags_help}"
    prog, flat = f"python -m research run {name}", (tyro.conf.OmitArgPrefixes,)
    config, seeds, workdir, data_dir, distributed, cache = tyro.cli(flags, args=list(words), prog=prog, config=flat)
    if seeds < 1:
        raise BadConfig(f"--seeds {seeds}: at least 1")
    for problem in too_large(config, seeds):
        raise BadConfig(problem)
    use_data(data_dir)
    caching.use(cache)
    candidate = dataclasses.replace(found, config=config, seeds=seeds)
    return hosts.together(
        distributed, lambda folder, shown: reproducing.run(name, candidate, found, folder, shown), workdir, console
    )


def use_data(folder: Path | None) -> None:
    """Tells the rest of the process, and TFDS in it, where data lie."""
    if folder is not None:
        os.environ["TFDS_DATA_DIR"] = str(folder)
