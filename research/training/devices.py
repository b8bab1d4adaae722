"""One step, three runners: on one device by jit, on several by pmap or by jit with shardings.

Of several processes each gives and gets its own copies, on its own devices (`jax.local_devices()`), and all make the
same calls in the same order. Only within a call do their devices work together; so what stands between the calls is
written as for one process.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from research.training.state import Batch
from research.training.step import Metrics, Reduce, Step, identity

Runner = Literal["jit", "pmap", "sharding"]
Devices = Sequence[Any]
"""Members of `jax.devices()`."""
AXIS = "devices"
EVERYWHERE = PartitionSpec()


Segment = Callable[[Any, Batch, Any], tuple[Any, Metrics]]
"""`segment(state, batches, data) -> (state, metrics)`: several steps; the metrics get a leading axis of steps."""
Distributed = Callable[[Any, Batch, Any], Any]
"""A function of (state, batch, data) whose examples the devices share and whose result is the same on each."""


def compile_segment(
    step: Step,
    runner: Runner | None = None,
    devices: Devices | None = None,
    loop: Literal["scan", "python"] = "scan",
) -> Segment:
    """A program that makes the steps of a segment without coming back to the host in between.

    The state that is handed in is given up: its buffers become the result's. Data lie on each device; give them placed
    (`replicate`), else each call moves them. A number of examples that the devices don't divide is padded and masked.

    Args:
        step: step(state, batch, data, reduce=...) -> (state, metrics), such as a `partial` of `gradient_step`.
        runner: jit (one device), pmap or sharding; by default pmap where there are several devices, else jit.
        devices: devices to use, of all processes; by default all.
        loop: scan compiles the loop, python compiles the step (faster for convolutions on a CPU).

    Returns:
        segment(state, batches, data), with batches (steps, examples) or (steps, seeds, examples).
    """
    if loop == "scan":
        return distribute(functools.partial(_scan, step), runner, devices, donate=True)
    one = distribute(step, runner, devices, donate=True)

    def segment(state: Any, batches: Batch, data: Any) -> tuple[Any, Metrics]:
        host = jax.tree.map(np.asarray, batches)
        data = replicate(data, chosen_devices(runner, devices)[1])
        several = []
        for number in range(len(host.mask)):
            state, metrics = one(state, jax.tree.map(lambda array, n=number: array[n], host), data)
            several.append(metrics)
        return state, jax.tree.map(lambda *values: jnp.stack(values), *several)

    return segment


def _scan(step: Step, state: Any, batches: Batch, data: Any, *, reduce: Reduce) -> tuple[Any, Metrics]:
    return jax.lax.scan(lambda s, batch: step(s, batch, data, reduce=reduce), state, batches)


def lower_step(step: Step, state: Any, batch: Batch, data: Any) -> jax.stages.Lowered:
    """The single step on one device, lowered and not compiled; arguments may be `jax.ShapeDtypeStruct`s."""
    return jax.jit(functools.partial(step, reduce=identity)).lower(state, batch, data)


def chosen_devices(runner: Runner | None, devices: Devices | None) -> tuple[Runner, list[Any]]:
    """The runner and the devices that it uses, those of a process side by side: jit takes the first of its process."""
    found = sorted(jax.devices() if devices is None else devices, key=lambda device: device.process_index)
    runner = runner or ("pmap" if len(found) > 1 else "jit")
    return runner, _own(found)[:1] if runner == "jit" else found


def replicate(tree: Any, devices: Devices | None = None) -> Any:
    """The tree with a copy of every leaf on each device of this process; leaves that lie there already don't move."""
    return jax.device_put(tree, NamedSharding(_mesh(_own(jax.devices() if devices is None else devices)), EVERYWHERE))


def _mesh(devices: Devices) -> Mesh:
    return Mesh(np.array(devices), (AXIS,))


def _own(devices: Devices) -> list[Any]:
    """Those of the devices that belong to this process."""
    return [device for device in devices if device.process_index == jax.process_index()]


def distribute(
    function: Callable[..., Any],
    runner: Runner | None = None,
    devices: Devices | None = None,
    donate: bool = False,
) -> Distributed:
    """Compiles function(state, batch, data, reduce=...): state and data on each device, the batch's last axis shared.

    Returns when the result is there: programs with collectives that overlap deadlock on virtual CPU devices.
    """
    runner, chosen = chosen_devices(runner, devices)
    call = _pmapped(function, chosen, donate) if runner == "pmap" else _sharded(function, chosen, donate)

    def run(state: Any, batch: Batch, data: Any) -> Any:
        result = call(replicate(state, chosen), pad(batch, len(chosen)), replicate(data, chosen))
        return jax.block_until_ready(result) if len(chosen) > 1 else result

    return run


def pad(batch: Batch, devices: int) -> Batch:
    """The batch with its last axis filled up to a multiple of the devices, by entries that the mask leaves out."""
    missing = -batch.indices.shape[-1] % devices
    widths = [(0, 0)] * (batch.indices.ndim - 1) + [(0, missing)]
    return jax.tree.map(lambda array: jnp.pad(array, widths), batch) if missing else batch


def _share(batch: Batch, devices: list[Any]) -> Batch:
    """This process's part of the batch, by its devices' places among all: (its devices, ..., examples of a device)."""
    own = [place for place, device in enumerate(devices) if device.process_index == jax.process_index()]

    def share(array: jax.Array) -> jax.Array:
        parts = array.reshape(*array.shape[:-1], len(devices), -1)
        parts = jnp.moveaxis(parts, -2, 0) if isinstance(parts, jax.Array) else np.moveaxis(parts, -2, 0)
        return parts if len(own) == len(devices) else parts[own[0] : own[-1] + 1]

    return jax.tree.map(share, batch)


def _pmapped(function: Callable[..., Any], devices: list[Any], donate: bool) -> Distributed:
    call = jax.pmap(
        functools.partial(function, reduce=functools.partial(jax.lax.psum, axis_name=AXIS)),
        axis_name=AXIS,
        in_axes=(None, 0, None),
        out_axes=None,  # type: ignore[arg-type]  # the modern form: one value, the same on each device
        devices=devices,
        donate_argnums=(0,) if donate else (),
    )
    return lambda state, batch, data: call(state, _share(batch, devices), data)


def _sharded(function: Callable[..., Any], devices: list[Any], donate: bool) -> Distributed:
    mesh = _mesh(devices)
    call = jax.jit(
        functools.partial(function, reduce=identity),
        out_shardings=NamedSharding(mesh, EVERYWHERE),
        donate_argnums=(0,) if donate else (),
    )

    def run(state: Any, batch: Batch, data: Any) -> Any:
        shared = PartitionSpec(*(None,) * (batch.indices.ndim - 1), AXIS)
        if len(_own(devices)) == len(devices):
            return call(state, jax.device_put(batch, NamedSharding(mesh, shared)), data)
        own = jax.tree.map(lambda part: np.concatenate(list(part), axis=-1), _share(batch, devices))
        own, specs = jax.device_put(own, NamedSharding(mesh.local_mesh, shared)), (EVERYWHERE, shared, EVERYWHERE)
        results = call(*multihost_utils.host_local_array_to_global_array((state, own, data), mesh, specs))
        return multihost_utils.global_array_to_host_local_array(results, mesh, EVERYWHERE)

    return run
