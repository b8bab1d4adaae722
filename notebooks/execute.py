"""Executes notebooks: of NAME.md, the text that is reviewed, it makes NAME.ipynb with its outputs.

python notebooks/execute.py [NAME ...]       all of this folder where none is named
"""

import sys
from pathlib import Path

import jupytext
import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).parent


def execute(text: Path) -> nbformat.NotebookNode:
    """The notebook of a text, executed from the repository's root in a fresh kernel of this very interpreter.

    Executed again, it differs only in what the code computes: no times, no random names of cells, no version.

    Args:
        text: path of NAME.md.

    Raises:
        CellExecutionError: a cell raised; the message holds the cell and the traceback.
    """
    notebook = jupytext.read(text)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
    kernels = KernelSpecManager(kernel_dirs=[])  # no installed ones: ipykernel's own, of this interpreter
    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=kernels),
        record_timing=False,
        timeout=300,
    )
    client.execute(cwd=str(FOLDER.parent), cleanup_kc=True)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def main(names: list[str]) -> int:
    """Executes the named notebooks and writes each whole or not at all; 1 where a cell raised, 2 for a wrong name."""
    texts = [FOLDER / f"{name}.md" for name in names] or sorted(FOLDER.glob("*.md"))
    for text in texts:
        if not text.is_file():
            print(f"there is no {text.name}; known: {', '.join(t.stem for t in FOLDER.glob('*.md'))}", file=sys.stderr)
            return 2
    for text in texts:
        try:
            notebook = execute(text)
        except CellExecutionError as error:
            print(f"{text.name}: {error}", file=sys.stderr)
            return 1
        temporary = text.with_suffix(".ipynb.tmp")
        nbformat.write(notebook, temporary)
        temporary.replace(text.with_suffix(".ipynb"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
