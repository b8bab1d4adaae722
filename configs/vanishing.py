"""Vanishing gradients: how activations and laws of first weights scale the gradient from layer to layer.

Papers: Hochreiter 1991 and Bengio, Simard & Frasconi 1994: through layers or steps the gradient shrinks or grows like a
power, and with sigmoid units, of slope at most 1/4, it shrinks. Glorot & Bengio 2010, "Understanding the difficulty of
training deep feedforward neural networks": weights of the usual law, n Var(w) = 1/3, scale the variance of the gradient
by 1/3 a layer, those of theirs keep it. He et al. 2015, "Delving deep into rectifiers": rectified units halve it, so
that weights need n Var(w) = 2; 30 layers with Xavier's law stall, where theirs converge; the fixed deviation .01 of
VGG's model B shrinks the gradient from its tenth convolution to its second by 1 / (5.9 x 4.2^2 x 2.9^2 x 2.1^4) = 1 /
(1.7 x 10^4). Pascanu, Mikolov & Bengio 2013: through T steps by at most (gamma sigma)^T, gamma the largest slope of the
activation, sigma the largest singular value of the recurrent weights.

Command: python -m research run vanishing

What is measured: norms of the gradient at each of 50 layers of 256 units, one random input and one random gradient at
the end for each seed; factors are means over the last 30 layers, where the sums have settled. Rows of the bound: 32
recurrent units, 50 steps, 3 activations and 3 values of sigma a seed, the worst step. Nothing is trained.

Assumptions: no biases; all weights are normal, also where the law is uniform, since only the variance enters; Xavier's
law is Glorot's with as many units above as below, n Var(w) = 1. 5 % on a factor of the variance is three standard
deviations of one network: sqrt(2 / 256 / 30) = 1.6 %.

Time: 5 s on 2 cores, half of it compilation.
"""

from research.claims import Claim, Within, at_most, printed
from research.experiments.vanishing import Config

EXPERIMENT = "vanishing"
CONFIG = Config()
PART = "Differentiation"
SUITE = "quick"
SEEDS = 5

HE = "He et al. 2015, section 2.2, "
FACTOR_THREE = 1.585  # doublings: log2 3
FIVE_PERCENT = "5 %, three standard deviations of one network"
NORMAL = "weights normal, not uniform: only their variance enters"

CLAIMS = (
    Claim(
        id="INIT-2",
        title="30 rectified layers with Xavier's law halve the gradient's variance 30 times: doublings of its norm",
        quantity="doublings_relu_Glorot",
        statistic="mean",
        paper=-15,
        accept=Within(-15 - FACTOR_THREE, -15 + FACTOR_THREE, "2^-15, within a factor of 3"),
        control="doublings_relu_He",
        unit="doublings",
        source=HE + "eq. (14) with n Var(w) = 1",
        known="computed",
        deviation="layers of 256 units, nothing trained; mean of the logarithm over the seeds",
    ),
    Claim(
        id="INIT-2.He",
        title="30 rectified layers with He's law keep the gradient: doublings of its norm",
        quantity="doublings_relu_He",
        statistic="mean",
        paper=0,
        accept=Within(-FACTOR_THREE, FACTOR_THREE, "1, within a factor of 3"),
        control="doublings_relu_Glorot",
        unit="doublings",
        source=HE + "eq. (14)",
        known="computed",
        deviation="the networks of INIT-2, weights 2^(1/2) times as large: both are one measurement, 15 apart",
    ),
    *(
        Claim(
            id=f"INIT-1.{maps}",
            title=f"He's standard deviation for {maps} filters of 3 x 3",
            quantity=f"deviation_{maps}",
            statistic="every",
            paper=value,
            accept=printed(value, 3),
            control=f"deviation_{other}",
            unit="weight",
            source=HE + "comparison with VGG's model B",
            known="computed",
        )
        for maps, value, other in ((64, 0.059, 128), (128, 0.042, 256), (256, 0.029, 512), (512, 0.021, 256))
    ),
    Claim(
        id="INIT-1",
        title="5.9 x 4.2^2 x 2.9^2 x 2.1^4: He's deviations over .01, as printed, through nine convolutions",
        quantity="shrinking_printed",
        statistic="every",
        paper=17022.5,
        accept=printed(17022.5, 1),
        control="shrinking",
        unit="times",
        source=HE + "comparison with VGG's model B",
        known="computed",
        deviation="the control is the product of the deviations as they are, not rounded",
    ),
    Claim(
        id="INIT-1.measured",
        title="gradient through nine convolutions of 64 to 512 maps, He's deviations over .01: times as large",
        quantity="shrinking",
        statistic="every",
        paper=17000,
        accept=Within(16500, 17500, "rounds to 1.7 x 10^4"),
        control="shrinking_xavier",
        unit="times",
        source=HE + "comparison with VGG's model B",
        known="computed",
        deviation="by backpropagation, maps of 4 x 4, no pooling, one seed; rectifiers open alike at every scale, so "
        "that the ratio is that of the deviations; the control is Xavier's law in the place of .01",
    ),
    Claim(
        id="VAN-1",
        title="sigmoid layers with Glorot's law: factor a layer on the norm of the gradient, at most 1/4",
        quantity="factor_sigmoid_Glorot",
        statistic="worst",
        paper=0.25,
        accept=at_most(0.25, "largest slope of the sigmoid"),
        control="factor_tanh_Glorot",
        unit="factor",
        source="Hochreiter 1991; Bengio, Simard & Frasconi 1994",
        known="computed",
        deviation=NORMAL,
    ),
    Claim(
        id="VAN-2",
        title="the same factor over that of infinitely wide layers",
        quantity="factor_over_theory",
        statistic="mean",
        paper=1,
        accept=Within(0.95, 1.05, "5 % for 256 units"),
        control="factor_over_theory_tanh",
        unit="ratio",
        source="Schoenholz et al. 2017, eqs. (3) and (5)",
        known="computed",
        deviation="the control is the factor of tanh layers",
    ),
    Claim(
        id="GLO-1",
        title="tanh layers with the usual law: factor a layer on the variance of the gradient",
        quantity="variance_tanh_standard",
        statistic="mean",
        paper=0.3333,
        accept=Within(0.95 / 3, 1.05 / 3, FIVE_PERCENT),
        control="variance_tanh_Glorot",
        unit="factor",
        source="Glorot & Bengio 2010, eqs. (1), (6) and (15)",
        known="computed",
        deviation=NORMAL,
    ),
    Claim(
        id="GLO-2",
        title="tanh layers with Glorot's law: factor a layer on the variance of the gradient",
        quantity="variance_tanh_Glorot",
        statistic="mean",
        paper=1,
        accept=Within(0.95, 1.05, FIVE_PERCENT),
        control="variance_tanh_standard",
        unit="factor",
        source="Glorot & Bengio 2010, eqs. (12) and (16)",
        known="computed",
        deviation=NORMAL,
    ),
    Claim(
        id="RNN-1",
        title="gradient through t steps over (gamma sigma)^t: never above 1",
        quantity="gradient_over_bound",
        statistic="worst",
        paper=1,
        accept=at_most(1.0, "the bound"),
        control="gradient_over_bound_radius",
        unit="ratio",
        source="Pascanu, Mikolov & Bengio 2013, section 2.1, eq. (7)",
        known="recalled",
        deviation="the gradient in the worst direction; the control takes the spectral radius for sigma",
    ),
)
