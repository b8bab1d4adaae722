"""Threshold units: what one unit computes and what the perceptron rule learns.

Papers: McCulloch & Pitts 1943, "A logical calculus of the ideas immanent in nervous activity"; Rosenblatt 1958, "The
perceptron"; Novikoff 1962, "On convergence proofs on perceptrons"; Minsky & Papert 1969, "Perceptrons". They prove and
measure nothing: their figures are counts and bounds. One unit with absolute inhibition realises 11 of the 16 functions
of two inputs, one linear threshold unit 14; from zero weights the rule w += rate (y - y') x makes at most (R / gamma)^2
mistakes on separable examples, whatever the rate; on XOR it never gets four rows right and its weights stay bounded;
parity of n inputs needs the mask over all n, and its coefficients are (-2)^(k - 1) on masks of k inputs.

Command: python -m research run threshold_units

Assumptions: a unit fires at its threshold (>=). McCulloch-Pitts units have at most one synapse an input, of weight 1.
The 1,000 separable problems (200 a seed) are points of the unit sphere pushed off a random plane through 0: 10 to 100
points in 2 to 20 dimensions with margins .02 to .5, shown in a fixed order until a pass without a mistake. Rates are
compared on one problem a seed (100 points, 20 dimensions, margin .1). That "a small learning rate is slow and a large
one overshoots" is what textbooks say of the perceptron: PERC-3 and PERC-4 take it at its word, PERC-5 and PERC-6 say
what holds instead, GD-1 to GD-3 show that it holds for gradient descent on the squared error.

Time: 6 s on 2 cores, half of it compilation.
"""

from research.claims import Claim, Within, at_least, at_most, exactly, printed
from research.experiments.threshold_units import Config

EXPERIMENT = "threshold_units"
CONFIG = Config()
PART = "Threshold units"
SUITE = "quick"
SEEDS = 5

TEXTBOOK = "textbook account of the perceptron's learning rate"
TWICE = at_least(2.0, "twice the mistakes")
ZERO = "from zero weights the rate only scales the weights: no prediction, so no mistake, depends on it"


COUNTS = (
    ("LTU-1", "threshold", "linear threshold unit", "Muroga 1971; OEIS A000609", (4, 14, 104, 1882, 94572)),
    ("MP-1", "mcculloch_pitts", "unit with absolute inhibition", "McCulloch & Pitts 1943, section 2", (4, 11, 36)),
)
CLAIMS = (
    *(
        Claim(
            id=f"{name}.{n}",
            title=f"Boolean functions of {n} input{'s' if n > 1 else ''} that one {unit} realises, of {2**2**n:,}",
            quantity=f"{quantity}_{n}",
            statistic="every",
            paper=count,
            accept=exactly(count),
            control=None,
            unit="functions",
            source=source,
            known="computed",
        )
        for name, quantity, unit, source, counts in COUNTS
        for n, count in sorted(enumerate(counts, start=1), reverse=True)  # the first claim is the headline
    ),
    Claim(
        id="MP-2",
        title="AND, OR and NOT are one unit each, of either kind: rows of their truth tables that are right",
        quantity="gate_rows_right",
        statistic="every",
        paper=20,
        accept=exactly(20),
        control=None,
        unit="rows",
        source="McCulloch & Pitts 1943, figure 1",
        known="recalled",
    ),
    Claim(
        id="PERC-1",
        title="mistakes of the perceptron over Novikoff's bound (R / gamma)^2, worst of 1,000 separable problems",
        quantity="mistakes_over_bound",
        statistic="worst",
        paper=None,
        accept=at_most(1.0, "Novikoff's theorem"),
        control="mistakes_over_bound_shuffled",
        unit="ratio",
        source="Novikoff 1962, theorem 1",
        known="recalled",
    ),
    Claim(
        id="PERC-1.end",
        title="share of 1,000 separable problems on which the perceptron ends without a mistake",
        quantity="learned_share",
        statistic="every",
        paper=1.0,
        accept=exactly(1.0),
        control="learned_share_shuffled",
        unit="share",
        source="Novikoff 1962, theorem 1",
        known="recalled",
    ),
    Claim(
        id="PERC-2.rows",
        title="most rows of XOR that the perceptron ever has right, of 4",
        quantity="xor_rows_right",
        statistic="every",
        paper=3,
        accept=exactly(3),
        control="and_rows_right",
        unit="rows",
        source="Minsky & Papert 1969, section 2.1: XOR is not separable",
        known="computed",
    ),
    Claim(
        id="PERC-2.bounded",
        title="weights on XOR stay bounded: largest length in the second half of 10,000 steps over the first half's",
        quantity="xor_growth",
        statistic="worst",
        paper=None,
        accept=at_most(1.0, "the weights cycle"),
        control="hebb_growth",
        unit="ratio",
        source="Minsky & Papert 1969, section 11.10, the cycling theorem; Block & Levin 1970",
        known="recalled",
        deviation="rows in a fixed order, repeated; in an order drawn anew the largest length may come late",
    ),
    Claim(
        id="PERC-2.squares",
        title="mean squared error on XOR at which a linear unit ends, targets 0 and 1",
        quantity="xor_squared_error",
        statistic="every",
        paper=0.25,
        accept=printed(0.25, 6),
        control="and_squared_error",
        unit="squared error",
        source="algebra: the best affine function is 1 / 2",
        known="computed",
    ),
    Claim(
        id="PERC-3",
        title="a small rate is slow: mistakes at rate 1/64 over those at rate 1, from zero weights",
        quantity="mistakes_ratio_small_rate",
        statistic="median",
        paper=None,
        accept=TWICE,
        control="mistakes_ratio_reverse_order",
        unit="ratio",
        source=TEXTBOOK,
        known="recalled",
        deviation=ZERO,
    ),
    Claim(
        id="PERC-4",
        title="a large rate overshoots: mistakes at rate 64 over those at rate 1, from zero weights",
        quantity="mistakes_ratio_large_rate",
        statistic="median",
        paper=None,
        accept=TWICE,
        control="mistakes_ratio_reverse_order",
        unit="ratio",
        source=TEXTBOOK,
        known="recalled",
        deviation=ZERO,
    ),
    Claim(
        id="PERC-5",
        title="from zero weights the rate does not matter: most over fewest mistakes, rates 1/64 to 64",
        quantity="mistakes_ratio_all_rates",
        statistic="every",
        paper=1.0,
        accept=exactly(1.0),
        control="mistakes_ratio_all_rates_random_start",
        unit="ratio",
        source="Novikoff 1962: the bound holds for every rate",
        known="recalled",
    ),
    Claim(
        id="PERC-6",
        title="a small rate is slow where the first weights are not zero: mistakes at rate 1/64 over those at rate 1",
        quantity="mistakes_ratio_small_rate_random_start",
        statistic="median",
        paper=None,
        accept=TWICE,
        control="mistakes_ratio_small_rate",
        unit="ratio",
        source=TEXTBOOK,
        known="recalled",
        deviation="first weights of length 1 in a random direction; the control starts from zero",
    ),
    Claim(
        id="GD-1",
        title="steps of gradient descent grow as 1 / rate where the rate is small: slope of log steps over log rate",
        quantity="descent_slope",
        statistic="mean",
        paper=-1.0,
        accept=Within(-1.1, -0.9, "inverse proportion, within a tenth"),
        control="mistakes_slope",
        unit="slope",
        source="LeCun, Bottou, Orr & Müller 1998, section 5.1",
        known="recalled",
        deviation="rates up to a quarter of 1 / L; the control is the perceptron from zero weights",
    ),
    Claim(
        id="GD-2",
        title="gradient descent diverges at rates above 2 / L: share of problems, 5 % above",
        quantity="descent_diverges_above",
        statistic="share",
        paper=1.0,
        accept=exactly(1.0),
        control="descent_diverges_below",
        unit="share",
        source="LeCun, Bottou, Orr & Müller 1998, section 5.1",
        known="recalled",
        deviation="the control is 5 % below 2 / L",
    ),
    Claim(
        id="GD-3",
        title="gradient descent overshoots between 1 / L and 2 / L: share of its first steps that turn back",
        quantity="overshoot_share",
        statistic="every",
        paper=1.0,
        accept=exactly(1.0),
        control="overshoot_share_small_rate",
        unit="share",
        source="LeCun, Bottou, Orr & Müller 1998, section 5.1",
        known="recalled",
        deviation="along the direction of largest curvature, rate 1.5 / L; the control has rate .5 / L",
    ),
    Claim(
        id="MPAP-1",
        title="parity of 10 inputs is the sum of its masks times (-2)^(k - 1): largest error over all inputs",
        quantity="parity_error",
        statistic="every",
        paper=0,
        accept=exactly(0),
        control="parity_error_without_full_mask",
        unit="parity",
        source="Minsky & Papert 1969, section 10.1",
        known="computed",
    ),
    Claim(
        id="MPAP-2",
        title="order of the parity of 10 inputs: size of the smallest mask that correlates with it",
        quantity="parity_order",
        statistic="every",
        paper=10,
        accept=exactly(10),
        control=None,
        unit="inputs",
        source="Minsky & Papert 1969, theorem 3.1.1",
        known="recalled",
    ),
)
