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

FOLDER = Path(__file__).parent


def execute(text: Path) -> nbformat.NotebookNode:
    """The notebook of a text, executed from the repository's root in a fresh kernel of this very interpreter.

    Nothing in it changes when it is executed again but what the code computes: no times, no random names of cells.

    Args:
        text: path of NAME.md.

    Raises:
        CellExecutionError: a cell raised; the message holds the cell and the traceback.
    """
    notebook = jupytext.read(text)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
    manager = AsyncKernelManager(kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))  # none but this interpreter's
    NotebookClient(notebook, km=manager, record_timing=False, timeout=300).execute(
        cwd=str(FOLDER.parent), cleanup_kc=True
    )
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def main(names: list[str]) -> None:
    """Executes the named notebooks and writes each whole or not at all."""
    for text in [FOLDER / f"{name}.md" for name in names] or sorted(FOLDER.glob("*.md")):
        temporary = text.with_suffix(".ipynb.tmp")
        nbformat.write(execute(text), temporary)
        temporary.replace(text.with_suffix(".ipynb"))


if __name__ == "__main__":
    main(sys.argv[1:])
