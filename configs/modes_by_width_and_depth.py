"""Differentiation by width and depth: the exponent of each mode.

What one reads of reverse mode: to differentiate along every path costs a number of operations that grows with the
square of the number of units, and exponentially with depth; forward mode takes one input at a time; reverse mode merges
the paths node by node, so that one sweep gives every partial derivative and the cost falls from N^2 to N. Sources:
Linnainmaa 1970; Bauer 1974; Baur & Strassen 1983; Griewank & Walther 2008, chapters 3 and 4; Baydin, Pearlmutter, Radul
& Siskind 2018, section 3.2.

The law: with E edges, all derivatives of one output in n inputs cost E by reverse mode and E n by forward mode and by
differences. N and N^2 follow where every unit has few inputs and is differentiated in its own: E and n are then
proportional to N. Where all units read all and all weights are differentiated they do not: layers of w units have
w^2 edges and w^2 weights, and the exponents are 2 and 4; growing deep they are 1 and 2. The sum along paths costs
N (N + 1) / 2 in a chain; at a fixed depth only in proportion to N, with a factor k^d; growing deep, w^d.

Command: python -m research run modes_by_width_and_depth

Assumptions: on the graph a multiplication of slopes counts, no addition; "lowered" counts all operations of JAX's
program (jacfwd, jacrev, and a loop of 2 n evaluations) before it is compiled, since the compiler's rewrites change
exponents. A cost a n^p + b n^(p-1) has the exponent p - b / (a n + b): with E = 3 w^2 + 4 w + 1 edges and
n = 2 w^2 + 3 w + 1 weights, w from 24, forward mode on the graph has 4 - 2.8 / w, .12 below 4 at the smallest size; the
lowered terms (a bias, a tanh and its slope beside each sum) are of the same kind: b / a is 1 to 3. Growing deep from 16
layers, the first and the last layer take .06 to .11 from the smallest size. So each exponent is accepted within .15.
Weights at random enter one claim alone, that all methods give the same derivatives.

Time: 7 s on 2 cores.
"""

from research.claims import Claim, Within, at_most, exactly
from research.experiments.modes_by_width_and_depth import Config

EXPERIMENT = "modes_by_width_and_depth"
CONFIG = Config()
PART = "Differentiation"
SUITE = "quick"
SEEDS = 3

WALTHER, BAYDIN = "Griewank & Walther 2008, chapters 3 and 4", "Baydin et al. 2018, section 3.2"
BOUNDED = f"wide networks of {CONFIG.layers} layers whose units read {CONFIG.fan_in} each"
DENSE = f"wide networks of {CONFIG.dense_layers} full layers, in all weights, w units a layer"
DEEP = f"deep networks of {CONFIG.deep_width} units a layer, in all weights, d layers"
TEXT = "textbook account of reverse mode: N^2 operations along paths, N by merging them"
EXPONENTS = (
    ("GROW-1", f"{BOUNDED}: reverse mode costs N", "width_reverse_lowered", 1, "dense_reverse_lowered", WALTHER, ""),
    ("GROW-2", f"{BOUNDED}: forward mode costs N^2", "width_forward_lowered", 2, "dense_forward_lowered", BAYDIN, ""),
    (
        "GROW-3",
        f"{BOUNDED}: central differences cost N^2",
        "width_differences_lowered",
        2,
        "dense_differences_lowered",
        BAYDIN,
        "",
    ),
    (
        "GROW-4",
        f"{BOUNDED}: along every path costs N^2",
        "width_paths_graph",
        2,
        "width_reverse_graph",
        TEXT,
        "at a fixed depth d a unit has at most k^d paths, however many units stand beside it: the cost is N with a "
        "factor that is exponential in depth; N^2 holds for a chain (GROW-5)",
    ),
    (
        "GROW-5",
        "a chain of N units: along every path costs N^2",
        "chain_paths_graph",
        2,
        "width_paths_graph",
        TEXT,
        "",
    ),
    ("GROW-6", "a chain of N units: reverse costs N", "chain_reverse_lowered", 1, "chain_forward_lowered", TEXT, ""),
    ("GROW-7", f"{DENSE}: reverse costs w^2", "dense_reverse_lowered", 2, "width_reverse_lowered", WALTHER, ""),
    ("GROW-8", f"{DENSE}: forward costs w^4", "dense_forward_lowered", 4, "width_forward_lowered", BAYDIN, ""),
    ("GROW-9", f"{DEEP}: reverse costs d", "depth_reverse_lowered", 1, "depth_forward_lowered", WALTHER, ""),
    ("GROW-10", f"{DEEP}: forward costs d^2", "depth_forward_lowered", 2, "depth_reverse_lowered", BAYDIN, ""),
)
W, D = CONFIG.path_width, CONFIG.path_layers
CLAIMS = (
    *(
        Claim(
            id=name,
            title=title,
            quantity=quantity,
            statistic="every",
            paper=theory,
            accept=Within(theory - 0.15, theory + 0.15, "theory, lower-order terms"),
            control=control,
            unit="exponent",
            source=source,
            known="computed",
            deviation=deviation,
        )
        for name, title, quantity, theory, control, source, deviation in EXPONENTS
    ),
    Claim(
        id="GROW-11",
        title=f"paths from an input to an output of {D} full layers of {W} units: w^(d - 1)",
        quantity="paths",
        statistic="every",
        paper=W ** (D - 1),
        accept=exactly(W ** (D - 1)),
        control=None,
        unit="paths",
        source="algebra; Bauer 1974",
        known="computed",
    ),
    Claim(
        id="GROW-11 all",
        title=f"depths 1 to {D} at which the paths are not w^(d - 1), or k^d with k inputs a unit",
        quantity="path_mismatches",
        statistic="every",
        paper=0,
        accept=exactly(0),
        control=None,
        unit="depths",
        source="algebra; Bauer 1974",
        known="computed",
    ),
    Claim(
        id="GROW-12",
        title="counts on the graphs that differ from a formula by hand: four ways to grow, four methods, all sizes",
        quantity="hand_mismatches",
        statistic="every",
        paper=0,
        accept=exactly(0),
        control=None,
        unit="counts",
        source="algebra",
        known="computed",
        deviation="for the sweeps, edges and inputs are what is checked: their counts are the products of these",
    ),
    Claim(
        id="GROW-13",
        title="one sweep gives every derivative: operations of reverse mode over those of the function, at most",
        quantity="reverse_over_value",
        statistic="every",
        paper=4,
        accept=at_most(4, "the bound of the cheap gradient"),
        control="forward_over_value",
        unit="ratio",
        source="Griewank & Walther 2008, section 4.6: 3 to 4",
        known="recalled",
        deviation="operations for time; the most of all sizes, the control is the least of the largest sizes",
    ),
    Claim(
        id="GROW-14",
        title="exponents are powers: widest half of a 95 % interval",
        quantity="widest_interval",
        statistic="every",
        paper=None,
        accept=at_most(0.15, "lower-order terms"),
        control="interval_of_paths",
        unit="exponent",
        source="least squares on logarithms; the control grows exponentially: along every path, growing deep",
        known="computed",
    ),
    Claim(
        id="GROW-15",
        title="the lowered programs have the exponents of their graphs: largest difference",
        quantity="lowered_from_graph",
        statistic="every",
        paper=None,
        accept=at_most(0.15, "lower-order terms"),
        control="forward_from_reverse",
        unit="exponent",
        source="algebra; the control sets forward mode against the graph's reverse mode",
        known="computed",
        deviation="equal to the first decimal: a program adds as well as multiplies, and computes the slopes of tanh",
    ),
    Claim(
        id="GROW-16",
        title="paths, forward and reverse on the graph, jacfwd and jacrev: largest relative difference of derivatives",
        quantity="disagreement",
        statistic="worst",
        paper=None,
        accept=at_most(1e-12, "rounding of float64"),
        control="disagreement_without_an_edge",
        unit="relative",
        source="the chain rule; the control leaves one edge out of the graph",
        known="computed",
    ),
)
