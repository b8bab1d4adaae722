"""LeCun et al. 1989 as Karpathy read it in 2022: gradient descent on the zip-code network.

Paper: as `lecun1989_zip`; the reading is A. Karpathy's lecun1989-repro and its text "Deep neural nets: 33 years ago
and 33 years from now", 2022, which lacks the data and takes MNIST made smaller: .62 % and 4.09 % (45 and 82 misread)
after 23 passes.

Command: python -m research data prepare zip --from FOLDER, then python -m research run lecun1989_zip_karpathy

Assumptions of the reading: maps 0-3 of H2 read maps 0-7 of H1, maps 4-7 read 4-11, maps 8-11 read 0-3 and 8-11; tanh;
first weights uniform in +-2.4 / sqrt(F); gradient descent with rate .03, one example a step in constant order. Its
output biases start at -1; here all biases start at 0.

Time: two to three minutes on 2 cores: 5 seeds of 23 passes at once, and as many of the control.
"""

from research.claims import Claim, binomial_interval
from research.experiments.lecun1989_zip import Config

EXPERIMENT = "lecun1989_zip"
CONFIG = Config(
    scheme="thirds", activation="tanh", spread="root_fan_in", learning_rate=0.03, mu=1.0, curvature_examples=0
)
PART = "Learning from images"
SUITE = "cpu"
SEEDS = 5

DEVIATION = "the zip-code digits, which Karpathy did not have, for MNIST made smaller; output biases start at 0"
CLAIMS = (
    Claim(
        id="L89-K",
        title="test error of Karpathy's reading after 23 passes",
        quantity="test_error",
        statistic="mean",
        paper=4.09,
        accept=binomial_interval(4.09, 2007, 2007),
        control="test_error_shuffled",
        unit="%",
        source="Karpathy 2022, lecun1989-repro, repro.py: 82 of 2,007",
        known="read",
        deviation=DEVIATION,
    ),
    Claim(
        id="L89-K train",
        title="training error of Karpathy's reading after 23 passes",
        quantity="train_error",
        statistic="mean",
        paper=0.62,
        accept=binomial_interval(0.62, 7291, 7291),
        control="train_error_shuffled",
        unit="%",
        source="Karpathy 2022, lecun1989-repro, repro.py: 45 of 7,291",
        known="read",
        deviation=DEVIATION,
    ),
    Claim(
        id="L89-K paper",
        title="test error of the reading against the paper of 1989",
        quantity="test_error",
        statistic="mean",
        paper=5.0,
        accept=binomial_interval(5.0, 2007, 2007),
        control="test_error_shuffled",
        unit="%",
        source="LeCun et al. 1989, section 5: 102 of 2,007",
        known="read",
        deviation="gradient descent for Newton's method, tanh, wider first weights; pixels of the ESL edition",
    ),
)
