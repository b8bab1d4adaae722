"""Memory of differentiation by depth: constant, linear, and the square root.

Papers: Griewank 1992, "Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
differentiation"; Griewank & Walther 2008, "Evaluating derivatives", chapters 3, 4 and 12; Chen, Xu, Zhang & Guestrin
2016, "Training deep nets with sublinear memory cost", section 4. Reverse mode needs the activations of all L layers on
its way back, forward mode those of one. With L layers in segments of s the inputs of L / s segments are kept and one
segment at a time is computed again: L / s + s layers, least at s = sqrt(L), for one more evaluation of the network.

Command: python -m research run memory_by_depth

Assumptions: L identical layers h = tanh(h W) of 16 units, 256 examples, as a `jax.lax.scan`, differentiated in W; the
activations of a layer are 4 x 16 x 256 bytes. Memory is what the compiler plans beside arguments and results
("temporary"); nothing is run. What does not depend on L (a cotangent, a tangent, the gradient, working space) is taken
as at most 8 layers. With L = 16 to 1024 it bends the lines: 1 falls to .91 and 1/2 to .36 in the fit where it is 8
layers, .96 and .42 where it is 4; hence .15 about the exponents. A layer that stores c arrays instead of one moves
the best segment to sqrt(L / c); tanh has its slope from its value, so that one is enough, and 3 at most are to be
expected (what the layer reads, and the two factors of 1 - h^2): within a factor 2 of sqrt(L).

Time: 5 s on 2 cores, nearly all of it compilation.
"""

from research.claims import Claim, Within, at_most, exactly
from research.experiments.memory_by_depth import Config, root

EXPERIMENT = "memory_by_depth"
CONFIG = Config()
PART = "Differentiation"
SUITE = "quick"
SEEDS = 1

CHEN, WALTHER = "Chen et al. 2016, section 4", "Griewank & Walther 2008"
DEEPEST = CONFIG.depths[-1]
ROOT = root(DEEPEST)
LEAST = (2 * ROOT + 8) / DEEPEST
CLAIMS = (
    Claim(
        id="MEMORY-1",
        title="reverse mode in segments of the best length: memory grows as the square root of the depth",
        quantity="segments_exponent",
        statistic="every",
        paper=0.5,
        accept=Within(0.35, 0.65, "theory, up to 8 layers whatever the depth"),
        control="reverse_exponent",
        unit="exponent",
        source=f"{CHEN}; Griewank 1992",
        known="recalled",
    ),
    Claim(
        id="MEMORY-2",
        title="reverse mode: memory grows as the depth",
        quantity="reverse_exponent",
        statistic="every",
        paper=1,
        accept=Within(0.85, 1.15, "theory, up to 8 layers whatever the depth"),
        control="segments_exponent",
        unit="exponent",
        source=f"{WALTHER}, chapter 4",
        known="recalled",
    ),
    Claim(
        id="MEMORY-3",
        title="forward mode: memory does not depend on the depth",
        quantity="forward_exponent",
        statistic="every",
        paper=0,
        accept=Within(-0.05, 0.05, "nothing grows"),
        control="segments_exponent",
        unit="exponent",
        source=f"{WALTHER}, chapter 3",
        known="recalled",
    ),
    Claim(
        id="MEMORY-3 layers",
        title="forward mode: what it holds at any depth, in activations of one layer",
        quantity="forward_layers",
        statistic="every",
        paper=None,
        accept=at_most(8, "two pairs of values and tangents, twice"),
        control="reverse_layers",
        unit="layers",
        source=f"{WALTHER}, chapter 3",
        known="computed",
    ),
    Claim(
        id="MEMORY-4",
        title="reverse mode: bytes stored a layer over width x batch x 4",
        quantity="reverse_a_layer",
        statistic="every",
        paper=1,
        accept=Within(0.99, 1.01, "one array of activations"),
        control="forward_a_layer",
        unit="ratio",
        source="the formula by hand: tanh' = 1 - h^2 and the next layer both need h alone",
        known="computed",
        deviation="JAX stores three arrays a layer: h_(l-1) for the gradient of W, and h_l and 1 - h_l, the factors of "
        "its slope (1 + h)(1 - h); h_l is stored again as the next layer's h_(l-1)",
    ),
    Claim(
        id="MEMORY-4 inputs",
        title="reverse mode in segments of one layer, which keep their inputs alone: bytes a layer over the same",
        quantity="one_layer_segments_a_layer",
        statistic="every",
        paper=1,
        accept=Within(1, 1 + 8 / DEEPEST, "one array a layer, up to 8 whatever the depth"),
        control="whole_segment_a_layer",
        unit="ratio",
        source=f"{CHEN}: of a segment its input is kept",
        known="computed",
        deviation="the control is one segment of all layers",
    ),
    Claim(
        id="MEMORY-5",
        title=f"segment of least memory, of all that divide {DEEPEST} layers, over sqrt(L)",
        quantity="best_segment_over_root",
        statistic="every",
        paper=1,
        accept=Within(0.5, 2, "a factor 2"),
        control="worst_segment_over_root",
        unit="ratio",
        source=CHEN,
        known="recalled",
        deviation="a layer stores 3 arrays (MEMORY-4), L / s + 3 s in all, so that the least lies at sqrt(L / 3) = "
        f"{(DEEPEST / 3) ** 0.5:.3g} and not at {ROOT}; the control is the segment of most memory",
    ),
    Claim(
        id="MEMORY-6",
        title=f"segments of {ROOT} in {DEEPEST} layers: memory over that without segments",
        quantity="segments_over_reverse",
        statistic="every",
        paper=None,
        accept=at_most(LEAST, "2 sqrt(L) and 8 layers of L"),
        control="one_segment_over_reverse",
        unit="ratio",
        source=CHEN,
        known="computed",
        deviation="the control is one segment of all layers",
    ),
    *(
        Claim(
            id=f"MEMORY-7 {name}",
            title=f"{title}: multiplications over those of the network",
            quantity=f"{name}_evaluations",
            statistic="every",
            paper=evaluations,
            accept=exactly(evaluations),
            control=None,
            unit="evaluations",
            source=source,
            known="computed",
        )
        for name, title, evaluations, source in (
            ("segments", "gradient in segments, one evaluation more", 4, CHEN),
            ("reverse", "gradient: h W forward, then the products for h and for W", 3, "algebra"),
            ("forward", "derivative along one direction: h W, dh W and h dW", 3, "algebra"),
        )
    ),
    Claim(
        id="MEMORY-8",
        title="operations that segments add to the gradient, over those of the network",
        quantity="extra_evaluations",
        statistic="every",
        paper=1,
        accept=Within(0.95, 1.05, "one evaluation"),
        control="reverse_operations",
        unit="evaluations",
        source=f"{CHEN}: one extra forward computation",
        known="recalled",
        deviation="the control is the gradient without segments, in evaluations",
    ),
    Claim(
        id="MEMORY-9",
        title="exponents are powers: widest half of a 95 % interval",
        quantity="widest_interval",
        statistic="every",
        paper=None,
        accept=at_most(0.15, "up to 8 layers whatever the depth"),
        control="interval_over_segments",
        unit="exponent",
        source="least squares on logarithms; the control fits a power to memory over the length of segments",
        known="computed",
    ),
)
