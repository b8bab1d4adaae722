"""Counts of a network, layer by layer, from the shapes that go through it: units, weights, connections, MACs.

Nothing is computed or compiled: the network is traced on abstract arrays. Symbols are those of Sze et al. 2017, Table
I.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from research.models.convolution import FullConvolution, TiedLayer
from research.models.lenet5 import Convolution, Subsampling
from research.models.local import LocalLayer

BATCH_LAST = (Convolution, FullConvolution, Subsampling)
KNOWN = (TiedLayer, LocalLayer, nn.Conv, nn.Dense, *BATCH_LAST)


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer with weights, for one example (N = 1).

    Args:
        name: the module's name.
        C: input channels that a unit reads, the mean where units read several numbers of channels.
        H: height of the input plane.
        W: width of the input plane.
        M: output channels (feature maps, or units of a fully connected layer).
        R: height of the filter.
        S: width of the filter.
        E: height of the output plane.
        F: width of the output plane.
        stride: distance between receptive fields.
        weights: free parameters, biases included.
        biases: those of them that are biases.
    """

    name: str
    C: int | float
    H: int
    W: int
    M: int
    R: int
    S: int
    E: int
    F: int
    stride: int
    weights: int
    biases: int

    @property
    def units(self) -> int:
        """E F M."""
        return self.E * self.F * self.M

    @property
    def macs(self) -> int:
        """Multiplications with accumulation: E F M R S C, those with padding included."""
        return round(self.units * self.R * self.S * self.C)

    @property
    def connections(self) -> int:
        """Links into the units, each with its bias as one more: MACs + units (LeCun et al. 1989, section 3.3)."""
        return self.macs + (self.units if self.biases else 0)


def layers(model: nn.Module, shape: tuple[int, ...]) -> list[Layer]:
    """The layers of a network that have weights, in the order in which an example of `shape` meets them.

    Raises:
        ValueError: the network has parameters in a layer of a kind that is not known here.
    """
    found: list[Layer] = []

    def note(call: Any, args: Any, kwargs: Any, context: nn.module.InterceptorContext) -> Any:
        result = call(*args, **kwargs)
        if context.method_name == "__call__" and isinstance(context.module, KNOWN):
            found.append(_layer(context.module, args[0].shape, result.shape))
        return result

    with nn.intercept_methods(note):
        variables = jax.eval_shape(model.init, jax.random.key(0), jax.ShapeDtypeStruct(shape, jnp.float32))
    counted, total = sum(layer.weights for layer in found), _size(variables["params"])
    if counted != total:
        raise ValueError(f"{type(model).__name__}: {total - counted} parameters lie outside its known layers")
    return found


def _pair(sides: int | Sequence[int]) -> tuple[int, int]:
    return (sides, sides) if isinstance(sides, int) else (sides[0], sides[-1])


def _size(tree: Any) -> int:
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(tree))


def _layer(module: nn.Module, below: tuple[int, ...], above: tuple[int, ...]) -> Layer:
    params = module.variables["params"]
    biases = _size({name: p for name, p in params.items() if name in ("bias", "biases")})
    name, weights = module.name or type(module).__name__, _size(params)
    if isinstance(module, nn.Dense):
        return Layer(name, below[-1], 1, 1, above[-1], 1, 1, 1, 1, 1, weights, biases)
    if isinstance(module, BATCH_LAST):
        maps, e, f, _ = above
        size, stride = (2, 2) if isinstance(module, Subsampling) else (module.size, getattr(module, "stride", 1))
        read = (weights - biases) / (maps * (1 if isinstance(module, Subsampling) else size**2))
        read = int(read) if read.is_integer() else read
        return Layer(name, read, below[1], below[2], maps, size, size, e, f, stride, weights, biases)
    if isinstance(module, TiedLayer | LocalLayer):
        height, width, channels = below
        read = len(module.inputs[0]) if isinstance(module, TiedLayer) else channels
        size, stride = (module.size, module.size), module.stride
    else:
        assert isinstance(module, nn.Conv)
        height, width, channels = below[-3:]
        read, size = channels // module.feature_group_count, _pair(module.kernel_size)
        stride = _pair(module.strides or 1)[0]
    e, f, maps = above[-3:]
    return Layer(name, read, height, width, maps, size[0], size[1], e, f, stride, weights, biases)
