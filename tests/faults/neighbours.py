"""The helpers of the other tests (tiny data sets, small networks, fake entries) on the path, here and in children."""

import os
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
FOLDERS = [str(folder) for folder in (TESTS / "faults", TESTS / "data", TESTS / "training", TESTS / "ledger")]
PATH = [*FOLDERS, str(TESTS.parent)]
sys.path[:0] = [folder for folder in PATH if folder not in sys.path]


def environment(**more: str) -> dict[str, str]:
    """For a child: the same modules, one CPU device, quick compilation."""
    flags = "--xla_force_host_platform_device_count=1 --xla_backend_optimization_level=0"
    fixed = {"PYTHONPATH": os.pathsep.join(PATH), "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags, "MPLBACKEND": "Agg"}
    return os.environ | fixed | more
