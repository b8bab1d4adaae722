"""The canon of deep learning as pure functions in JAX, each claim of its paper measured by one command.

research.load(RUN) opens a run in a notebook: its config, measurements, metric lines and trained parameters.
"""

import importlib
from typing import Any

__version__ = "0.1.0"
LAZY = ("Loaded", "load")


def __getattr__(name: str) -> Any:
    """`load` and `Loaded`, imported when they are asked for: `import research` alone imports nothing."""
    if name in LAZY:
        return getattr(importlib.import_module("research.ledger.runs"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
