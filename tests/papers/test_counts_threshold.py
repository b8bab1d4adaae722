"""Counts of threshold functions, and a proof by linear programs that no larger weights would add one."""

import numpy as np
import pytest
from scipy.optimize import linprog

from research.models import threshold


@pytest.mark.parametrize(("n", "count"), [(1, 4), (2, 11), (3, 36)])
def test_functions_of_one_mcculloch_pitts_unit(n, count):
    assert len(threshold.mcculloch_pitts_functions(n)) == count


@pytest.mark.parametrize(("n", "largest", "count"), [(1, 1, 4), (2, 1, 14), (3, 2, 104), (4, 3, 1882), (5, 5, 94572)])
def test_functions_of_one_linear_threshold_unit(n, largest, count):
    assert len(threshold.threshold_functions(n, largest)) == count


@pytest.mark.parametrize(("n", "largest"), [(1, 1), (2, 1), (3, 2), (4, 3), (5, 5)])
def test_no_change_of_one_row_leaves_the_list(n, largest):
    """Exchanging inputs and negating them keeps a function threshold: one of each class is enough."""
    functions = threshold.threshold_functions(n, largest)
    flipped = np.unique([f ^ np.uint32(1 << row) for f in representatives(functions, n) for row in range(2**n)])
    outside = flipped[~np.isin(flipped, functions)]
    x = np.asarray(threshold.inputs(n)).astype(int)
    tables = (outside[:, None] >> np.arange(2**n, dtype=np.uint32)[None, :] & 1).astype(int)
    assert not any(unate(table, x) and separable(table, x) for table in tables)


def representatives(functions, n):
    """The functions whose influences (Chow's parameters) are neither negative nor ascending: one or more a class."""
    signs = 1 - 2 * np.asarray(threshold.inputs(n)).astype(int)
    bits = functions[:, None] >> np.arange(2**n, dtype=np.uint32)[None, :] & 1
    influence = -bits.astype(int) @ signs
    return functions[(influence >= 0).all(axis=1) & (np.diff(influence, axis=1) <= 0).all(axis=1)]


def unate(table, x):
    """Whether every input only ever raises the function, or only ever lowers it: every threshold function is so."""
    for i in range(x.shape[1]):
        change = table[x[:, i] == 1] - table[x[:, i] == 0]
        if change.min() < 0 < change.max():
            return False
    return True


def separable(table, x):
    """Whether real weights exist: s (w . x - theta) >= 1 at every row, s = +-1 the function's value."""
    sign = 2 * table - 1
    rows = -sign[:, None] * np.hstack([x, -np.ones((len(x), 1))])
    found = linprog(np.zeros(x.shape[1] + 1), A_ub=rows, b_ub=-np.ones(len(x)), bounds=(None, None))
    assert found.status in (0, 2), found.message
    return found.status == 0


def test_the_linear_program_finds_separable_tables_and_no_others():
    x = np.asarray(threshold.inputs(2)).astype(int)
    tables = np.arange(16)[:, None] >> np.arange(4)[None, :] & 1
    assert [separable(table, x) for table in tables] == [code not in (6, 9) for code in range(16)]
