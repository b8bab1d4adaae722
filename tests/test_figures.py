"""The shared pictures: what is drawn is what was given, at the sizes that occur."""

import json

import numpy as np
import pytest

from research import figures
from research.claims import Run


def panels(figure):
    """The panels in which something is drawn."""
    return [axes for axes in figure.axes if axes.images]


@pytest.fixture
def metrics(tmp_path):
    rows = [{"train": "network", "step": 10 * (n + 1), "test_error": error} for n, error in enumerate((0.5, 0.1, 0.0))]
    rows += [{"train": "control", "step": 10, "test_error": 0.9}, {"train": "network", "step": 40, "loss": 1.0}]
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_learning_draws_each_training_against_passes_and_the_paper_as_a_line(tmp_path, metrics):
    curves = {"test": ("network", "test_error"), "never ran": ("other", "test_error")}
    figure = figures.learning(metrics, curves, 10, "Title", paper={"Paper: 5 %": 5.0})
    (axes,) = figure.axes
    curve, empty, paper = axes.lines
    assert curve.get_xydata().tolist() == [[1, 50], [2, 10], [3, 0]]
    assert empty.get_xydata().tolist() == []
    assert list(paper.get_ydata()) == [5, 5]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["test, 0 in the end", "never ran"]
    assert [text.get_text() for text in axes.texts] == ["Paper: 5 %"]
    drawn = Run(tmp_path).figure("learning", figure)  # a logarithm of 0 must not warn
    assert drawn.stat().st_size > 1000
    assert "10" in [label.get_text() for label in axes.get_yticklabels()]  # and not 10 to the power of 1


@pytest.mark.parametrize(("count", "places"), [(1, 1), (12, 12), (13, 24)])
def test_filters_share_one_scale_around_0(count, places):
    weights = np.arange(-3.0, 9 * count - 3).reshape(3, 3, count)
    figure = figures.filters(weights, "H1")
    assert len(figure.axes) == places
    assert len(panels(figure)) == count
    limit = np.abs(weights).max()
    assert {axes.images[0].get_clim() for axes in panels(figure)} == {(-limit, limit)}
    np.testing.assert_array_equal(panels(figure)[-1].images[0].get_array(), weights[..., -1])


def test_filters_that_are_all_0_are_drawn():
    assert figures.filters(np.zeros((3, 3, 2)), "none").axes[0].images[0].get_clim() == (-1, 1)


@pytest.mark.parametrize(
    ("wrong", "shown", "drawn", "rows"), [(0, 40, 0, 1), (3, 40, 3, 1), (9, 40, 9, 2), (20, 16, 16, 2)]
)
def test_misread_draws_the_first_wrong_ones_alone_and_counts_all(wrong, shown, drawn, rows):
    images = np.arange(30)[:, None, None] * np.ones((30, 4, 4))
    labels = np.arange(30) % 10
    answers = labels.copy()
    answers[5 : 5 + wrong] = (labels[5 : 5 + wrong] + 1) % 10
    figure = figures.misread(images, labels, answers, "Test", shown)
    assert len(figure.axes) == 8 * rows
    assert [axes.images[0].get_array()[0, 0] for axes in panels(figure)] == list(range(5, 5 + drawn))
    assert [axes.get_title() for axes in panels(figure)] == [
        f"{n % 10} read as {(n + 1) % 10}" for n in range(5, 5 + drawn)
    ]
    assert figure.get_suptitle() == f"Test: {wrong} of 30 misread"


def test_misread_gives_names_two_lines():
    names = np.array(["T-shirt/top", "Ankle boot"])
    figure = figures.misread(np.ones((1, 4, 4)), names[[0]], names[[1]], "Test")
    assert panels(figure)[0].get_title() == "T-shirt/top\nread as Ankle boot"


def test_confusion_counts_rows_of_classes_and_columns_of_answers():
    labels, answers = np.array([0, 0, 0, 1, 2, 2]), np.array([0, 1, 1, 1, 2, 0])
    figure = figures.confusion(labels, answers, ("zero", "one", "two"), "Test")
    (axes,) = figure.axes
    counts = {text.get_position()[::-1]: text.get_text() for text in axes.texts}
    assert counts == {(0, 0): "1", (0, 1): "2", (1, 1): "1", (2, 2): "1", (2, 0): "1"}
    assert axes.images[0].get_array().tolist() == [[0, 2, 0], [0, 0, 0], [1, 0, 0]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["zero", "one", "two"]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("class", "read as")
