"""The notebooks: text and executed notebook in step, every text executes, and what is committed is clean."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import jupytext
import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
TEXTS = sorted(FOLDER.glob("*.md"))
OF_THIS_RUN = re.compile(r"(?<![\w.:/<])(/[\w.-]+){2,}|\b[A-Z]:\\|\b0x[0-9a-f]{6,}")
"""Absolute paths and addresses."""

each_text = pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """notebooks/execute.py, with Jupyter's own files in a folder of the test and one device in the kernel."""
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.delenv("XLA_FLAGS")  # eight devices, from conftest.py
    spec = importlib.util.spec_from_file_location("execute", FOLDER / "execute.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def cells(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def complaints(notebook: nbformat.NotebookNode) -> list[str]:
    """What must not be committed: errors, warnings, paths, addresses, cells that were not executed; no picture."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = [output.output_type for output in outputs(notebook) if output.output_type == "error"]
    found += [output.text for output in outputs(notebook) if output.get("name") == "stderr"]
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append("not executed from top to bottom")
    for output in outputs(notebook):
        texts = [output.get("text", ""), *(v for k, v in output.get("data", {}).items() if k != "image/png")]
        found += [match.group() for text in texts if (match := OF_THIS_RUN.search(str(text)))]
    if not any("image/png" in output.get("data", {}) for output in outputs(notebook)):
        found.append("no picture")
    return found


def test_there_are_notebooks_and_each_has_its_text() -> None:
    assert TEXTS
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == {path.stem for path in TEXTS}


@each_text
def test_text_and_notebook_are_in_step(text: Path) -> None:
    committed = nbformat.read(text.with_suffix(".ipynb"), as_version=4)
    assert cells(committed) == cells(jupytext.read(text)), f"run: python notebooks/execute.py {text.stem}"


@each_text
def test_committed_notebook_is_clean_and_small(text: Path) -> None:
    path = text.with_suffix(".ipynb")
    committed = nbformat.read(path, as_version=4)
    nbformat.validate(committed)
    assert complaints(committed) == []
    assert path.stat().st_size < 400_000
    assert all(cell.metadata == {} for cell in committed.cells)  # no times: executed again, the file is the same


@each_text
def test_every_section_checks_itself(text: Path) -> None:
    claims = text.read_text().split("**Claim.**")[1:]
    assert claims
    assert all(re.search(r"^assert ", claim, re.MULTILINE) for claim in claims)


@each_text
def test_notebook_executes(text: Path, executor: ModuleType) -> None:
    assert complaints(executor.execute(text)) == []


def test_a_check_that_fails_fails_the_notebook(tmp_path: Path, executor: ModuleType) -> None:
    text = tmp_path / "wrong.md"
    text.write_text("A text.\n\n```python\nassert 1 + 1 == 3\n```\n")
    with pytest.raises(executor.CellExecutionError, match=r"1 \+ 1 == 3"):
        executor.execute(text)


@pytest.mark.parametrize(
    ("kind", "text", "complaint"),
    [
        ("stderr", "UserWarning: old", "old"),
        ("stdout", "written to /usr/share/somewhere", "/usr/share/somewhere"),
        ("stdout", "<object object at 0x7f2c721e8950>", "0x7f2c721e8950"),
        ("stdout", "3 nats", "no picture"),
    ],
)
def test_complaints_name_what_is_wrong(kind: str, text: str, complaint: str) -> None:
    output = nbformat.v4.new_output("stream", name=kind, text=text)
    cell = nbformat.v4.new_code_cell("f()", execution_count=1, outputs=[output])
    assert any(complaint in found for found in complaints(nbformat.v4.new_notebook(cells=[cell])))
