"""What `threshold_units` enumerates, draws and trains, checked before anything runs."""

import dataclasses
import itertools
from collections.abc import Sequence

from research.experiments import BadConfig, require_positive

LARGEST_COUNT = 2**31 - 1  # counts run on the device as int32
LEAST = {"examples": 10, "dimensions": 2, "xor_steps": 2}  # the others: 1
COUNTS = ("problems", "examples", "dimensions", "most_passes", "shuffled_passes", "most_steps", "xor_steps")


@dataclasses.dataclass(frozen=True)
class Config:
    """What is enumerated, drawn and trained. Where no source is named the choice is ours: these papers prove.

    Args:
        weight_bounds: largest |weight| (integers, 1 to 9) enumerated for n = 1 to 5 inputs; Muroga 1971: 1, 1, 2, 3, 5.
        problems: random separable problems a seed.
        examples: most examples of a problem, 10 or more.
        dimensions: most dimensions of a problem, 2 or more.
        margins: smallest and largest gamma, in lengths (examples are at most 1 + gamma long); drawn log-uniformly.
        most_passes: passes over a separable problem after which it counts as not learned.
        shuffled_passes: passes over the control's labels.
        rates: learning rates of the perceptron, two or more, ascending, 1 among them; powers of two scale exactly.
        rate_margin: gamma of the one problem a seed on which rates are compared, in lengths.
        descent_rates: learning rates of gradient descent in units of 1 / L, L the largest curvature; ascending,
            below 2, two or more of them at most 1 / 4.
        edge: relative distance from 2 / L at which convergence and divergence are measured; below 1.
        overshoot_rate: a rate between 1 / L and 2 / L, in units of 1 / L; its control is 2 minus it.
        tolerance: gradient descent ends when the gradient is this times the first one; below 1.
        most_steps: steps of gradient descent after which to give up.
        xor_steps: steps of the rule on XOR, 2 or more.
        parity_inputs: inputs n for parity by masks, 1 to 12.
    """

    weight_bounds: tuple[int, ...] = (1, 1, 2, 3, 5)
    problems: int = 200
    examples: int = 100
    dimensions: int = 20
    margins: tuple[float, float] = (0.02, 0.5)
    most_passes: int = 2000
    shuffled_passes: int = 30
    rates: tuple[float, ...] = tuple(2.0**k for k in range(-6, 7))
    rate_margin: float = 0.1
    descent_rates: tuple[float, ...] = tuple(2.0**k for k in range(-6, 1))
    edge: float = 0.05
    overshoot_rate: float = 1.5
    tolerance: float = 1e-3
    most_steps: int = 100_000
    xor_steps: int = 10_000
    parity_inputs: int = 10

    def __post_init__(self) -> None:
        """Refuses fields with which nothing can be measured: BadConfig names the field and what is allowed."""
        require_positive(
            self, "margins", "rates", "rate_margin", "descent_rates", "edge", "overshoot_rate", "tolerance"
        )
        for field in COUNTS:
            least = LEAST.get(field, 1)
            self._require(field, least <= getattr(self, field) <= LARGEST_COUNT, f"{least:,} to {LARGEST_COUNT:,}")
        bounds, low_high, slow = self.weight_bounds, self.margins, [r for r in self.descent_rates if r <= 1 / 4]
        five = len(bounds) == 5 and all(1 <= bound <= 9 for bound in bounds)
        self._require("weight_bounds", five, "five whole numbers, 1 to 9, for n = 1 to 5 inputs")
        self._require("margins", low_high[0] <= low_high[1], "the smallest, then the largest")
        ascending = len(self.rates) > 1 and 1.0 in self.rates and _ascends(self.rates)
        self._require("rates", ascending, "two or more, ascending, 1 among them")
        below = len(slow) > 1 and max(self.descent_rates) < 2 and _ascends(self.descent_rates)
        self._require("descent_rates", below, "ascending, below 2, two or more of them at most 1 / 4")
        self._require("edge", self.edge < 1, "above 0, below 1")
        self._require("overshoot_rate", 1 < self.overshoot_rate < 2, "above 1, below 2")
        self._require("tolerance", self.tolerance < 1, "above 0, below 1")
        self._require("parity_inputs", 1 <= self.parity_inputs <= 12, "1 to 12")

    def _require(self, field: str, met: bool, allowed: str) -> None:
        if not met:
            raise BadConfig(f"{field} = {getattr(self, field)}: must be {allowed}")


def _ascends(values: Sequence[float]) -> bool:
    return all(a < b for a, b in itertools.pairwise(values))
