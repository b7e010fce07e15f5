"""Run the notebooks of `models/*/notebook.ipynb` again and save them with what they show: `make notebooks`.

`python tools/notebooks.py predire` runs one of them. `AUGURE_QUICK=1` runs them on the reduced setting.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 3600
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebooks(names: Sequence[str] = ()) -> list[Path]:
    """The notebooks of these models, of all where none is named.

    Raises:
        SystemExit: a model has no notebook.
    """
    found = {file.parent.name: file for file in sorted(ROOT.glob("models/*/notebook.ipynb"))}
    unknown = [name for name in names if name not in found]
    if unknown:
        raise SystemExit(f"aucun carnet pour {', '.join(unknown)} ; il y en a pour {', '.join(found)}.")
    return [found[name] for name in names] if names else list(found.values())


def execute(notebook: Any, folder: Path) -> None:
    """Run every cell from `folder`, in the Python that runs this, and keep what each shows.

    Raises:
        CellExecutionError: a cell failed.
    """
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=SECONDS, record_timing=False, resources=resources).execute()
    notebook.metadata.clear()
    notebook.metadata.update(kernelspec=KERNEL, language_info={"name": "python"})


def main() -> None:
    """Run and save; a notebook whose cell fails stays as it was."""
    for file in notebooks(sys.argv[1:]):
        notebook = nbformat.reads(file.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
        execute(notebook, file.parent)
        nbformat.write(notebook, file)  # type: ignore[no-untyped-call]
        print(file.relative_to(ROOT), f"{file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
