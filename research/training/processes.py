"""What the processes of one job agree on: the first one decides, the others take its word."""

import jax
import numpy as np
from jax.experimental import multihost_utils


def is_first() -> bool:
    """Whether this process reads and writes for all: process 0 of several, or the only one."""
    return jax.process_index() == 0


def from_first(content: bytes) -> bytes:
    """The first process's bytes, on every process; what the others give is not read. All of them must call it."""
    if jax.process_count() == 1:
        return content
    length = int.from_bytes(_broadcast(len(content).to_bytes(8, "little")), "little")
    return _broadcast(content if is_first() else bytes(length)) if length else b""


def _broadcast(content: bytes) -> bytes:
    """Of one length everywhere; as whole numbers, since adding zeros to -0.0 would change its sign."""
    return np.asarray(multihost_utils.broadcast_one_to_all(np.frombuffer(content, np.uint8))).tobytes()
