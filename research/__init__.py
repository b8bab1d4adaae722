"""The canon of deep learning as pure functions in JAX, each claim of its paper measured by one command."""

__version__ = "0.1.0"
