"""The source that an experiment reaches: its module, and what it uses of the package, definition by definition.

A function, class or constant counts where the experiment's module names it, or a definition that counts does. So a
record is stale when a rule that it ran has changed, and not when a neighbour of that rule has.
"""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import research

PACKAGE = Path(research.__file__).parent
DATA = ("data", "data.dataset")
"""Stand for arrays, whose digest is in the fingerprint."""
OUTSIDE = ("claims", "figures", "ledger", "commands", "training.loop", "training.checkpoints", "training.devices")
"""Modules that carry, judge or show values and change none of them: their own tests compare bits."""


def reached(path: Path) -> dict[str, ast.AST]:
    """Every definition that the experiment in a file reaches, by its full name; the file itself by its stem."""
    module = ast.parse(path.read_text())
    found: dict[str, ast.AST] = {path.stem: module}
    waiting, seen = list(_used(module, _names(module))), set()
    while waiting:
        if (full := waiting.pop()) in seen:
            continue
        seen.add(full)
        place, _, name = full.rpartition(".")
        names = _names(_module(place))
        match names.get(name):
            case str(elsewhere):  # a package hands on what its modules define
                waiting.append(elsewhere)
            case ast.AST() as definition:
                found[full] = definition
                waiting += _used(definition, names, place)
    return found


@functools.cache
def _module(full: str) -> ast.Module:
    """The tree of a module of the package that computes, an empty one for any other."""
    head, _, inside = full.partition(".")
    outside = not inside or inside in DATA or inside.startswith(OUTSIDE) or inside.endswith("_figures")
    if head != "research" or outside:
        return ast.Module([], [])
    place = PACKAGE.joinpath(*inside.split("."))
    files = [file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]
    return ast.parse(files[0].read_text()) if files else ast.Module([], [])


def _names(tree: ast.Module) -> dict[str, Any]:
    """What the names at the top of a module stand for: a definition, or the full name of what it imports."""
    names: dict[str, Any] = {}
    for node in tree.body:
        match node:
            case ast.Import():
                names |= {alias.asname or alias.name: alias.name for alias in node.names}
            case ast.ImportFrom(module=str(module)):
                names |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
            case ast.FunctionDef() | ast.ClassDef():
                names[node.name] = node
            case ast.Assign(targets=targets):
                names |= {target.id: node for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names[name] = node
    return names


def _used(tree: ast.AST, names: dict[str, Any], place: str | None = None) -> Iterator[str]:
    """Full names of what a tree uses: its own module's definitions, imported ones, attributes of imported modules."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if isinstance(names.get(name), str):
                yield f"{names[name]}.{attribute}"
            case ast.Name(id=name) if isinstance(names.get(name), str):
                yield names[name]
            case ast.Name(id=name) if place and name in names:
                yield f"{place}.{name}"
