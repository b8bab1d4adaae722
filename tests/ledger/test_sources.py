"""What an experiment reaches, on the real ones: the rules that they run, and nothing else."""

import inspect
from pathlib import Path

import pytest

from research.experiments import entry
from research.ledger.sources import reached


def names(config: str) -> set[str]:
    return set(reached(Path(inspect.getfile(entry(config).experiment))))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("config", "used"),
    [
        ("lecun1989_zip", "research.optimizers.second_order.newton_rates"),
        ("lecun1989_zip", "research.models.initial_weights.lecun_uniform"),
        ("lecun1989_zip", "research.models.lenet1989.connections"),
        ("lecun1989_zip", "research.models.convolution.TiedLayer"),
        ("lecun1989_zip", "research.models.activations.scaled_tanh"),
        ("lecun1989_zip", "research.models.neighbours.nearest"),
        ("lecun1989_zip", "research.models.linear.with_ones"),
        ("lecun1989_zip", "research.training.batches.in_order"),
        ("digits_quick", "research.training.batches.shuffled"),
        ("digits_quick", "research.training.batches._shuffled"),
        ("digits_quick", "research.training.evaluation.split_batches"),
        ("digits_quick", "research.training.step.batch_gradient_step"),
        ("digits_quick", "research.models.mlp.init"),
        ("digits_quick", "research.optimizers.first_order.adam"),
        ("digits_quick", "research.losses.cross_entropy"),
        ("threshold_units", "research.models.threshold.threshold_functions"),
        ("threshold_units", "research.data.separable.problems"),
        ("threshold_units", "research.experiments.threshold_units_rates.descent_steps"),
    ],
)
def test_a_rule_that_is_run_counts(config: str, used: str) -> None:
    assert used in names(config)


@pytest.mark.parametrize(
    ("config", "unused"),
    [
        ("digits_quick", "research.optimizers.second_order.newton_rates"),
        ("digits_quick", "research.models.lenet1989.LeNet1989"),
        ("lecun1989_zip", "research.optimizers.first_order.adam"),
        ("lecun1989_zip", "research.losses.cross_entropy"),
    ],
)
def test_a_neighbour_of_a_rule_does_not(config: str, unused: str) -> None:
    assert unused not in names(config)


def test_what_judges_carries_or_draws_does_not() -> None:
    found = names("digits_quick") | names("threshold_units") | names("lecun1989_zip")
    for word in ("_figures", ".claims", ".checkpoints", ".loop", ".ledger"):
        assert not {name for name in found if word in name}
