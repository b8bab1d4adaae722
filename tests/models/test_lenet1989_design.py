"""A local layer against loops over its units, and the range of its first weights."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from research.models import lenet1989_design
from research.models.local import LocalLayer


@pytest.mark.parametrize(("size", "padding", "side"), [(3, 1, 16), (5, 2, 8), (2, 0, 7)])
def test_a_local_layer_unit_by_unit(size: int, padding: int, side: int) -> None:
    rng = np.random.default_rng(size)
    layer = LocalLayer(size=size, stride=2, padding=padding, fill=-1.0, kernel_init=jax.nn.initializers.normal())
    x = rng.normal(size=(side, side + 2, 3)).astype(np.float32)
    shapes = {
        name: leaf.shape
        for name, leaf in jax.eval_shape(layer.init, jax.random.key(0), jnp.asarray(x))["params"].items()
    }
    e, f = (side + 2 * padding - size) // 2 + 1, (side + 2 + 2 * padding - size) // 2 + 1
    assert shapes == {"weights": (size * size, 3, e * f), "biases": (e, f, 1)}
    params = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}

    padded = np.full((side + 2 * padding, side + 2 + 2 * padding, 3), -1.0)
    padded[padding : padding + side, padding : padding + side + 2] = x
    expected = params["biases"].astype(float)
    for i, j, r, s, c in np.ndindex(e, f, size, size, 3):
        expected[i, j, 0] += params["weights"][r * size + s, c, i * f + j] * padded[2 * i + r, 2 * j + s, c]
    np.testing.assert_allclose(layer.apply({"params": params}, jnp.asarray(x)), expected, atol=1e-4)  # type: ignore[arg-type]


def test_first_weights_of_a_local_layer_go_by_the_fan_in_of_a_unit() -> None:
    model, shape = lenet1989_design.net4()
    params = jax.jit(model.init)(jax.random.key(0), jnp.zeros(shape))["params"]
    for layer, fan_in in (("H1", 9), ("H2", 50)):
        assert 0.8 * 2.4 / fan_in < float(jnp.abs(params[layer]["weights"]).max()) <= 2.4 / fan_in
