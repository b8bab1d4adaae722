"""`--cache`: compiled programs kept between runs, in a folder that nobody else can write."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

import jax

from research.experiments import BadConfig

FLAG = "--cache"


def default_folder() -> Path:
    """`$XDG_CACHE_HOME/research`, else `~/.cache/research`."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if os.path.isabs(home) else Path.home() / ".cache") / "research"


def with_folder(words: Sequence[str]) -> list[str]:
    """The words of a command with `--cache` alone replaced by `--cache=FOLDER` of the default folder.

    The next word is its folder where it has a slash and is no config: `--cache ./programs`, `--cache NAME`.
    """
    done, rest = [], list(words)
    while rest:
        word = rest.pop(0)
        if word == FLAG:
            own = rest and "/" in rest[0] and not rest[0].startswith("-") and not rest[0].endswith(".py")
            word = f"{FLAG}={rest.pop(0) if own else default_folder()}"
        done.append(word)
    return done


def use(folder: Path | None) -> None:
    """Keeps what is compiled from now on in a folder, and takes it from there; None leaves jax as it is.

    jax runs what it finds there, so the folder is made for its owner alone (mode 0700).

    Raises:
        BadConfig: another user owns the folder, or others may write it.
        OSError: it cannot be made.
    """
    if folder is None:
        return
    folder = folder.expanduser().absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.getuid():
        raise BadConfig(f"{FLAG} {folder}: belongs to another user, whose programs would run here; name another")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise BadConfig(f"{FLAG} {folder}: others may write it, and their programs would run here; chmod go-w {folder}")
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)  # it leaves out what compiles in under 1 s
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
