"""Reverse mode that stores less and computes twice: a scan whose steps are stored only every so often.

`jax.checkpoint` around a whole function saves nothing: all of it is computed again at once. Around each of its parts it
keeps what goes into a part, and one part at a time is computed again on the way back.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import jax

Carry = TypeVar("Carry")


def scan_in_segments(step: Callable[[Carry, Any], tuple[Carry, Any]], carry: Carry, xs: Any, segment: int) -> Any:
    """The same as `jax.lax.scan(step, carry, xs)`; its reverse sweep keeps one carry a segment.

    Of L steps, L / s carries are kept and s steps at a time stored, least at s = sqrt(L): 2 sqrt(L) in place of L, for
    one more computation of every step.

    Args:
        step: (carry, x) -> (carry, y).
        carry: the first one.
        xs: a tree of arrays, each of L along its first axis.
        segment: s, steps a segment; divides L.

    Returns:
        The last carry, and the ys of all steps.

    Raises:
        ValueError: s does not divide L.

    Source: Griewank 1992; Chen et al. 2016, section 4.
    """
    length = len(jax.tree.leaves(xs)[0])
    if segment < 1 or length % segment:
        raise ValueError(f"scan_in_segments: segment = {segment} must divide the {length} steps")
    parts = jax.tree.map(lambda a: a.reshape(length // segment, segment, *a.shape[1:]), xs)
    part = jax.checkpoint(lambda carry, xs: jax.lax.scan(step, carry, xs), prevent_cse=False)  # a scan has no CSE
    carry, ys = jax.lax.scan(part, carry, parts)
    return carry, jax.tree.map(lambda a: a.reshape(length, *a.shape[2:]), ys)
