"""What the report takes from a config and from the folder of a run: paragraphs, settings, commands and pictures."""

import base64
import dataclasses
import io

import numpy as np
import pytest
from ledger_fakes import SOURCE, fake_entry
from matplotlib.figure import Figure
from PIL import Image
from report_fakes import Page

from research.claims import Run
from research.experiments import entry as read_entry
from research.experiments import names
from research.ledger.cards import slug
from research.ledger.pictures import Picture, caption, embed
from research.ledger.prose import arguments, command, hyperparameters, paragraphs
from research.ledger.report import write_report
from research.ledger.works import Work

RECORD = """Title of the work.

Paper: somebody, somewhere,
on two lines. 5 < 6.

Assumptions, where it is silent:
- One, over
  two lines.
- Two.

    python -m research run fake

The end: not a label that is so long as this.
"""


def test_a_record_becomes_paragraphs_lists_and_blocks_without_its_title():
    assert paragraphs(RECORD) == (
        "<p><b>Paper</b>: somebody, somewhere, on two lines. 5 &lt; 6.</p>"
        "<p><b>Assumptions, where it is silent</b>:</p><ul><li>One, over two lines.</li><li>Two.</li></ul>"
        "<pre>    python -m research run fake</pre>"
        "<p><b>The end</b>: not a label that is so long as this.</p>"
    )
    assert paragraphs("Only a title.") == ""


def test_settings_stand_beside_what_the_docstring_says_of_them(tmp_path):
    @dataclasses.dataclass(frozen=True)
    class Config:
        """How it learns.

        Args:
            rate: learning rate (Nobody 1901, table 1:
                .05); the only one tried.
            sizes: units of each layer.

        Raises:
            ValueError: never: it is fine.
        """

        rate: float = 0.05
        sizes: tuple[int, ...] = (2, 4)
        unsaid: str = "<x>"

    assert arguments(Config.__doc__.replace("\n        ", "\n")) == {
        "rate": "learning rate (Nobody 1901, table 1: .05); the only one tried.",
        "sizes": "units of each layer.",
    }
    parsed = Page(hyperparameters(Config()))
    assert parsed.text[3:] == [
        *("rate", "0.05", "learning rate (Nobody 1901, table 1: .05); the only one tried."),
        *("sizes", "2, 4", "units of each layer."),
        *("unsaid", "<x>"),
    ]


@pytest.mark.parametrize("name", names())
def test_every_setting_of_a_real_config_is_explained(name):
    config = read_entry(name).config
    rows = hyperparameters(config).split("<tr>")[2:]
    assert len(rows) == len(dataclasses.fields(config))
    assert not any("<td></td>" in row for row in rows)


def test_every_work_and_claim_has_an_address_of_its_own():
    addresses = [*names(), *(slug(claim.id) for name in names() for claim in read_entry(name).claims)]
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize(
    ("needs", "lines"),
    [
        ("()", "python -m research reproduce fake"),
        ("('mnist',)", "python -m research data prepare mnist\npython -m research reproduce fake"),
        ("('zip',)", "python -m research data prepare zip --from FOLDER\npython -m research reproduce fake"),
    ],
)
def test_the_command_prepares_the_data_that_it_needs(tmp_path, needs, lines):
    entry = fake_entry(tmp_path, SOURCE.replace("return ()", f"return {needs}"))
    assert f"<code>{lines}</code>" in command(entry)


def drawn(color="white"):
    figure = Figure(figsize=(4, 3), facecolor=color)
    figure.subplots().imshow(np.arange(400).reshape(20, 20), cmap="Reds")
    return figure


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_pictures_come_in_the_order_of_reading_with_captions(tmp_path):
    out = Run(tmp_path)
    for name in ("errors", "confusion", "filters", "misread_300", "misread", "learning", "a_last_one"):
        out.figure(name, Figure(figsize=(1, 1)))
    captions = ["Learning curves", "Sample errors", "Sample errors: 300", "First-layer filters", "Confusion matrix"]
    assert [picture.caption for picture in embed({"x": tmp_path})["x"]] == [*captions, "A last one", "Errors"]
    assert embed({"x": tmp_path / "nowhere"}) == {}
    assert caption("learning_rates") == "Learning rates"


def test_a_picture_has_fewer_bytes_and_looks_the_same(tmp_path):
    path = Run(tmp_path).figure("confusion", drawn())
    (picture,) = embed({"x": tmp_path})["x"]
    data = base64.b64decode(picture.data)
    assert len(data) < 0.7 * path.stat().st_size
    assert (picture.height, picture.width) == pixels(data).shape[:2]
    assert np.abs(pixels(data) - pixels(path.read_bytes())).max() <= 8
    assert pixels(data)[0, 0].tolist() == [255, 255, 255]


def test_a_page_holds_so_many_pictures_and_names_the_others(tmp_path):
    for name in ("one", "two"):
        Run(tmp_path / name).figure("learning", drawn())
    runs = {name: tmp_path / name for name in ("one", "two")}
    size = len(embed(runs)["one"][0].data)
    found = embed(runs, room=size + 10)
    assert found["one"][0].data
    assert found["two"] == [Picture("Learning curves", note=found["two"][0].note)]
    assert "the page is full" in found["two"][0].note


def test_a_damaged_picture_is_named_and_the_page_is_written(tmp_path):
    entry = fake_entry(tmp_path / "experiment")
    path = Run(tmp_path / "run").figure("learning", drawn())
    Run(tmp_path / "run").figure("misread", drawn())
    path.write_bytes(path.read_bytes()[:2000])
    (tmp_path / "run" / "figures" / "filters.png").write_bytes(b"")
    text = write_report(tmp_path, [Work(entry, ())], {entry.name: tmp_path / "run"}).read_text()
    assert "Learning curves: learning.png cannot be read" in text
    assert "First-layer filters: filters.png cannot be read" in text
    images = [attributes["alt"] for tag, attributes in Page(text).tags if tag == "img" and attributes.get("loading")]
    assert images == ["Sample errors"]
