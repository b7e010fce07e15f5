"""Complete trainings: reproducible, and safe to interrupt."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from threadpoolctl import threadpool_limits

import training.bundle_writer
from models.predict_digit import measure
from models.predict_digit.distort import distort
from shared.model.bundle import Bundle, read_folder

ROOT = Path(__file__).resolve().parents[2]
Train = Callable[..., Bundle]


def _content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def _committed(name: str, to: Path) -> Path:
    """A copy of the committed bundle, to be replaced."""
    return shutil.copytree(ROOT / "models" / name / "bundle", to / "bundle")


def test_the_same_iris_training_gives_the_same_bytes(
    train: Train, train_once: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _same_twice(train, tmp_path, "predict_species", train_once.undo)
    assert {"confusion.png", "fiabilite.png", "paires.png", "violons.png"} <= set(_content(tmp_path / "first"))


@pytest.mark.untraced
@pytest.mark.usefixtures("uci697")
def test_the_same_student_training_gives_the_same_bytes(
    train: Train, train_once: pytest.MonkeyPatch, run: Callable[..., Result], tmp_path: Path
) -> None:
    _same_twice(train, tmp_path, "predire", train_once.undo)
    _evaluated(run, "predire", tmp_path / "first")
    assert {"roc.png", "calibration.png", "etudiant.png", "groupes.png"} <= set(_content(tmp_path / "first"))


@pytest.mark.untraced
@pytest.mark.usefixtures("digits")
def test_the_same_digit_training_gives_the_same_bytes(
    train: Train, run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With fewer pattern digits and drawings than `--quick`, which take most of its time."""
    monkeypatch.setattr("models.predict_digit.train.PATTERN_DIGITS", 2000)
    monkeypatch.setattr(measure, "QUICK", measure.Scope(digits=1000, drawings=30, pictures=20))
    graph = _same_twice(train, tmp_path, "predict_digit").manifest.graphs["digit"]
    assert [graph.inputs[0].name, graph.inputs[783].name] == ["p0", "p783"]
    assert graph.outputs == {"probabilities": 10}
    assert graph.metrics["error"] < 0.25
    assert graph.parity["rows"] == 1000
    assert "mesure sur les dessins" in _evaluated(run, "predict_digit", tmp_path / "first").stderr


def _evaluated(run: Callable[..., Result], name: str, bundle: Path) -> Result:
    result = run("evaluate", name, "--bundle", bundle)
    assert result.exit_code == 0, result.output
    return result


def _same_twice(train: Train, tmp_path: Path, name: str, before_second: Callable[[], None] = lambda: None) -> Bundle:
    """Train on one thread, then on two: the bytes must not depend on the number of threads."""
    with threadpool_limits(1):
        first = train(name, tmp_path / "first", "--quick")
    before_second()
    with threadpool_limits(2):
        second = train(name, tmp_path / "second", "--quick")
    assert first.manifest.version == second.manifest.version
    assert _content(tmp_path / "first") == _content(tmp_path / "second")
    return first


@pytest.mark.usefixtures("train_once")
def test_another_seed_gives_another_version(train: Train, tmp_path: Path) -> None:
    first = train("predict_species", tmp_path / "first", "--quick", "--seed", "0")
    second = train("predict_species", tmp_path / "second", "--quick", "--seed", "1")
    assert second.manifest.command == "python -m models train predict_species --seed 1 --quick"
    assert first.manifest.version != second.manifest.version


def test_distortions_change_nearly_every_digit_and_keep_its_ink() -> None:
    stroke = np.zeros((200, 28, 28), dtype=np.uint8)
    stroke[:, 4:24, 13:15] = 255
    copies = distort(stroke, np.random.default_rng(0))
    assert (copies.max(axis=(1, 2)) >= 254).all()
    changed = copies[(copies != stroke).any(axis=(1, 2))]  # each copy has its own strength, which may be 0
    assert len({copy.tobytes() for copy in changed}) == len(changed) >= 190
    ink = copies.sum(axis=(1, 2)) / stroke.sum(axis=(1, 2))
    assert np.min(ink) < 0.8
    assert 1.2 < np.max(ink) < 3


@pytest.mark.usefixtures("train_once")
@pytest.mark.parametrize("stopped_by", [KeyboardInterrupt, MemoryError])
def test_an_interruption_before_the_swap_keeps_the_old_bundle(
    run: Callable[..., Result],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stopped_by: type[BaseException],
) -> None:
    folder = _committed("predict_species", tmp_path)
    before = _content(folder)

    def stop(_: Bundle) -> None:
        raise stopped_by

    monkeypatch.setattr(training.bundle_writer, "Predictor", stop)
    assert run("train", "predict_species", "--quick", "--output", folder, "--seed", "1").exit_code == 1
    assert _content(folder) == before
    assert [file.name for file in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.usefixtures("train_once")
@pytest.mark.parametrize(("moved", "after"), [("new", False), ("bundle", True)])
def test_an_interruption_during_the_swap_restores_the_old_bundle(
    run: Callable[..., Result],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moved: str,
    *,
    after: bool,
) -> None:
    folder = _committed("predict_species", tmp_path)
    before = _content(folder)
    rename = Path.rename

    def stop(self: Path, target: Path) -> Path:
        if self.name != moved:
            return rename(self, target)
        if after:
            monkeypatch.undo()
            rename(self, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", stop)
    assert run("train", "predict_species", "--quick", "--output", folder, "--seed", "1").exit_code == 1
    assert _content(folder) == before
    assert [file.name for file in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.usefixtures("train_once")
def test_a_full_disk_is_reported_and_keeps_the_old_bundle(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _committed("predict_species", tmp_path)
    before = _content(folder)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(training.bundle_writer, "_write", full)
    result = run("train", "predict_species", "--quick", "--output", folder, "--seed", "1")
    assert result.exit_code == 1
    assert f"écrit dans {folder} (No space left on device) : ce qui y était y est encore." in result.output
    assert _content(folder) == before
    assert [file.name for file in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.usefixtures("digits")
def test_ctrl_c_during_a_training_keeps_the_old_bundle(tmp_path: Path) -> None:
    folder = _committed("predict_digit", tmp_path)
    before = _content(folder)
    command = [sys.executable, "-m", "models", "train", "predict_digit", "--output", str(folder)]
    environ = os.environ | {"FORCE_COLOR": "1"}  # rich draws its bar without a terminal
    with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while b"apprentissage" not in (line := os.read(process.stderr.fileno(), 4096)):
            assert line, "the training ended before it began"
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(timeout=60) == 1
    assert b"Traceback" not in said
    assert _content(folder) == before
    assert [file.name for file in tmp_path.iterdir()] == ["bundle"]


def test_a_copied_folder_is_a_new_model_without_other_edits(tmp_path: Path) -> None:
    copied = tmp_path / "models" / "espece"
    copied.parent.mkdir()
    for module in (ROOT / "models").glob("*.py"):
        (tmp_path / "models" / module.name).write_bytes(module.read_bytes())
    shutil.copytree(ROOT / "training", tmp_path / "training", ignore=shutil.ignore_patterns("__pycache__"))
    copied.mkdir()
    for file in (ROOT / "models" / "predict_species").glob("*.[pm][yd]"):
        (copied / file.name).write_bytes(file.read_bytes())
    (copied / "data.py").write_text((copied / "data.py").read_text(encoding="utf-8").replace("virginica", "douteuse"))
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    for words in (["train", "espece", "--quick"], ["evaluate", "espece"]):
        command = [sys.executable, "-m", "models", *words]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert read_folder(copied / "bundle", "espece").manifest.classes == ("setosa", "versicolor", "douteuse")
