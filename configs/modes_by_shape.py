"""Forward or reverse mode: the Jacobian of a function of n inputs and m outputs, n and m from 1 to 512.

Paper: Baydin, Pearlmutter, Radul & Siskind 2018, "Automatic differentiation in machine learning: a survey", JMLR 18,
section 3.2: for f of n inputs and m outputs forward mode takes n c ops(f), reverse mode m c ops(f), with c < 6 and
typically 2 to 3; so forward mode is to be preferred where n is much smaller than m, reverse mode where it is larger.

Theory, written down before anything was counted: a tangent beside a shared value costs 1 to 3/2 times f, a cotangent 1
to 3 times (Griewank & Walther 2008, section 4: with the value 2 to 5/2 and 3 to 4; 1 where every product is with a
constant). So the modes cross at a constant n / m between 2/3 and 3. Here every product is with a constant, and a
transposed product costs what the product costs: a cotangent costs what a tangent does, and they cross at n = m.

Command: python -m research run modes_by_shape

Assumptions: y = tanh(V tanh(W x)) with a middle width h such that h (n + m) is 8,192 at every shape: f costs the same
everywhere and the map shows sweeps. Modes are batched (`jax.jacfwd`, `jax.jacrev`), all sweeps beside one value.
Operations are counted before the compiler rewrites the program. The controls take one side of the shape away: the sum
of the outputs needs one cotangent, one number at all inputs needs one tangent; they are counted on the shapes of
1, 16 and 256. Times stand in the figure and in the metrics; no claim rests on them.

Time: 5 s on 2 cores, most of it tracing.
"""

from research.claims import Claim, Within, at_most, exactly
from research.experiments.modes_by_shape import Config

EXPERIMENT = "modes_by_shape"
CONFIG = Config()
PART = "Differentiation"
SUITE = "quick"
SEEDS = 1

HALF = len(CONFIG.sizes) * (len(CONFIG.sizes) - 1) // 2
SURVEY = "Baydin et al. 2018, section 3.2"
SUMMED = "the control sums the outputs, so that m does not enter"

CLAIMS = (
    Claim(
        id="MODES-1",
        title=f"forward mode needs fewer operations than reverse mode where n <= m / 2: share of {HALF} shapes",
        quantity="forward_wins",
        statistic="every",
        paper=1.0,
        accept=exactly(1.0),
        control="forward_wins_one_output",
        unit="share",
        source=SURVEY,
        known="read",
        deviation=SUMMED,
    ),
    Claim(
        id="MODES-2",
        title=f"reverse mode needs fewer operations than forward mode where n >= 2 m: share of {HALF} shapes",
        quantity="reverse_wins",
        statistic="every",
        paper=1.0,
        accept=exactly(1.0),
        control="reverse_wins_one_input",
        unit="share",
        source=SURVEY,
        known="read",
        deviation="the control has one number at all inputs, so that n does not enter",
    ),
    Claim(
        id="MODES-3",
        title="the modes cross on a line n ~ m: slope of log n over log m",
        quantity="crossing_slope",
        statistic="every",
        paper=1.0,
        accept=Within(0.9, 1.1, "proportion, within a tenth"),
        control="crossing_slope_one_output",
        unit="slope",
        source=SURVEY,
        known="read",
        deviation=SUMMED,
    ),
    Claim(
        id="MODES-4",
        title="where the modes cross: n / m, geometric mean over m",
        quantity="crossing_ratio",
        statistic="every",
        paper=1.0,
        accept=Within(2 / 3, 3.0, "a tangent costs 1 to 3/2 f, a cotangent 1 to 3"),
        control="crossing_ratio_one_output",
        unit="n / m",
        source=f"{SURVEY}: the same c; Griewank & Walther 2008, section 4",
        known="recalled",
        deviation=SUMMED,
    ),
    Claim(
        id="MODES-5",
        title="on the diagonal n = m the modes are within a factor of two: largest |log2 of forward over reverse|",
        quantity="diagonal",
        statistic="every",
        paper=None,
        accept=at_most(1.0, "a factor of two"),
        control="diagonal_one_output",
        unit="log2",
        source=SURVEY,
        known="read",
        deviation=SUMMED,
    ),
    Claim(
        id="MODES-6",
        title=f"operations of both Jacobians by hand: largest difference of the count, {len(CONFIG.sizes) ** 2} shapes",
        quantity="formula_difference",
        statistic="every",
        paper=0,
        accept=exactly(0),
        control=None,
        unit="operations",
        source="algebra, from the network's products and slopes",
        known="computed",
        deviation="the columns of the identity, 2 k^2 operations or none for k = 1, are counted as JAX makes them",
    ),
)
