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
OUTSIDE = ("claims", "figures", "ledger", "commands", "training.loop", "training.checkpoints", "training.devices")
"""Modules that carry, judge or show values and change none of them: their own tests compare bits."""


def reached(path: Path) -> dict[str, ast.AST]:
    """Every definition that the experiment in a file reaches, by its full name; the file itself by its stem."""
    module = ast.parse(path.read_text())
    found: dict[str, ast.AST] = {path.stem: module}
    waiting = list(_used(module, _names(module)))
    while waiting:
        full = waiting.pop()
        place, _, name = full.rpartition(".")
        tree = _module(place)
        if full in found or tree is None or not isinstance(definition := _names(tree).get(name), ast.AST):
            continue
        found[full] = definition
        waiting += _used(definition, _names(tree), place)
    return found


@functools.cache
def _module(full: str) -> ast.Module | None:
    """The tree of a module of the package that computes; None for any other."""
    head, _, inside = full.partition(".")
    file = PACKAGE.joinpath(*inside.split(".")).with_suffix(".py")
    outside = inside.startswith(OUTSIDE) or inside.endswith("_figures")
    return ast.parse(file.read_text()) if head == "research" and inside and not outside and file.is_file() else None


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
