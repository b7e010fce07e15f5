"""Every notebook of `models/` is committed with its outputs, and runs in a copy of the project's sources."""

import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tools.notebooks import execute, notebooks
from training.datasets import data_folder

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = notebooks()
NEEDS = {"predict_digit": "digits", "predire": "uci697"}
LARGEST = 500_000
REDUCED = (
    ("measure.py", "QUICK = Scope(1000, 150, 50)", "QUICK = Scope(1000, 30, 20)"),
    ("train.py", "PATTERN_DIGITS = 10_000", "PATTERN_DIGITS = 2000"),
)
"""Settings of the copied digit notebook, below those of AUGURE_QUICK: they take most of its time."""

ANOTHER_MACHINE = re.compile(r"(?:/home|/root|/tmp|/Users|/work|/mnt|/opt|/var)/|[A-Z]:\\\\|site-packages")
"""Start of an absolute path of a machine."""


@pytest.fixture(params=NOTEBOOKS, ids=lambda file: file.parent.name)
def notebook(request: pytest.FixtureRequest) -> Path:
    file: Path = request.param
    return file


def _read(file: Path) -> Any:
    content = nbformat.reads(file.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(content)
    return content


def _code(content: Any) -> list[Any]:
    return [cell for cell in content.cells if cell.cell_type == "code" and cell.source.strip()]


def _outputs(content: Any) -> list[Any]:
    return [output for cell in _code(content) for output in cell.outputs]


def _text(output: Any) -> str:
    """The text of an output."""
    said = [output.get("text", ""), *output.get("traceback", [])]
    return "\n".join(said + [text for kind, text in output.get("data", {}).items() if not kind.startswith("image/")])


def test_a_committed_notebook_was_run_from_top_to_bottom(notebook: Path) -> None:
    content = _read(notebook)
    assert [cell.execution_count for cell in _code(content)] == list(range(1, len(_code(content)) + 1))
    assert [output.output_type for output in _outputs(content) if output.output_type == "error"] == []
    assert [_text(output) for output in _outputs(content) if output.get("name") == "stderr"] == []
    assert any("image/png" in output.get("data", {}) for output in _outputs(content))
    assert content.cells[0].cell_type == "markdown"
    assert notebook.stat().st_size < LARGEST


def test_a_notebook_trains_on_one_thread(notebook: Path) -> None:
    assert any("threadpool_limits(1)" in cell.source for cell in _code(_read(notebook)))


def test_a_notebook_contains_no_machine_path(notebook: Path) -> None:
    content = _read(notebook)
    texts = [cell.source for cell in content.cells] + [_text(output) for output in _outputs(content)]
    assert [found[0] for text in texts if (found := ANOTHER_MACHINE.search(text))] == []


def test_a_notebook_runs_completely_and_leaves_the_sources_unchanged(
    notebook: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if notebook.parent.name in NEEDS:
        request.getfixturevalue(NEEDS[notebook.parent.name])
    monkeypatch.setenv("AUGURE_QUICK", "1")
    monkeypatch.setenv("DATA_DIR", str(data_folder()))
    for part in ("models", "training", "shared", "functions"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file, setting, reduced in REDUCED:
        _reduce(tmp_path / "models/predict_digit" / file, setting, reduced)
    before = _files(tmp_path)
    content = _read(notebook)
    execute(content, tmp_path / notebook.parent.relative_to(ROOT))
    assert any("image/png" in output.get("data", {}) for output in _outputs(content))
    assert _files(tmp_path) == before


def _reduce(module: Path, setting: str, reduced: str) -> None:
    text = module.read_text("utf-8")
    assert setting in text
    module.write_text(text.replace(setting, reduced), encoding="utf-8")


def _files(folder: Path) -> dict[str, bytes]:
    """The bytes of every file except caches, by path."""
    files = (file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_every_model_but_generated_ones_has_a_notebook() -> None:
    """A model that `python -m models new` made has a card; its training is somebody else's."""
    trained = {file.parent.name: file.read_text("utf-8") for file in ROOT.glob("models/*/train.py")}
    own = {name for name, text in trained.items() if "training.new.building" not in text}
    assert own <= {file.parent.name for file in NOTEBOOKS} <= trained.keys()
    assert {"predict_digit", "predire"} <= own
