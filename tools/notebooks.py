"""Run the notebooks `models/*/notebook.ipynb` again and save them with their outputs: `make notebooks`.

`python -m tools.notebooks predire` runs one of them. `AUGURE_QUICK=1` runs them on the reduced setting.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from shared.terminal import localize, say

ROOT = Path(__file__).resolve().parent.parent
CELL_TIMEOUT = 3600
"""Timeout of one cell, seconds."""

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebooks(names: Sequence[str] = ()) -> list[Path]:
    """The notebooks of these models; of all models if none is named.

    Raises:
        SystemExit: a model has no notebook.
    """
    files = {file.parent.name: file for file in sorted(ROOT.glob("models/*/notebook.ipynb"))}
    unknown = [name for name in names if name not in files]
    if unknown:
        text = (
            "aucun carnet pour {unknown} ; il y en a pour {known}.",
            "no notebook for {unknown}; there are some for {known}.",
        )
        raise SystemExit(say(text, unknown=", ".join(unknown), known=", ".join(files)))
    return [files[name] for name in names] if names else list(files.values())


def execute(notebook: Any, folder: Path) -> None:
    """Run every cell in `folder`, with this process's Python, and keep their outputs.

    Raises:
        CellExecutionError: a cell failed.
    """
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=CELL_TIMEOUT, record_timing=False, resources=resources).execute()
    notebook.metadata.clear()
    notebook.metadata.update(kernelspec=KERNEL, language_info={"name": "python"})


def main() -> None:
    """The command line. A notebook with a failing cell stays unchanged."""
    localize()
    text = ("Exécuter les carnets et enregistrer leurs résultats.", "Run the notebooks and save their outputs.")
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks", description=say(text))
    parser.add_argument("name", nargs="*", help=say(("un modèle ; défaut : tous", "a model; default: all")))
    for file in notebooks(parser.parse_args().name):
        notebook = nbformat.reads(file.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
        execute(notebook, file.parent)
        nbformat.write(notebook, file)  # type: ignore[no-untyped-call]
        text = ("{file} {size:.0f} ko", "{file} {size:.0f} kB")
        print(say(text, file=file.relative_to(ROOT), size=file.stat().st_size / 1000))


if __name__ == "__main__":
    main()
