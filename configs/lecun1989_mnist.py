"""Karpathy 2022: the zip-code network of 1989, and four steps of what was learnt in 33 years.

Paper: A. Karpathy, "Deep neural nets: 33 years ago and 33 years from now", 2022, with its code lecun1989-repro. Of
2,007 test digits are misread: 4.09 % by his reading of the paper; 4.38 % with a softmax; 3.59 % with AdamW; 2.19 % with
images moved by at most a pixel; 1.59 % with ReLU and dropout.

Command: python -m research data prepare mnist, then python -m research run lecun1989_mnist

Assumptions, where his texts are silent:
- Data: as his prepro.py, 7,291 and 2,007 digits of MNIST by numpy's legacy permutation, seed 1337, made 16 x 16 by
  bilinear interpolation. Whether train or test was drawn first is left to chance there; here train is.
- Steps 1 to 3: only the code of the last step is published; the others follow from its notes. The learning rate falls
  linearly over all passes of each step; output biases start at -1 in his reading of the paper, at 0 from the softmax
  on.
- Weights, moves and drops are drawn by other generators than his; three seeds for his one.

Time: about seven minutes on 2 cores: 3 seeds at once, 232 passes.
"""

from research.claims import Below, Claim, Within, at_most, binomial_interval
from research.experiments.lecun1989_mnist import Config

EXPERIMENT = "lecun1989_mnist"
CONFIG = Config()
PART = "Learning from images"
SUITE = "cpu"
SEEDS = 3

SOURCE = "Karpathy 2022, lecun1989-repro, "
DEVIATION = "other random numbers; that the training digits were drawn before the test digits is assumed"
UNPUBLISHED = DEVIATION + "; the step's code follows from the notes on it"
ROWS = (  # step, title, test error and training error in %, where they stand, deviation
    ("repro", "the network of 1989", 4.09, 0.62, "repro.py", DEVIATION),
    ("cross_entropy", "with a softmax", 4.38, 0.0, "modern.py, change 1", UNPUBLISHED),
    ("adamw", "and AdamW", 3.59, 0.0, "modern.py, change 2", UNPUBLISHED),
    ("shift", "and images moved by a pixel", 2.19, 1.70, "modern.py, change 3", UNPUBLISHED),
    ("modern", "and ReLU with dropout", 1.59, 1.47, "modern.py, change 4", DEVIATION),
)


def interval(percent: float, examples: int) -> Within:
    """The binomial interval; of no error in n examples the upper bound that holds with 95 %, 3 / n."""
    if percent:
        return binomial_interval(percent, examples, examples)
    return at_most(300 / examples, f"none of {examples}: 3 / {examples}")


CLAIMS = (
    *(
        Claim(
            id=f"L89-2 {step}{suffix}",
            title=f"{split} error: {title}",
            quantity=f"{split}_error_{step}",
            statistic="mean",
            paper=percent,
            accept=interval(percent, examples),
            control=f"{split}_error_untrained",
            unit="%",
            source=SOURCE + where,
            known="read",
            deviation=deviation,
        )
        for step, title, test, train, where, deviation in ROWS
        for split, suffix, percent, examples in (("test", "", test, 2007), ("train", " train", train, 7291))
    ),
    Claim(
        id="L89-2 modern < repro",
        title="33 years on, the same network misreads fewer test digits",
        quantity="test_error_modern",
        statistic="worst",
        paper=None,
        accept=Below("test_error_repro"),
        control="test_error_untrained",
        unit="%",
        source=SOURCE + "modern.py: 32 against 82 of 2,007, an ordering",
        known="read",
        deviation=DEVIATION,
    ),
)
