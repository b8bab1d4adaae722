"""`differentiate`: counts against hand formulas, why a mode cannot be had, one line for every misuse, the figure."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from research.__main__ import main
from research.autodiff import products
from research.autodiff.cost import Cost, cost
from research.autodiff.rematerialised import in_segments
from research.autodiff.tracing import BadFunction
from research.commands import differentiate_figure
from research.commands import differentiate_modes as modes
from research.commands import differentiate_rows as rows
from research.commands.differentiate_subjects import Subject, subject
from research.commands.differentiate_table import conclusion, counted, fewest, figure, ratio, times
from research.models import mlp

MINE = """
import jax
import jax.numpy as jnp
import flax.linen as nn

a = 3
def cube(x=jnp.ones(2)): return (x**3).sum()
def loop(x=jnp.ones(3)): return jax.lax.while_loop(lambda c: (c < 3).all(), lambda c: c * 2, x)
@jax.custom_vjp
def own(x): return jnp.sin(x)
own.defvjp(lambda x: (own(x), x), lambda r, g: (g * jnp.cos(r),))
def custom(x=jnp.ones(3)): return own(x)
def settings(x=2.0, *, power=2): return x**power
def net(): return nn.Dense(2), (3,)
def boom(): raise SystemExit(0)
def ints(x=jnp.ones(3)): return x.astype(int)
def raises(x=jnp.ones(3)): raise KeyError("no such thing")
def shapes(x=jnp.ones(3), y=jnp.ones((2, 2))): return x @ y
def needs(x, y=1.0): return x
def whole(n=3): return n * 1.0
def three(): return 3
def text(mode="mean"): return 1.0
def empty(x=jnp.ones(0)): return x.sum()
"""
N, M = 5, 3


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return path


def dense() -> Subject:
    """One layer without hidden units: N M weights and M biases."""
    return Subject("dense", mlp.apply, mlp.init(jax.random.key(0), (N, M)), jnp.ones(N))


def compared(of: Subject, *words: str) -> dict[tuple[str, str], rows.Row]:
    """Section and label -> figures; "" is the plain function's."""
    found = {}
    for section in modes.sections(of, words):
        beside = rows.plain(section)
        found[section.name, ""] = beside
        found |= {(section.name, mode.label): rows.row(mode, section, beside) for mode in section.modes}
    return found


def costs(of: Subject) -> dict[tuple[str, str], Cost]:
    """The same without compiling anything: what is counted of each mode that there is."""
    found = {}
    for section in modes.sections(of, ()):
        for mode in (section.plain, *section.modes):
            if mode.word != "rematerialised":
                label = mode.label if mode.word else ""
                found[section.name, label] = cost(mode.f, *section.args).times(mode.times)
    return found


@pytest.fixture(scope="module")
def counts() -> dict[tuple[str, str], Cost]:
    return costs(dense())


@pytest.fixture(scope="module")
def of_dense() -> dict[tuple[str, str], rows.Row]:
    return compared(dense(), "reverse", "rematerialised", "forward", "differences", "forward-gradient")


def test_macs_are_those_of_the_formulas(counts: dict[tuple[str, str], Cost]) -> None:
    """Values N M; a tangent of the weights N M beside them, of the inputs N M alone; a row back to the inputs N M."""
    product, n = N * M, (N + 1) * M
    assert {key: cost.macs for key, cost in counts.items()} == {
        ("gradient", ""): product,
        ("gradient", "reverse"): 2 * product,
        ("gradient", "forward"): n * 2 * product,
        ("gradient", "central differences"): 2 * n * product,
        ("gradient", "forward gradient"): 2 * product,
        ("second", ""): product,
        ("second", "forward over reverse"): 2 * product,
        ("second", "reverse over forward"): 2 * product,
        ("second", "reverse over reverse"): 3 * product + M,  # and the inner product with what the biases' slopes are
        ("second", "Gauss-Newton"): 2 * product,
        ("jacobian", ""): product,
        ("jacobian", "reverse"): M * product,
        ("jacobian", "reverse, batched"): M * product,
        ("jacobian", "forward"): N * product,
        ("jacobian", "forward, batched"): N * product,
        ("jacobian", "linearized"): N * product,
        ("jacobian", "central differences"): 2 * N * product,
    }


def test_operations_are_those_of_the_formulas(counts: dict[tuple[str, str], Cost]) -> None:
    """Two a MAC, M for the biases; a loss of M values takes 3 M: differences, squares, their sum, a division."""
    product, values = 2 * N * M, 2 * N * M + M
    assert counts["jacobian", ""].operations == values
    assert counts["gradient", ""].operations == values + 3 * M
    assert counts["jacobian", "forward"].operations == N * product
    assert counts["jacobian", "reverse"].operations == M * product
    column = 2 * values + 3 * N + 2 * M  # step, x + step, x - step; then a difference and a division of the values
    assert counts["jacobian", "central differences"].operations == N * column


def test_the_rows_say_what_was_multiplied_and_what_is_an_estimate(of_dense: dict[tuple[str, str], rows.Row]) -> None:
    n = (N + 1) * M
    assert of_dense["gradient", "forward"].note == f"{n} sweeps; one measured, multiplied"
    assert of_dense["gradient", "central differences"].note == f"{2 * n} calls; two measured, multiplied"
    estimate = of_dense["gradient", "forward gradient"]
    assert f"off by {(n + 1) ** 0.5:.3g} |g|" in estimate.note
    assert not estimate.whole
    assert all(row.run > 0 and row.compile > 0 for row in of_dense.values() if row.possible)  # type: ignore[operator]


def test_the_conclusion_names_the_mode_with_the_fewest_operations(of_dense: dict[tuple[str, str], rows.Row]) -> None:
    of = dense()
    said = {}
    for section in modes.sections(of, ()):
        if section.name == "second":
            continue
        found = [row for (name, label), row in of_dense.items() if name == section.name and label]
        said[section.name] = conclusion(section, of, of_dense[section.name, ""], found)
    assert "Fewest operations: reverse, 1." in said["gradient"]
    assert f"{(N + 1) * M} sweeps" in said["gradient"]
    assert f"each value, {M}; forward for each input, {N}." in said["jacobian"]


def test_each_mode_computes_the_derivative_that_it_is_measured_for() -> None:
    """Along the drawn directions v and c all modes agree with those that give everything."""
    of = Subject("curved", lambda w, x: jnp.tanh(mlp.apply(w, x)), dense().weights, jnp.linspace(-1.0, 1.0, N))
    first, second, third = (computed(section) for section in modes.sections(of, ()))
    *_, v = modes.sections(of, ("reverse",))[0].args
    np.testing.assert_allclose(first["forward"], products.inner(first["reverse"], v), rtol=1e-5)
    np.testing.assert_allclose(first["central differences"], first["forward"], rtol=1e-2)  # float32: eps^(2/3) and h^2
    for label in ("reverse over forward", "reverse over reverse"):
        assert_equal_trees(second[label], second["forward over reverse"])
    section = modes.sections(of, ("forward",))[1]
    u, held, v, c = section.args
    jacobian = jax.jacfwd(lambda u: of.values(held, u))(u)
    expected = {"forward": jacobian @ v, "central differences": jacobian @ v, "reverse": c @ jacobian}
    for label, found in third.items():
        tolerance = 1e-2 if label == "central differences" else 1e-5
        np.testing.assert_allclose(found, expected.get(label, jacobian), tolerance, 1e-5)


def computed(section: modes.Section) -> dict[str, Any]:
    """What each mode gives, compiled together."""
    there = [mode for mode in section.modes if mode.word != "rematerialised"]
    return jax.jit(lambda *args: {mode.label: mode.f(*args) for mode in there})(*section.args)


def assert_equal_trees(a: Any, b: Any) -> None:
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), a, b)


def test_paths_are_counted_and_walked_where_they_are_few() -> None:
    sizes = (3, 4, 2)
    few = rows.along_paths(Subject("few", mlp.apply, mlp.init(jax.random.key(0), sizes), jnp.ones(3)))
    assert (few.operations, few.possible) == (2 * 3 * 4 * 2, True)
    assert few.run is not None
    many = rows.along_paths(
        Subject("many", mlp.apply, [{"weights": jnp.ones((50, 50)), "biases": jnp.ones(50)}] * 4, jnp.ones(50))
    )
    assert (many.operations, many.run) == (4 * 50**5, None)
    assert "not walked" in many.note
    assert not rows.along_paths(Subject("other", lambda w, x: w * x, jnp.ones(3), jnp.ones(3))).possible


def test_a_loop_is_rematerialised_in_segments() -> None:
    def f(w: Any, x: Any) -> Any:
        carry, ys = jax.lax.scan(lambda c, a: (jnp.tanh(w @ c + a), c.sum()), jnp.zeros(4), x)
        return jax.nn.relu(carry).sum() + ys.sum()

    w, x = jax.random.normal(jax.random.key(0), (4, 4)) / 2, jax.random.normal(jax.random.key(1), (36, 4))
    cut = in_segments(f, w, x)
    slopes = jax.jit(lambda w, x: (jax.grad(cut)(w, x), jax.grad(f)(w, x)))(w, x)
    np.testing.assert_allclose(*slopes, rtol=1e-5, atol=1e-5)
    found = compared(Subject("loop", lambda w, _: f(*w), (w, x), ()), "reverse", "rematerialised")
    less, more = found["gradient", "reverse, rematerialised"], found["gradient", "reverse"]
    assert less.macs == 4 * 36 * 4 * 4  # forward, once more, and two products back
    assert more.macs == 3 * 36 * 4 * 4
    assert less.memory is not None
    assert more.memory is not None
    assert less.memory < more.memory
    with pytest.raises(BadFunction, match="no scan"):
        in_segments(lambda x: jax.lax.scan(lambda c, a: (c + a, None), 0.0, x)[0], jnp.ones(7))


def test_what_a_function_allows(mine: Path) -> None:
    """A while loop goes forward only and is not counted; custom_vjp goes in reverse only."""
    loop = compared(subject(f"{mine}:loop"), "reverse", "forward")
    assert loop["jacobian", "reverse"].note == "a while loop goes forward only"
    assert not loop["gradient", "reverse"].possible
    forward = loop["jacobian", "forward"]
    assert (forward.operations, forward.possible) == (None, True)
    assert "uncounted: a while loop" in forward.note
    custom = compared(subject(f"{mine}:custom"), "reverse", "forward", "linearized")
    assert custom["jacobian", "reverse"].possible
    for label in ("forward", "linearized"):
        assert custom["jacobian", label].note == "custom_vjp goes in reverse only"


def test_what_is_too_large_is_counted_and_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    section = modes.sections(dense(), ("forward-batched",))[0]
    beside = rows.plain(section)
    for name, limit in (("MOST_SECONDS", 0.0), ("MOST_BYTES", -1)):
        with monkeypatch.context() as patch:
            patch.setattr(rows, name, limit)
            row = rows.row(section.modes[0], section, beside)
            assert (row.macs, row.run, row.memory) == (N * N * M, None, None)
            assert "not run: too large" in row.note


def test_the_command_prints_a_function_of_ones_own(mine: Path, tmp_path: Path, capsys: Any) -> None:
    drawn = tmp_path / "modes.png"
    words = ["differentiate", f"{mine}:cube", "--modes", "forward", "reverse", "--figure", str(drawn)]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert f"{mine}:cube: 1 value of 2 arguments" in " ".join(text.replace("\n", "").split("  "))
    assert "The gradient of its one value in its 2 arguments" in text
    assert "Jacobian" not in text
    assert "Fewest operations: " in text
    assert "Next: " in text
    with Image.open(drawn) as image:
        assert image.size[0] > 600


def test_a_network_of_ones_own_and_settings(mine: Path) -> None:
    net = subject(f"{mine}:net")
    assert (net.n, net.m, net.is_network) == (8, 2, True)
    settings = subject(f"{mine}:settings")
    assert (settings.n, settings.m, settings.has_targets) == (1, 1, False)


def test_a_model_of_the_package(capsys: Any) -> None:
    assert main(["differentiate", "net1", "--modes", "reverse", "paths"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "net1: 10 values, 2,570 weights" in text
    assert "no graph built: some 2,560 paths" in text  # ten outputs that read 256 pixels each


def test_the_figure_has_a_bar_a_mode_and_says_why_not(of_dense: dict[tuple[str, str], rows.Row]) -> None:
    sections = modes.sections(dense(), ("reverse", "rematerialised", "forward"))
    found = [(s, of_dense[s.name, ""], [of_dense[s.name, mode.label] for mode in s.modes]) for s in sections]
    drawn = differentiate_figure.draw("dense", found)
    assert isinstance(drawn, Figure)
    assert len(drawn.axes) == 3 * len(sections)
    operations = drawn.axes[0]
    assert operations.get_xscale() == "log"
    assert len(operations.patches) == 2  # rematerialised has none, and its row says why
    assert "no scan to cut into parts" in [text.get_text() for text in operations.texts]


def test_numbers_as_they_are_shown() -> None:
    assert [times(x) for x in (0.5, 12.34, 25107.4, 3e9)] == ["0.50 x", "12.3 x", "25,107 x", "3.00e9 x"]
    assert [figure("run", x) for x in (None, 0.0, 2e-9, 5e-5, 90.0, 7200.0)] == [
        *("-", "0.00 ns", "2.00 ns", "50.0 µs", "1.50 min", "2.00 h")
    ]
    assert [figure("memory", x) for x in (0, 9_999, 36_672)] == ["0 B", "9,999 B", "36.7 kB"]
    assert [figure("macs", x) for x in (9_999, 5.71e9)] == ["9,999", "5.71 G"]
    assert [counted(n, "sweep") for n in (1, 9760)] == ["1 sweep", "9,760 sweeps"]
    assert ratio("memory", rows.Row("", "", "", memory=8), rows.Row("", "", "", memory=0)) is None
    assert fewest([rows.Row("paths", "", "", operations=1, whole=False), rows.Row("reverse", "", "")]) is None


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["lenet1998"], "did you mean 'lenet1989'?"),
        (["FILE"], "name its function too"),
        (["FILE:cuve"], ":cube'?"),
        (["FILE:a"], "is int, and no function"),
        (["none.py:f"], "there is no file none.py"),
        (["no.such:f"], "cannot be imported: ModuleNotFoundError"),
        ([":f"], "FILE.py:FUNCTION or MODULE:FUNCTION"),
        (["jax.numpy:sin"], "no value for its arguments x; give each a default"),
        (["builtins:int"], "is type"),
        (["FILE:boom"], "mine.py:boom: leaves Python"),
        (["FILE:ints"], "returns int32: there is no derivative"),
        (["FILE:raises"], "KeyError: 'no such thing'"),
        (["FILE:shapes"], "shapes on float32[3], float32[2,2]: TypeError"),
        (["FILE:needs"], "no value for its arguments x"),
        (["FILE:whole"], "only floating-point ones have derivatives"),
        (["FILE:three"], "it must return (network, weights, x)"),
        (["FILE:text"], "no array, number or tree"),
        (["FILE:empty"], "at least one of each"),
        (["FILE:cube", "--modes", "forwrd"], "did you mean 'forward'?"),
        (["FILE:cube", "--modes", "paths"], "add reverse"),
        (["FILE:cube", "--figure", "modes.gif"], "its name must end in"),
    ],
)
def test_differentiating_what_cannot_be_is_one_line(words: list[str], wanted: str, mine: Path, capsys: Any) -> None:
    assert main(["differentiate", *(word.replace("FILE", str(mine)) for word in words)]) == 2
    printed = capsys.readouterr()
    assert wanted in printed.err
    assert printed.err.strip().count("\n") == 0
    assert printed.out == ""


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, capsys: Any) -> None:
    for content, wanted in (
        ("import no_such_module", "ModuleNotFoundError"),
        ("def f(", "SyntaxError"),
        ("1/0", "Zero"),
    ):
        (tmp_path / "broken.py").write_text(content)
        assert main(["differentiate", f"{tmp_path / 'broken.py'}:f"]) == 2
        error = capsys.readouterr().err.strip()
        assert wanted in error
        assert "\n" not in error


def test_help_shows_two_examples_and_every_mode(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        main(["differentiate", "--help"])
    text = capsys.readouterr().out
    assert text.count("python -m research differentiate ") >= 3  # the usage, and two examples
    assert all(word in text for word in modes.WORDS)
