"""Helmholtz energy of a mixed fluid: the gradient by differences, in forward and in reverse mode.

Paper: Baydin, Pearlmutter, Radul & Siskind 2018, "Automatic differentiation in machine learning: a survey", JMLR 18,
the table of the Helmholtz energy. Its times of the gradient over the time of f at the same n, as recalled:

    n             1     8    15    22    29    36    43    50
    differences  1.08  6.93 12.17 17.15 19.87 23.64 25.67 28.63
    forward      1.34  2.66  3.55  4.54  4.77  5.59  6.40  7.69
    reverse      1.52  2.16  2.16  2.31  2.16  2.07  1.99  1.96

Theory: n tangents cost n c times f, with c between 1 and 3 (Baydin et al., section 3.2: c < 6, typically 2 to 3), one
reverse sweep at most 4 times f with the value of f (Griewank & Walther 2008, section 4.6). Here f is mostly the product
A x of 2 n^2 operations, its gradient needs one more product with A, and so reverse mode tends to twice f.

Command: python -m research run helmholtz

Assumptions: operations stand for times: they are exact, and calls of microseconds are mostly dispatch. They are counted
before the compiler rewrites the program. R T = 1. Reverse mode gives the value and the gradient, forward mode the
gradient by n tangents at once (`jax.jacfwd`), differences are central. The fluid at which gradients are compared is
random, A, b and x from the seed; n = 200 is beyond the paper. Times taken beside the counts are in the figure and in
the metrics; no claim rests on them.

Time: 4 s on 2 cores, most of it compilation.
"""

from research.claims import Claim, Within, at_least, at_most, exactly
from research.experiments.helmholtz import Config

EXPERIMENT = "helmholtz"
CONFIG = Config()
PART = "Differentiation"
SUITE = "quick"
SEEDS = 5

TABLE = "Baydin et al. 2018, table of the Helmholtz energy"
SURVEY = "Baydin et al. 2018, section 3.2"
COUNTED = "operations of the program before it is compiled, for times"

CLAIMS = (
    Claim(
        id="AD-1.50",
        title="reverse mode at n = 50: value and gradient over f",
        quantity="reverse_compared",
        statistic="every",
        paper=1.96,
        accept=Within(1.73, 2.33, "2.03 in compiled operations, and .3 either way"),
        control="forward_compared",
        unit="times f",
        source=TABLE,
        known="recalled",
        deviation=f"{COUNTED}; the control is forward mode",
    ),
    Claim(
        id="AD-1",
        title="reverse mode, n = 1 to 200: value and gradient over f, largest",
        quantity="reverse_most",
        statistic="every",
        paper=None,
        accept=at_most(4.0, "bound on the gradient with its value"),
        control="forward_most",
        unit="times f",
        source="Griewank & Walther 2008, section 4.6; Baur & Strassen 1983: 5",
        known="read",
        deviation="the bound is for f written in elementary operations of two numbers; the control is forward mode",
    ),
    Claim(
        id="AD-2.most",
        title="forward mode, n = 1 to 200: gradient over n f, largest",
        quantity="forward_per_input_most",
        statistic="every",
        paper=None,
        accept=at_most(3.0, "a tangent with its value costs 2 to 3 f"),
        control="forward_most",
        unit="times n f",
        source=SURVEY,
        known="read",
        deviation="all tangents at once beside one value; the control is the same not divided by n",
    ),
    Claim(
        id="AD-2.least",
        title="forward mode, n = 1 to 200: gradient over n f, smallest",
        quantity="forward_per_input_least",
        statistic="every",
        paper=None,
        accept=at_least(1.0, "a tangent costs f or more"),
        control="reverse_per_input_least",
        unit="times n f",
        source=SURVEY,
        known="read",
        deviation="all tangents at once beside one value; the control is reverse mode",
    ),
    Claim(
        id="AD-2.50",
        title="forward mode at n = 50: gradient over f, as in the paper's table",
        quantity="forward_compared",
        statistic="every",
        paper=7.69,
        accept=Within(7.69 / 2, 7.69 * 2, "a factor of two between operations and times"),
        control="numerical_compared",
        unit="times f",
        source=TABLE,
        known="recalled",
        deviation="50 tangents are some 50 f in operations. The table has less, and 28.63 f for differences of 50 "
        "evaluations or more: a single f seems to be timed with a fixed cost that many in a row share. The control is "
        "central differences",
    ),
    Claim(
        id="AD-3",
        title="reverse and forward mode give one gradient: largest relative difference, float64, n = 50 and 200",
        quantity="gradient_difference",
        statistic="worst",
        paper=None,
        accept=at_most(1e-10, "rounding of float64 in sums of 200^2 products"),
        control="gradient_difference_numerical",
        unit="of the largest component",
        source="Griewank & Walther 2008, chapter 3: both are exact but for rounding",
        known="recalled",
        deviation="the control is central differences",
    ),
    Claim(
        id="AD-4",
        title="central differences at n = 50: gradient over 2 n f",
        quantity="numerical_per_evaluation",
        statistic="every",
        paper=None,
        accept=Within(1.0, 1.1, "2 n evaluations; shifting x is 4 n beside 2 (2 n^2 + 8 n + 10)"),
        control="forward_per_evaluation",
        unit="times 2 n f",
        source="algebra",
        known="computed",
        deviation="the control is forward mode",
    ),
    Claim(
        id="AD-5",
        title="operations of f are 2 n^2 + 8 n + 10: largest difference of the count, n = 1 to 200",
        quantity="formula_difference",
        statistic="every",
        paper=0,
        accept=exactly(0),
        control=None,
        unit="operations",
        source="algebra, from the formula of f",
        known="computed",
    ),
)
