"""The search: Optax transformations as the papers define them, Optax's own wherever it has the rule."""

from research.optimizers.first_order import adagrad, adam, gradient_descent
from research.optimizers.second_order import newton_rates, per_weight_rates

__all__ = ["adagrad", "adam", "gradient_descent", "newton_rates", "per_weight_rates"]
