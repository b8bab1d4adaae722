"""What a config's file may define: checks of its names, each problem in one line."""

import dataclasses
import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from research.claims import Below, Claim


def problems(
    module: Any, config_class: type, path: Path, parts: Sequence[str], suites: Sequence[str], names: Sequence[str]
) -> Iterator[str]:
    """What is wrong with the names that a config defines, one line each.

    Args:
        module: the config's file, executed.
        config_class: the Config of its experiment.
        path: the config's file.
        parts: parts of the canon.
        suites: what SUITE may be.
        names: configs that a claim may name; besides them itself and files beside it.
    """
    if module.CONFIG is config_class:
        yield "CONFIG is the class; an instance is wanted: Config()"
    elif type(module.CONFIG) is not config_class:
        yield f"CONFIG is {_full(type(module.CONFIG))}; its experiment wants {_full(config_class)}"
    if not isinstance(module.PART, str) or not module.PART.strip():
        yield f"PART = {module.PART!r}: must be a text, such as {parts[0]!r}"
    if module.SUITE not in suites:
        yield f"SUITE = {module.SUITE!r}: must be one of {', '.join(suites)}"
    if type(module.SEEDS) is not int or module.SEEDS < 1:
        yield f"SEEDS = {module.SEEDS!r}: must be a whole number, 1 or more"
    if not isinstance(module.CLAIMS, tuple | list):
        yield f"CLAIMS is {_full(type(module.CLAIMS))}: must be a tuple of Claim; of one: (Claim(...),)"
    else:
        yield from _claim_problems(module.CLAIMS, path, names)


def _claim_problems(claims: Sequence[Any], path: Path, names: Sequence[str]) -> Iterator[str]:
    for place, claim in enumerate(claims):
        if not isinstance(claim, Claim):
            yield f"CLAIMS[{place}] is {_full(type(claim))}: must be a Claim"
            return
    ids = [claim.id for claim in claims]
    yield from (f"CLAIMS: two claims have the id {id_!r}" for id_ in dict.fromkeys(ids) if ids.count(id_) > 1)
    for claim in claims:
        other = claim.accept.config if isinstance(claim.accept, Below) else None
        if other not in (None, path.stem, *names) and not path.with_name(f"{other}.py").is_file():
            near = difflib.get_close_matches(str(other), names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
            yield f"claim {claim.id}: Below names the config {other!r}, which does not exist; {hint}"


def _full(kind: type) -> str:
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def too_large(config: Any, seeds: int) -> Iterator[str]:
    """What is wrong with whole numbers that 32 bits do not hold, in which steps, examples and seeds are counted."""
    values = {field.name: getattr(config, field.name) for field in dataclasses.fields(config)} | {"seeds": seeds}
    for name, value in values.items():
        if any(isinstance(x, int) and abs(x) >= 2**31 for x in (value if isinstance(value, tuple) else (value,))):
            yield f"{name} = {value}: must be below 2^31"
