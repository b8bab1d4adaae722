import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from research.models import threshold

TRUTH = {"AND": lambda x: x.all(axis=1), "OR": lambda x: x.any(axis=1), "NOT": lambda x: ~x[:, 0]}


@pytest.mark.parametrize("name", TRUTH)
def test_gates_have_their_truth_tables(name):
    pitts, linear = threshold.gate(name)
    x = threshold.inputs(pitts.excitatory.shape[0])
    expected = TRUTH[name](np.asarray(x))
    assert [bool(threshold.mcculloch_pitts(pitts, row)) for row in x] == expected.tolist()
    assert [bool(threshold.linear_threshold(linear, row)) for row in x] == expected.tolist()


def test_one_inhibitory_input_silences_any_excitation():
    unit = threshold.McCullochPitts(jnp.array([True] * 4 + [False]), jnp.array([False] * 4 + [True]), jnp.array(1))
    assert bool(threshold.mcculloch_pitts(unit, jnp.array([True] * 4 + [False])))
    assert not bool(threshold.mcculloch_pitts(unit, jnp.array([True] * 5)))


def test_inputs_are_the_bits_of_their_row():
    x = np.asarray(threshold.inputs(3))
    assert [sum(int(bit) << i for i, bit in enumerate(row)) for row in x] == list(range(8))
    with pytest.raises(ValueError, match="at least one input"):
        threshold.inputs(0)


def test_code_is_the_table_read_as_a_number():
    table = np.random.default_rng(0).random(32) < 0.5
    assert int(threshold.code(jnp.asarray(table))) == sum(int(bit) << r for r, bit in enumerate(table))


def test_the_five_functions_that_absolute_inhibition_misses():
    nand, if_b_then_a, if_a_then_b, xor, xnor = 0b0111, 0b1011, 0b1101, 0b0110, 0b1001
    missed = set(range(16)) - set(threshold.mcculloch_pitts_functions(2).tolist())
    assert missed == {nand, if_b_then_a, if_a_then_b, xor, xnor}


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_absolute_inhibition_is_a_large_negative_weight(n):
    pitts = threshold.mcculloch_pitts_functions(n)
    assert np.isin(pitts, threshold.threshold_functions(n, n)).all()


def test_threshold_functions_are_closed_under_complement_and_exchange_of_inputs():
    functions = threshold.threshold_functions(3, 2)
    bits = functions[:, None] >> np.arange(8, dtype=np.uint32)[None, :] & 1
    x = np.asarray(threshold.inputs(3))
    for order in itertools.permutations(range(3)):
        rows = x[:, list(order)] @ [1, 2, 4]
        assert set((bits[:, rows] @ (1 << np.arange(8))).tolist()) == set(functions.tolist())
    assert set((0xFF - functions).tolist()) == set(functions.tolist())


def test_smaller_weights_miss_functions():
    assert len(threshold.threshold_functions(3, 1)) < 104


@pytest.mark.parametrize(("n", "largest"), [(0, 1), (6, 1)])
def test_tables_that_do_not_fit_are_refused(n, largest):
    with pytest.raises(ValueError, match=f"n = {n}"):
        threshold.threshold_functions(n, largest)
    with pytest.raises(ValueError, match=f"n = {n}"):
        threshold.mcculloch_pitts_functions(n)


def test_weights_without_room_are_refused():
    with pytest.raises(ValueError, match="largest_weight = 0"):
        threshold.threshold_functions(2, 0)


@pytest.mark.parametrize("n", [1, 3, 5])
def test_masks_sum_to_parity(n):
    x, coefficients = threshold.inputs(n), threshold.parity_coefficients(n)
    values = jax.vmap(threshold.mask_polynomial, (None, 0))(coefficients, x)
    np.testing.assert_array_equal(values, np.asarray(x).sum(axis=1) % 2)


def test_a_mask_is_the_product_of_its_inputs():
    x = np.array([True, False, True])
    subsets = [[i for i in range(3) if s >> i & 1] for s in range(8)]
    assert threshold.masks(jnp.asarray(x)).tolist() == [bool(np.prod(x[subset])) for subset in subsets]


def test_parity_coefficients_are_the_moebius_inversion_of_its_table():
    n, table = 4, [bin(row).count("1") % 2 for row in range(16)]
    inverse = [sum((-1) ** bin(s & ~t).count("1") * table[t] for t in range(2**n) if t & s == t) for s in range(2**n)]
    assert threshold.parity_coefficients(n).tolist() == inverse


@pytest.mark.parametrize("n", [1, 2, 5])
def test_only_the_full_mask_correlates_with_parity(n):
    assert threshold.parity_correlations(n).tolist() == [0] * (2**n - 1) + [(-1) ** n]
