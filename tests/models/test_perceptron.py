import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.linear_model import Perceptron

from research.data import separable
from research.models import perceptron

XOR_X = jnp.array([[1.0, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1]])
XOR_Y = jnp.array([0.0, 1, 1, 0])
LEARN = jax.jit(perceptron.perceptron)
DESCEND = jax.jit(perceptron.gradient_descent)


@pytest.fixture(scope="module")
def examples():
    """A separable problem whose first label is 0, so that zero weights are wrong at once: 40 examples, 5 dimensions."""
    drawn = separable.problem(np.random.default_rng(3), 40, 5, 0.05, (40, 5))
    first = int(np.argmin(drawn.y))
    rows = np.r_[first, np.delete(np.arange(40), first)]
    return jnp.asarray(drawn.w), jnp.asarray(drawn.x[rows]), jnp.asarray(drawn.y[rows])


def learn(x, y, rate=1.0, w=None, most_passes=1000):
    w = jnp.zeros(x.shape[1]) if w is None else w
    return LEARN(w, x, y, rate, most_passes)


def test_one_step_by_hand():
    w, x = jnp.array([1.0, -2.0]), jnp.array([1.0, 1.0])
    after, mistake = perceptron.perceptron_step(w, x, jnp.array(1.0), 0.5)
    assert after.tolist() == [1.5, -1.5]
    assert bool(mistake)
    after, mistake = perceptron.perceptron_step(w, x, jnp.array(0.0), 0.5)
    assert after.tolist() == w.tolist()
    assert not bool(mistake)


def test_the_unit_fires_at_its_threshold():
    assert float(perceptron.predict(jnp.zeros(2), jnp.ones(2))) == 1


@pytest.mark.filterwarnings("ignore:Maximum number of iteration")
@pytest.mark.parametrize("passes", [1, 3])
def test_weights_are_those_of_scikit_learn(examples, passes):
    _, x, y = examples
    theirs = Perceptron(fit_intercept=False, shuffle=False, tol=None, max_iter=passes).fit(x, y)
    np.testing.assert_allclose(learn(x, y, most_passes=passes).weights, theirs.coef_[0], atol=1e-5)


def test_ends_separated_within_novikoffs_bound(examples):
    w, x, y = examples
    learned = learn(x, y)
    assert bool(learned.separated)
    assert float(perceptron.margin(learned.weights, x, y)) >= 0
    assert 0 < int(learned.mistakes) <= float(perceptron.novikoff_bound(w, x, y))


@pytest.mark.parametrize("d", [1, 3, 12])
def test_orthonormal_examples_attain_the_bound(d):
    x, y = jnp.eye(d), jnp.zeros(d)
    assert int(learn(x, y).mistakes) == float(perceptron.novikoff_bound(-jnp.ones(d), x, y)) == d


def test_margin_is_the_distance_to_the_plane():
    x, y, w = jnp.array([[3.0, 4.0], [-6.0, 0.0]]), jnp.array([1.0, 0.0]), jnp.array([0.0, 2.0])
    assert float(perceptron.margin(w, x, y)) == 0
    assert float(perceptron.margin(jnp.array([0.5, 0.0]), x, y)) == 3
    assert float(perceptron.novikoff_bound(jnp.array([0.5, 0.0]), x, y)) == 36 / 9
    assert float(perceptron.margin(jnp.zeros(2), x, y)) == 0


def test_the_bound_is_infinite_where_nothing_is_separated(examples):
    w, x, y = examples
    assert float(perceptron.novikoff_bound(-w, x, y)) == np.inf


@pytest.mark.parametrize("rate", [2.0**-6, 2.0**6])
def test_the_rate_scales_weights_from_zero_and_nothing_else(examples, rate):
    _, x, y = examples
    one, other = learn(x, y), learn(x, y, rate)
    assert int(other.mistakes) == int(one.mistakes)
    np.testing.assert_array_equal(other.weights, rate * one.weights)


def test_path_and_passes_count_the_same_mistakes(examples):
    _, x, y = examples
    learned = learn(x, y)
    order = jnp.tile(jnp.arange(len(x)), int(learned.passes))
    path = perceptron.perceptron_path(jnp.zeros(x.shape[1]), x, y, 1.0, order)
    moved = np.any(np.diff(path, axis=0, prepend=np.zeros((1, x.shape[1]))) != 0, axis=1)
    assert moved.sum() == int(learned.mistakes)
    np.testing.assert_allclose(path[-1], learned.weights, rtol=1e-6)


def test_gives_up_after_most_passes():
    learned = learn(XOR_X, XOR_Y, most_passes=7)
    assert int(learned.passes) == 7
    assert not bool(learned.separated)


def test_one_class_is_learned():
    assert bool(learn(XOR_X, jnp.zeros(4)).separated)


def test_all_weights_that_xor_can_reach_are_few_and_none_is_right():
    """The cycling theorem for XOR, by enumeration: every order of examples, from zero weights."""
    x, y = np.asarray(XOR_X).astype(int), np.asarray(XOR_Y).astype(int)
    reached, frontier = {(0, 0, 0)}, [(0, 0, 0)]
    while frontier:
        w = frontier.pop()
        errors = y - (x @ w >= 0)
        assert errors.any()
        after = {tuple(int(v) for v in np.add(w, e * row)) for e, row in zip(errors, x, strict=True)} - reached
        reached |= after
        frontier.extend(after)
        assert len(reached) < 1000
    path = perceptron.perceptron_path(
        jnp.zeros(3), XOR_X, XOR_Y, 1.0, jax.random.randint(jax.random.key(0), (500,), 0, 4)
    )
    assert {tuple(row) for row in np.asarray(path).astype(int).tolist()} <= reached


def test_descent_ends_at_the_least_squares(examples):
    _, x, y = examples
    expected = np.linalg.lstsq(np.asarray(x), np.asarray(y), rcond=None)[0]
    rate = 1 / perceptron.curvature(x)[0]
    w, steps, ratio = DESCEND(jnp.zeros(5), x, y, rate, 1e-5, 10_000)
    np.testing.assert_allclose(w, expected, atol=1e-4)
    assert float(ratio) <= 1e-5
    assert int(steps) < 10_000


@pytest.mark.parametrize(("relative", "diverges"), [(1.9, False), (2.1, True)])
def test_descent_diverges_beyond_two_over_the_curvature(examples, relative, diverges):
    _, x, y = examples
    rate = relative / perceptron.curvature(x)[0]
    _, _, ratio = DESCEND(jnp.zeros(5), x, y, rate, 1e-3, 10_000)
    assert (float(ratio) > 1) == diverges


def test_descent_stands_still_at_the_minimum():
    w, steps, ratio = DESCEND(jnp.zeros(3), XOR_X, jnp.zeros(4), 0.1, 1e-3, 10)
    assert w.tolist() == [0, 0, 0]
    assert (int(steps), float(ratio)) == (0, 0)


def test_descent_step_is_the_gradient_by_hand():
    w, x, y = jnp.array([2.0, 0.0]), jnp.array([[1.0, 1.0], [1.0, 3.0]]), jnp.array([1.0, 0.0])
    np.testing.assert_allclose(perceptron.descent_step(w, x, y, 0.1), [2 - 0.15, -0.35], rtol=1e-6)
    assert float(perceptron.squared_error(w, x, y)) == 2.5


def test_curvature_is_that_of_half_the_squared_error(examples):
    _, x, y = examples
    hessian = jax.hessian(lambda w: perceptron.squared_error(w, x, y) / 2)(jnp.ones(5))
    largest, direction = perceptron.curvature(x)
    np.testing.assert_allclose(hessian @ direction, largest * direction, atol=1e-5)
    np.testing.assert_allclose(largest, np.linalg.norm(hessian, 2), rtol=1e-5)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.ones(3), np.ones(3), r"shape \(n, d\)"),
        (np.ones((3, 2)), np.ones(4), r"not \(3, 2\) and \(4,\)"),
        (np.ones((3, 2)), np.ones((3, 1)), r"not \(3, 2\) and \(3, 1\)"),
        (np.ones((0, 2)), np.ones(0), "nothing to learn from"),
        (np.ones((2, 0)), np.ones(2), "nothing to learn from"),
        ([[1, 2], [3, np.nan]], [0, 1], "not finite in row 1"),
        ([[np.inf, 2], [3, 4]], [0, 1], "not finite in row 0"),
        (np.ones((2, 2)), [1, -1], "y holds -1"),
        (np.ones((2, 2)), [1, np.nan], "y holds nan"),
    ],
)
def test_examples_that_cannot_be_learned_are_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        perceptron.checked(x, y)


def test_checked_examples_are_float_arrays():
    x, y = perceptron.checked([[1, 2], [3, 4]], [True, False])
    assert (x.dtype, y.tolist()) == (jnp.float32, [1.0, 0.0])
