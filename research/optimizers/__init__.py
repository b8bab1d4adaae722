"""The search: Optax transformations as the papers define them, Optax's own wherever it has the rule."""

from research.optimizers.adagrad import adagrad
from research.optimizers.dual_averaging import adagrad_da, rda
from research.optimizers.first_order import adadelta, adam, amsgrad, gradient_descent, momentum, nesterov
from research.optimizers.projected import projected_gradient
from research.optimizers.second_order import newton_rates, per_weight_rates

__all__ = [
    "adadelta",
    "adagrad",
    "adagrad_da",
    "adam",
    "amsgrad",
    "gradient_descent",
    "momentum",
    "nesterov",
    "newton_rates",
    "per_weight_rates",
    "projected_gradient",
    "rda",
]
