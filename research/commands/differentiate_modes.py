"""The modes that `differentiate` compares, each as one function of arrays whose cost is measured."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from research.autodiff import modes, products
from research.autodiff.rematerialised import in_segments
from research.commands.differentiate_subjects import Subject

WORDS = (
    "reverse",
    "rematerialised",
    "forward",
    "differences",
    "forward-gradient",
    "hessian",
    "gauss-newton",
    "forward-batched",
    "linearized",
    "reverse-batched",
    "paths",
)
"""What --modes takes."""


class Mode(NamedTuple):
    """One way to a derivative.

    Args:
        word: its name in --modes; "" for the plain function.
        label: its name in the table.
        f: what is counted and measured, of the section's arguments.
        times: so many calls give the whole derivative.
        within: so many sweeps are made in one call.
        note: what it does, in a few words.
        whole: whether it gives all of what its section asks for.
    """

    word: str
    label: str
    f: Callable[..., Any]
    times: int = 1
    within: int = 1
    note: str = ""
    whole: bool = True


class Section(NamedTuple):
    """Ways to the same derivative, beside the function that is differentiated.

    Args:
        name: gradient, second or jacobian.
        title: what is differentiated in what.
        plain: the function.
        modes: the ways.
        args: the arguments of all of them.
    """

    name: str
    title: str
    plain: Mode
    modes: tuple[Mode, ...]
    args: tuple[Any, ...]


def sections(subject: Subject, chosen: Sequence[str]) -> list[Section]:
    """What is compared; without words, all of it. A section none of whose modes is chosen is left out."""
    made = [_gradient(subject), _second(subject)]
    if subject.has_targets:
        made.append(_jacobian(subject))
    kept = [s._replace(modes=tuple(m for m in s.modes if not chosen or m.word in chosen)) for s in made]
    return [s for s in kept if s.modes or (s.name == "jacobian" and "paths" in chosen)]


def _sweeps(n: int) -> str:
    return "1 sweep" if n == 1 else f"{n:,} sweeps; one measured, multiplied"


def _loss(subject: Subject) -> Callable[..., Any]:
    def loss(weights: Any, inputs: Any, targets: Any) -> Any:
        return subject.loss(subject.values(weights, inputs), targets)

    return loss


def _of_loss(subject: Subject) -> tuple[Any, ...]:
    """Weights, inputs, drawn targets, and a drawn direction in the space of the weights."""
    keys = jax.random.split(jax.random.key(1))
    flat, back = ravel_pytree(subject.weights)
    direction = back(jax.random.normal(keys[0], flat.shape, flat.dtype))
    values = jax.eval_shape(subject.values, subject.weights, subject.inputs)
    return subject.weights, subject.inputs, jax.random.normal(keys[1], values.shape, values.dtype), direction


def _gradient(subject: Subject) -> Section:
    """The forward gradient is off by sqrt(n + 1) |g|: its variance is the sum of |g|^2 + g_j^2 (Baydin et al. 2022)."""
    loss, n = _loss(subject), subject.n

    def forward(w: Any, x: Any, t: Any, v: Any) -> Any:
        return jax.jvp(lambda w: loss(w, x, t), (w,), (v,))[1]

    def differences(w: Any, x: Any, t: Any, v: Any) -> Any:
        h = jnp.finfo(jnp.result_type(*jax.tree.leaves(w))).eps ** (1 / 3)
        step = jax.tree.map(lambda d: h * d, v)
        ahead, behind = jax.tree.map(jnp.add, w, step), jax.tree.map(jnp.subtract, w, step)
        return (loss(ahead, x, t) - loss(behind, x, t)) / (2 * h)

    def forward_gradient(w: Any, x: Any, t: Any, v: Any) -> Any:
        slope = forward(w, x, t, v)
        return jax.tree.map(lambda d: slope * d, v)

    def rematerialised(w: Any, x: Any, t: Any, v: Any) -> Any:
        return jax.grad(in_segments(loss, w, x, t))(w, x, t)

    found = (
        Mode("reverse", "reverse", lambda w, x, t, v: jax.grad(loss)(w, x, t), note="1 sweep"),
        Mode("rematerialised", "reverse, rematerialised", rematerialised, note="stores less, computes twice"),
        Mode("forward", "forward", forward, n, note=_sweeps(n)),
        Mode("differences", "central differences", differences, n, note=_pairs(n)),
        Mode(
            "forward-gradient",
            "forward gradient",
            forward_gradient,
            note=f"1 sweep; an estimate, off by {(n + 1) ** 0.5:,.3g} |g|",
            whole=False,
        ),
    )
    what = "weight" if subject.is_network else "argument"
    title = f"The gradient of {_said(subject)} in its {n:,} {what}{'s' * (n != 1)}"
    plain = Mode("", "the loss" if subject.has_targets else "the function", _of_four(loss))
    return Section("gradient", title, plain, found, _of_loss(subject))


def _second(subject: Subject) -> Section:
    loss = _loss(subject)

    def product(make: Callable[..., Any]) -> Callable[..., Any]:
        return lambda w, x, t, v: make(lambda w: loss(w, x, t), w, v)

    def gauss_newton(w: Any, x: Any, t: Any, v: Any) -> Any:
        return products.gauss_newton_vector(lambda w: subject.values(w, x), lambda y: subject.loss(y, t), w, v)

    found = tuple(
        Mode("hessian", label, product(make), note="H v")
        for label, make in (
            ("forward over reverse", products.forward_over_reverse),
            ("reverse over forward", products.reverse_over_forward),
            ("reverse over reverse", products.reverse_over_reverse),
        )
    )
    if subject.has_targets:
        found += (Mode("gauss-newton", "Gauss-Newton", gauss_newton, note="J' H J v", whole=False),)
    plain = Mode("", "the loss" if subject.has_targets else "the function", _of_four(loss))
    return Section("second", "Second derivatives times one direction v", plain, found, _of_loss(subject))


def _jacobian(subject: Subject) -> Section:
    values, u, held = _of_vector(subject)
    m, n = subject.m, u.size

    def one(u: Any, held: Any, v: Any, c: Any) -> Any:
        return jax.jvp(lambda u: values(u, held), (u,), (v,))[1]

    def differences(u: Any, held: Any, v: Any, c: Any) -> Any:
        h = jnp.finfo(u.dtype).eps ** (1 / 3)
        step = h * v
        return (values(u + step, held) - values(u - step, held)) / (2 * h)

    def row(u: Any, held: Any, v: Any, c: Any) -> Any:
        return jax.vjp(lambda u: values(u, held), u)[1](c)[0]

    def whole(mode: modes.Mode) -> Callable[..., Any]:
        return lambda u, held, v, c: mode(lambda u: values(u, held), u)

    found = (
        Mode("reverse", "reverse", row, m, note=_sweeps(m)),
        Mode("reverse-batched", "reverse, batched", whole(modes.reverse_batched), 1, m, f"{m:,} sweeps at once"),
        Mode("forward", "forward", one, n, note=_sweeps(n)),
        Mode("forward-batched", "forward, batched", whole(modes.forward_batched), 1, n, f"{n:,} sweeps at once"),
        Mode("linearized", "linearized", whole(modes.linearized), 1, n, f"{n:,} sweeps, f only once"),
        Mode("differences", "central differences", differences, n, note=_pairs(n)),
    )
    title = (
        f"The Jacobian of {m:,} values in {n:,} {'inputs' if subject.is_network else 'arguments'}: n = {n:,}, m = {m:,}"
    )
    plain = Mode("", "the function", lambda u, held, v, c: values(u, held))
    keys = jax.random.split(jax.random.key(2))
    directions = (jax.random.normal(k, (size,), u.dtype) for k, size in zip(keys, (n, m), strict=True))
    return Section("jacobian", title, plain, found, (u, held, *directions))


def _of_vector(subject: Subject) -> tuple[Callable[..., Any], Any, Any]:
    """The values as a function of one vector u, the inputs or the arguments; u; and the weights that are held fixed."""
    if subject.is_network:
        x, of_inputs = ravel_pytree(subject.inputs)
        return lambda u, held: subject.values(held, of_inputs(u)), x, subject.weights
    w, of_arguments = ravel_pytree(subject.weights)
    return lambda u, held: subject.values(of_arguments(u), held), w, ()


def _pairs(n: int) -> str:
    return "2 calls" if n == 1 else f"{2 * n:,} calls; two measured, multiplied"


def _of_four(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda w, x, t, v: f(w, x, t)


def _said(subject: Subject) -> str:
    return f"the mean squared error of its {subject.m:,} values" if subject.has_targets else "its one value"
