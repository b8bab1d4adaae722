"""The cheap gradient: what derivatives cost on every network of the package, in costs of the network.

Papers: Baur & Strassen 1983, "The complexity of partial derivatives": a function and all its partial derivatives take
at most 5 times the operations of the function. Griewank & Walther 2008, "Evaluating derivatives": at most 3 to 4 times
for a gradient by reverse mode, 2 to 5/2 for the slope along one direction by forward mode, 7 to 10 for a Hessian-vector
product. Baydin, Pearlmutter, Radul & Siskind 2018, "Automatic differentiation in machine learning: a survey": less
than 6 for one sweep of either mode, typically 2 to 3.

Command: python -m research run cheap_gradient

What is counted: the operations of the program before it is compiled (`research.autodiff.cost`), so that no compiler and
no clock enters. The function is the squared error of one example, of all weights or of all inputs of the network; its
value counts as a part of each derivative. Every network that `describe` knows takes part, a new one too, and a
multi-layer perceptron of 784, 300, 100 and 10 units. Claims are on the worst of the networks, controls on the mildest
case of the whole gradient by forward sweeps; measurements.json holds each network's own figures, by names such as
gradient_weights_lenet5.

Assumptions: operations are those of `research.autodiff.cost`, each 1; Griewank & Walther weigh accesses of memory too.
Costs are of the networks as they are programmed: that of lenet1989 takes 111,660 multiplications and not the 63,660 of
its paper, since its tied weights are put in their places by a product with 0 and 1 (28,800), after which H2 multiplies
over all 12 maps of H1 and not over 8 (57,600 for 38,400). Its derivatives in the inputs do not repeat the first
product, and so come below twice the function.

Time: 5 s on 2 cores.
"""

from research.claims import Claim, at_most
from research.experiments.cheap_gradient import Config

EXPERIMENT = "cheap_gradient"
CONFIG = Config()
PART = "Differentiation"
SUITE = "quick"
SEEDS = 1

GRIEWANK = "Griewank & Walther 2008, "
UNWEIGHTED = "operations alone; the book's measure weighs accesses of memory too"
TANGENT = (
    f"{UNWEIGHTED}, of which a tangent shares some with its value. In operations a multiplication with accumulation, "
    "2, becomes 6 where both of its factors move (w x, w dx + x dw): 3 in the limit for weights in many layers"
)

CLAIMS = (
    Claim(
        id="CG-1",
        title="value and gradient in all weights by reverse mode, in costs of the loss: the dearest of the networks",
        quantity="largest_gradient_weights",
        statistic="worst",
        paper=4,
        accept=at_most(4, "the book's bound"),
        control="smallest_sweeps_weights",
        unit="ratio",
        source=GRIEWANK + "omega_grad in [3, 4]",
        known="read",
        deviation=f"{UNWEIGHTED}; the control is forward mode, one sweep a weight",
    ),
    Claim(
        id="CG-2",
        title="value and gradient in all inputs by reverse mode, in costs of the loss: the dearest of the networks",
        quantity="largest_gradient_inputs",
        statistic="worst",
        paper=4,
        accept=at_most(4, "the book's bound"),
        control="smallest_sweeps_inputs",
        unit="ratio",
        source=GRIEWANK + "omega_grad in [3, 4]",
        known="read",
        deviation=f"{UNWEIGHTED}; the control is forward mode, one sweep an input",
    ),
    Claim(
        id="CG-3",
        title="value and slope along one direction of the weights by forward mode: the dearest of the networks",
        quantity="largest_tangent_weights",
        statistic="worst",
        paper=2.5,
        accept=at_most(2.5, "the book's bound"),
        control="smallest_sweeps_weights",
        unit="ratio",
        source=GRIEWANK + "omega_tang in [2, 5/2]",
        known="recalled",
        deviation=TANGENT,
    ),
    Claim(
        id="CG-4",
        title="value and slope along one direction of the inputs by forward mode: the dearest of the networks",
        quantity="largest_tangent_inputs",
        statistic="worst",
        paper=2.5,
        accept=at_most(2.5, "the book's bound"),
        control="smallest_sweeps_inputs",
        unit="ratio",
        source=GRIEWANK + "omega_tang in [2, 5/2]",
        known="recalled",
        deviation=UNWEIGHTED,
    ),
    Claim(
        id="CG-5",
        title="CG-3's measurement against a second bound: a forward sweep costs less than 6 losses",
        quantity="largest_tangent_weights",
        statistic="worst",
        paper=6,
        accept=at_most(6, "the survey's bound"),
        control="smallest_sweeps_weights",
        unit="ratio",
        source="Baydin et al. 2018, section 3.2: c < 6, typically 2 to 3",
        known="read",
    ),
    Claim(
        id="CG-6",
        title="value, gradient and Hessian-vector product in the weights: the dearest of the networks",
        quantity="largest_second_weights",
        statistic="worst",
        paper=10,
        accept=at_most(10, "the book's bound"),
        control="smallest_hessian_weights",
        unit="ratio",
        source=GRIEWANK + "second-order adjoints in [7, 10]",
        known="recalled",
        deviation=f"{UNWEIGHTED}; the control is a product a weight, the whole Hessian",
    ),
)
