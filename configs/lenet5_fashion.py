"""Fashion-MNIST read by a network of two convolutions with pooling, as its authors' benchmark lists.

Paper: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
algorithms", 2017, and the table of benchmarks that its authors keep beside the data: networks of two convolutions with
pooling read .90 to .92 of the test images rightly.

Command: python -m research data prepare fashion_mnist, then python -m research run lenet5_fashion

Assumptions: the benchmark gives neither sizes nor rule; here
- 20 and 50 maps of 5 x 5, the largest of four after each, 500 units, softmax: LeNet as Caffe carries it;
- Adam on batches of 64 for 8 passes, its rate falling from .001 to 0 along a cosine; weights start as He et al. 2015.
Nothing was chosen on the test set.

Time: five minutes on 2 cores: 3 seeds of 8 passes at once, and one pass of the control.
"""

from research.claims import Claim, Within, exactly
from research.experiments.lenet_modern import Config

EXPERIMENT = "lenet_modern"
CONFIG = Config(data="fashion_mnist", maps=(20, 50), units=(500,), padding=0, passes=8)
PART = "Learning from images"
SUITE = "cpu"
SEEDS = 3

CLAIMS = (
    Claim(
        id="FASHION-1",
        title="images of clothes read rightly by two convolutions with pooling",
        quantity="test_accuracy",
        statistic="mean",
        paper=None,
        accept=Within(90.0, 92.0, "range of the authors' benchmark"),
        control="test_accuracy_shuffled",
        unit="%",
        source="Xiao, Rasul & Vollgraf 2017, the benchmark beside the data: .90 to .92",
        known="recalled",
        deviation="sizes and rule are ours; the control learns for one pass",
    ),
    Claim(
        id="FASHION-1 weights",
        title="free parameters of Caffe's LeNet, biases included",
        quantity="weights",
        statistic="every",
        paper=431080,
        accept=exactly(431080),
        control=None,
        unit="weights",
        source="Jia et al. 2014, Caffe's LeNet; Sze et al. 2017, table II: 431k",
        known="computed",
    ),
    Claim(
        id="FASHION-1 macs",
        title="multiplications with accumulation of one forward pass of Caffe's LeNet",
        quantity="macs",
        statistic="every",
        paper=2293000,
        accept=exactly(2293000),
        control=None,
        unit="MACs",
        source="Jia et al. 2014, Caffe's LeNet; Sze et al. 2017, table II: 2.3M",
        known="computed",
    ),
)
