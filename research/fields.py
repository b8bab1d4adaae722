"""A config's fields from JSON, each checked against its annotation: what `config.json` holds becomes a Config again."""

import dataclasses
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def rebuild(config_class: type, values: Mapping[str, Any]) -> Any:
    """An instance of a flat dataclass from its fields as JSON holds them: lists become tuples, texts paths.

    Args:
        config_class: the dataclass; its fields are bool, int, float, str, Path, None, Literal, or tuples or unions of
            these.
        values: every field by name.

    Raises:
        ValueError: a field is missing, unknown or of another type, or the class refuses its value; one line names it.
    """
    hints = get_type_hints(config_class)
    wanted = {field.name for field in dataclasses.fields(config_class)}
    for what, fields in (("lacks", wanted - values.keys()), ("has the unknown", values.keys() - wanted)):
        if fields:
            raise ValueError(f"{what} field {', '.join(sorted(fields))}")
    return config_class(**{name: typed(name, value, hints[name]) for name, value in values.items()})


def typed(name: str, value: Any, hint: Any) -> Any:
    """A value of JSON as its annotation wants it.

    Raises:
        ValueError: it is not of that type; the message names the field, the value and the type.
    """
    refused = ValueError(f"{name} = {value!r}: must be {getattr(hint, '__name__', None) or hint}")
    kind, options = get_origin(hint), get_args(hint)
    if kind in (Union, types.UnionType):
        return _first_of(name, value, options, refused)
    if kind is Literal:
        same = [option for option in options if option == value and type(option) is type(value)]
        return _checked(bool(same), value, ValueError(f"{name} = {value!r}: must be one of {options}"))
    if kind is tuple:
        _checked(isinstance(value, list | tuple), value, refused)
        inner = options[:1] * len(value) if options[1:] == (...,) else options
        _checked(len(inner) == len(value), value, ValueError(f"{name} = {value!r}: must hold {len(inner)} values"))
        return tuple(typed(f"{name}[{place}]", x, of) for place, (x, of) in enumerate(zip(value, inner, strict=True)))
    if hint is float:
        return float(_checked(isinstance(value, int | float) and not isinstance(value, bool), value, refused))
    if hint is Path:
        return Path(_checked(isinstance(value, str), value, refused))
    return _checked(type(value) is hint or (value is None and hint is types.NoneType), value, refused)


def _first_of(name: str, value: Any, options: tuple[Any, ...], refused: ValueError) -> Any:
    for option in options:
        try:
            return typed(name, value, option)
        except ValueError:
            continue
    raise refused


def _checked(good: bool, value: Any, refused: ValueError) -> Any:
    if not good:
        raise refused
    return value
