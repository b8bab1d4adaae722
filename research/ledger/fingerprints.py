"""Fingerprints: what was computed, on what data, by what source, as three digests."""

import ast
import dataclasses
import functools
import hashlib
import importlib.metadata
import inspect
from pathlib import Path
from typing import Any

import jax

from research.claims import write_text
from research.experiments import Entry
from research.ledger.sources import PACKAGE, reached


@dataclasses.dataclass(frozen=True)
class Fingerprint:
    """What a record was made from.

    Args:
        program: SHA-256 of the StableHLO texts of the experiment's step and evaluation; comparable under one version of
            jax and one backend.
        data: digest of the data (`research.data.digest`).
        source: SHA-256 of the experiment's source; see `source_digest`.
    """

    program: str
    data: str
    source: str


def fingerprint(entry: Entry, data: str) -> Fingerprint:
    """The fingerprint of a config now, given the digest of its data; lowers its programs and compiles nothing."""
    return Fingerprint(program_digest(entry), data, source_digest(entry))


def program_digest(entry: Entry) -> str:
    """SHA-256 of the StableHLO texts of the experiment's programs, lowered for synthetic data of the real shapes.

    Where JAX keeps compiled programs in a folder, the digest is kept there too, under all that it could depend on.
    """
    folder = jax.config.jax_compilation_cache_dir  # type: ignore[attr-defined]
    if not folder:
        return _lowered(entry)
    kept = Path(folder) / f"{entry.name}-{_surroundings(entry)}.digest"
    if not kept.is_file():
        write_text(kept, _lowered(entry))
    return kept.read_text()


def _surroundings(entry: Entry) -> str:
    """SHA-256 of the experiment and its config, of the package, of what is installed, and of JAX's options."""
    own = Path(inspect.getfile(entry.experiment)).read_text()  # type: ignore[arg-type]
    options = sorted((name, str(value)) for name, value in jax.config.values.items())
    return hashlib.sha256(repr((own, entry.config, _installed(), jax.default_backend(), options)).encode()).hexdigest()


@functools.cache
def _installed() -> str:
    """SHA-256 of every source file of the package, and the versions of all packages."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(PACKAGE.rglob("*.py"))))
    found = sorted(f"{each.name}=={each.version}" for each in importlib.metadata.distributions())
    return f"{digest.hexdigest()} {' '.join(found)}"


def _lowered(entry: Entry) -> str:
    programs = entry.experiment.programs(entry.config, entry.experiment.synthetic(entry.config))
    digest = hashlib.sha256()
    for name in sorted(programs):
        digest.update(f"{name}\n{programs[name].as_text()}\n".encode())
    return digest.hexdigest()


def source_digest(entry: Entry) -> str:
    """SHA-256 of the source that the experiment reaches, without comments, docstrings and formatting.

    See `research.ledger.sources`: a change of any rule, model, loss or order that it uses makes another digest.
    """
    found = reached(Path(inspect.getfile(entry.experiment)))  # type: ignore[arg-type]
    digest = hashlib.sha256()
    for name in sorted(found):
        digest.update(f"{name}\n{_tree(found[name])!r}\n".encode())
    return digest.hexdigest()


def _tree(node: Any) -> Any:
    """A syntax tree as nested tuples, empty fields left out: `ast.dump` differs between versions of Python."""
    if isinstance(node, list):
        return tuple(map(_tree, node))
    if not isinstance(node, ast.AST):
        return node
    fields = [(name, getattr(node, name, None)) for name in node._fields]
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node):
        fields = [(name, value[1:] if name == "body" else value) for name, value in fields]  # type: ignore[index]
    return type(node).__name__, tuple((name, _tree(value)) for name, value in fields if value not in (None, []))
