"""LeNet-5 as it is built now, on MNIST: rectified units, largest of four, softmax, Adam.

Paper: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition",
Proceedings of the IEEE 86, 2278-2324, 1998, section III.B: LeNet-5 misreads .95 % of the test digits after 20 passes.

Command: python -m research data prepare mnist, then python -m research run lenet_modern

The sizes of the maps and layers are the paper's; everything else is what has taken its place since:
- C3 reads all maps of S2, subsampling is the largest of four, units are rectified, the output is a softmax of ten
  logits: 61,706 weights for 60,000.
- Adam on batches of 64, its rate falling from .001 to 0 along a cosine; weights start as He et al. 2015.
Neither rate nor passes were chosen on the test set, nor on any other: they are the usual ones and the paper's.

Time: five minutes on 2 cores: 3 seeds of 20 passes at once, and one pass of the control.
"""

from research.claims import Claim, binomial_interval, exactly
from research.experiments.lenet_modern import Config

EXPERIMENT = "lenet_modern"
CONFIG = Config()
PART = "Learning from images"
SUITE = "cpu"
SEEDS = 3

PAPER = "LeCun et al. 1998, "

CLAIMS = (
    Claim(
        id="L98-1 modern",
        title="test error of LeNet-5 in its modern form after 20 passes",
        quantity="test_error",
        statistic="mean",
        paper=0.95,
        accept=binomial_interval(0.95, 10000, 10000),
        control="test_error_shuffled",
        unit="%",
        source=PAPER + "section III.B and figure 9",
        known="read",
        deviation="rectified units, largest of four, softmax, Adam; the control learns for one pass",
    ),
    Claim(
        id="L98-0 modern weights",
        title="free parameters of the modern form",
        quantity="weights",
        statistic="every",
        paper=61706,
        accept=exactly(61706),
        control=None,
        unit="weights",
        source="counted from the paper's sizes with full connections from S2 to C3 and a softmax",
        known="computed",
    ),
    Claim(
        id="L98-0 modern macs",
        title="multiplications with accumulation of one forward pass of the modern form",
        quantity="macs",
        statistic="every",
        paper=416520,
        accept=exactly(416520),
        control=None,
        unit="MACs",
        source="counted from the paper's sizes with full connections from S2 to C3 and a softmax",
        known="computed",
    ),
)
