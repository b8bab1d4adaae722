"""Fingerprints: what was computed, on what data, by what source, as three digests."""

import ast
import dataclasses
import hashlib
import inspect
from pathlib import Path
from typing import Any

import research
from research.experiments import Entry

PACKAGE = Path(research.__file__).parent


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
    """SHA-256 of the StableHLO texts of the experiment's programs, lowered for synthetic data of the real shapes."""
    programs = entry.experiment.programs(entry.config, entry.experiment.synthetic(entry.config))
    digest = hashlib.sha256()
    for name in sorted(programs):
        digest.update(f"{name}\n{programs[name].as_text()}\n".encode())
    return digest.hexdigest()


def source_digest(entry: Entry) -> str:
    """SHA-256 of the source of the experiment, without comments, docstrings and formatting.

    The experiment is its module and the modules beside it and in `research/data/` that it imports; not the figures.
    """
    digest = hashlib.sha256()
    for path in _sources(Path(inspect.getfile(entry.experiment))):  # type: ignore[arg-type]
        digest.update(repr(_tree(ast.parse(path.read_text()))).encode())
    return digest.hexdigest()


def _sources(path: Path) -> list[Path]:
    """The file of an experiment and of the modules that belong to it, each once, in the order of their names."""
    found, waiting = {path}, [path]
    while waiting:
        for name in _imports(ast.parse(waiting.pop().read_text())):
            source = PACKAGE.parent.joinpath(*name.split(".")).with_suffix(".py")
            belongs = source.parent.name in ("experiments", "data") and not source.stem.endswith("_figures")
            if belongs and source.is_file() and source not in found:
                found.add(source)
                waiting.append(source)
    return sorted(found, key=lambda source: source.stem)


def _imports(tree: ast.Module) -> list[str]:
    """Full names of what a module imports."""
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return names + [f"{node.module}.{alias.name}" for node in froms for alias in node.names]


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
