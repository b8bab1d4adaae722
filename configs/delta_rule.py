"""The delta rule: backpropagation by hand is the gradient, weight by weight and step by step.

Papers: Rumelhart, Hinton & Williams 1986, "Learning internal representations by error propagation" (Parallel
Distributed Processing 1, chapter 8) and "Learning representations by back-propagating errors" (Nature 323): a weight
changes by the rate times what its unit answers for times what it reads, and this follows the gradient of the error.
Mitchell 1997, "Machine learning", table 4.2, for the rule as an algorithm. Of XOR chapter 8 says that among hundreds of
trainings two ended in a local minimum, both with two hidden units.

Command: python -m research run delta_rule

What is measured, in float64: the changes of `research.autodiff.by_hand` against `jax.grad` on 120 random architectures
(24 a seed: 1 to 4 hidden layers, 1 to 12 units, logistic and tanh), for one example and for five at once; the weights
by both through the first 2,000 steps of learning XOR, one row at a time; how many of 100 first weights learn it. The
controls are two classic mistakes: the factor o (1 - o) left out, and responsibilities computed from weights that were
already changed; and, for learning, first weights that are the same in both hidden units.

Assumptions: the order of the rows, first weights uniform in +-.5, biases like weights, no momentum, 6,000 sweeps,
learnt where all four outputs lie on the right side of 1/2. An architecture with fewer units than 12 in a layer is held
in one of 12 with weights of 0. Architectures are compared one operation at a time, without a compiler. The bound of
1e-12 for one gradient is some 5,000 roundings of float64; that of 1e-10 for 2,000 steps leaves them room to add up and
to grow a hundredfold on the way.

Time: 6 s on 2 cores, half of it compilation.
"""

from research.claims import Claim, at_least, at_most
from research.experiments.delta_rule import Config

EXPERIMENT = "delta_rule"
CONFIG = Config()
PART = "Differentiation"
SUITE = "quick"
SEEDS = 5

RULE = 'Rumelhart, Hinton & Williams 1986, PDP 1, chapter 8, section "The generalized delta rule"'
ROUNDING = at_most(1e-12, "rounding of float64")
STEPS = at_most(1e-10, "2,000 steps of rounding")

CLAIMS = (
    Claim(
        id="DR-1",
        title="changes by hand are minus the gradient: largest relative difference, random architectures, one example",
        quantity="largest_by_hand",
        statistic="worst",
        paper=0,
        accept=ROUNDING,
        control="smallest_without_slope",
        unit="relative difference",
        source=RULE,
        known="computed",
        deviation="the control leaves out the factor o (1 - o)",
    ),
    Claim(
        id="DR-1.order",
        title="DR-1's measurement with a second control, responsibilities from weights already changed",
        quantity="largest_by_hand",
        statistic="worst",
        paper=0,
        accept=ROUNDING,
        control="smallest_changed_first",
        unit="relative difference",
        source="Mitchell 1997, table 4.2: all responsibilities come before any change",
        known="computed",
    ),
    Claim(
        id="DR-2",
        title="changes of five examples at once are minus the gradient of their sum: largest relative difference",
        quantity="largest_batch",
        statistic="worst",
        paper=0,
        accept=ROUNDING,
        control="smallest_without_slope",
        unit="relative difference",
        source=RULE,
        known="computed",
    ),
    Claim(
        id="DR-3",
        title="XOR by the rule and by the gradient: largest difference of a weight in 2,000 steps",
        quantity="xor_difference",
        statistic="worst",
        paper=0,
        accept=STEPS,
        control="xor_difference_changed_first",
        unit="weight",
        source=RULE,
        known="computed",
        deviation="the control takes responsibilities from weights that were already changed",
    ),
    Claim(
        id="DR-3.slope",
        title="DR-3's measurement with a second control, which leaves out the factor o (1 - o)",
        quantity="xor_difference",
        statistic="worst",
        paper=0,
        accept=STEPS,
        control="xor_difference_without_slope",
        unit="weight",
        source=RULE,
        known="computed",
    ),
    Claim(
        id="DR-4",
        title="XOR is learned with two hidden units: share of 100 first weights that get all four rows right",
        quantity="xor_learnt",
        statistic="mean",
        paper=0.98,
        accept=at_least(0.98, "at most two local minima among a hundred"),
        control="xor_learnt_equal_units",
        unit="share",
        source='Rumelhart, Hinton & Williams 1986, PDP 1, chapter 8, "The XOR problem": two among hundreds',
        known="recalled",
        deviation="the paper's two failures among hundreds, taken as .98; first weights, order and momentum of its "
        "trainings are not known to us; those that fail end "
        "in two local minima, of error 1/4 and 1/3, and stay there; in the control both hidden units start alike",
    ),
)
