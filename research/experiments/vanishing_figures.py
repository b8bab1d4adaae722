"""The pictures of `vanishing`."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, WARM, GREEN = "#1f3a5f", "#c8553d", "#5b8c6b"
COLOURS = {"standard": WARM, "Glorot": INK, "He": GREEN}
NAMES = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"}
LABELS = {
    "standard": "standard: n Var(w) = 1/3",
    "Glorot": "Glorot & Bengio: n Var(w) = 1",
    "He": "He et al.: n Var(w) = 2",
}


def layers(found: Mapping[tuple[str, str], np.ndarray], theory: float) -> Figure:
    """The norm of the gradient at each layer, over that at the last: a panel an activation, a colour a law.

    Args:
        found: (activation, law) -> (seeds, layers + 1) norms, from the input to the last layer.
        theory: factor a layer of wide sigmoid layers with Glorot's law.
    """
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    panels = dict(zip(NAMES, figure.subplots(1, 3), strict=True))
    for (unit, law), values in found.items():
        relative = (values / values[:, -1:])[:, ::-1].T
        panels[unit].plot(relative, color=COLOURS[law], lw=0.8, alpha=0.45)
        panels[unit].plot(np.exp(np.log(relative).mean(axis=1)), color=COLOURS[law], lw=2, label=LABELS[law])
    lines = {"sigmoid": [(theory, f"{theory:.3f} a layer")], "tanh": [(3**-0.5, "1 / \u221a3 a layer")],
             "relu": [(0.5**0.5, "1 / \u221a2 a layer"), (1.0, "")]}  # fmt: skip
    back = np.arange(next(iter(found.values())).shape[1])
    for unit, axes in panels.items():
        for factor, label in lines[unit]:
            axes.plot(back, factor ** back.astype(float), color="black", lw=1, ls=":", label=label or None)
        axes.set(yscale="log", xlabel="layers back from the last", xlim=(0, back[-1]))
        axes.set_title(NAMES[unit], fontsize=11)
        axes.legend(frameon=False, fontsize=8, loc="lower left")
        tidy(axes)
    panels["sigmoid"].set_ylabel("norm of the gradient, over that at the last layer")
    figure.suptitle("What a gradient loses on its way back: activations and laws of first weights", fontsize=12)
    return figure


def time(found: Mapping[str, np.ndarray], singular_values: Sequence[float], slopes: Mapping[str, float]) -> Figure:
    """|dh_t / dh_0| of a recurrent network against its bound (gamma sigma)^t: a panel an activation, a colour a sigma.

    Args:
        found: activation -> (seeds, sigmas, steps).
        singular_values: sigma of each network.
        slopes: activation -> gamma.
    """
    figure = Figure(figsize=(12, 4.2), layout="constrained")
    for axes, (unit, values) in zip(figure.subplots(1, 3), found.items(), strict=True):
        t = np.arange(1, values.shape[2] + 1)
        for place, sigma in enumerate(singular_values):
            color = (GREEN, INK, WARM)[place % 3]
            axes.plot(t, np.maximum(values[:, place].T, np.finfo(float).tiny), color=color, lw=0.8, alpha=0.6)
            axes.plot(t, (slopes[unit] * sigma) ** t, color=color, lw=1.6, ls="--", label=f"\u03c3 = {sigma:g}")
        axes.set(yscale="log", xlabel="steps back in time")
        axes.set_title(f"{NAMES[unit]}, \u03b3 = {slopes[unit]:g}", fontsize=11)
        axes.legend(frameon=False, fontsize=8, loc="lower left", title="bound (\u03b3 \u03c3)$^t$", title_fontsize=8)
        tidy(axes)
        if unit == "sigmoid":
            axes.set_ylabel(r"$\|\partial h_t\, /\, \partial h_0\|$")
    figure.suptitle("Through time: a gradient (solid) never exceeds its bound (dashed)", fontsize=12)
    return figure


def tidy(axes: Axes) -> None:
    """Removes the frame's upper and right side and draws a light grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#eceff3", lw=0.8)
    axes.set_axisbelow(True)
