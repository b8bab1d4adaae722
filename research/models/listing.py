"""The networks of the package, found by listing its modules: nothing has to be entered anywhere."""

import importlib
import inspect
import pkgutil
from typing import Any

import flax.linen as nn

import research.models


def networks(package: Any = research.models) -> dict[str, tuple[nn.Module, tuple[int, ...]]]:
    """Every network of a package by its name, with the shape of one example of its input.

    It is what a public function without required arguments in one of its modules returns.

    Args:
        package: the package that is listed.
    """
    found: dict[str, tuple[nn.Module, tuple[int, ...]]] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            required = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
            if function.__module__ != module.__name__ or name.startswith("_") or required or function is networks:
                continue
            match function():
                case nn.Module() as network, tuple(shape):
                    found[name] = network, shape
    return found
