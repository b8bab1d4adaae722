"""LeCun et al. 1998: LeNet-5 reads MNIST, its training images distorted.

Paper: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition",
Proceedings of the IEEE 86, 2278-2324, 1998, section III.B: trained with 540,000 distorted images besides the 60,000, by
random planar affine maps, LeNet-5 misreads .8 % of the test digits.

Command: python -m research data prepare mnist, then python -m research run lenet5_mnist_distorted

Assumptions, where the paper is silent or not known to us in full:
- Digits: MNIST as it is distributed, 28 x 28, in a frame of two pixels of background.
- First weights: uniform in +-2.4 / sqrt(F), F the fan-in. With the paper's +-2.4 / F the outputs of F6 start near 0,
  the curvature found there is that of a flat place, and the rates of the first pass drive every unit of F6 to its
  limit: the training loss stays above that of a network that answers nothing.
- Rule: rate eta / (mu + h), eta = .0005 for two passes, .0002 for three, .0001 for three, .00005 for four, then .00001;
  h by the paper's recursion on the first 500 training digits, before each pass. mu = .3 for the paper's .02: of .1,
  .3, 1 and 3 the one with the lowest training loss in the third pass. With .02 the rates renewed before the second pass
  throw the network back to the loss that it began with. Nothing was chosen on test.
- Every layer up to F6 squashes by 1.7159 tanh(2a / 3), C1 and C3 too.
- Distortions: drawn anew for every image at every step, not nine times as many images once; their kinds are the
  paper's, their ranges ours, see `research/training/augmentation.py`.
- Codes of the output: drawn after the paper's description, see `research/models/lenet5_codes.py`.
- Loss: equation 9 with j = .1. An order of the training digits drawn anew each pass.

Time: not measured, above half an hour on 2 cores: 3 seeds of 20 passes at once and two passes of the control.
"""

from research.claims import Claim, binomial_interval
from research.experiments.lenet5_mnist import Config

EXPERIMENT = "lenet5_mnist"
CONFIG = Config(distortions="affine")
PART = "Learning from images"
SUITE = "long"
SEEDS = 3

PAPER = "LeCun et al. 1998, "
TRAINED = (
    "first weights +-2.4 / sqrt(F) for +-2.4 / F, mu = .3 for .02, codes of the digits and j assumed; the control, "
    "two passes through shuffled labels, answers one class to everything"
)

CLAIMS = (
    Claim(
        id="L98-1 distorted",
        title="test error after 20 passes through distorted images",
        quantity="test_error",
        statistic="mean",
        paper=0.8,
        accept=binomial_interval(0.8, 10000, 10000),
        control="test_error_shuffled",
        unit="%",
        source=PAPER + "section III.B and figure 9: LeNet-5 [dist]",
        known="read",
        deviation=TRAINED + "; ranges of the distortions ours",
    ),
)
