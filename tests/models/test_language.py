"""`python -m models` speaks the language of the terminal: help, tables, sentences, errors and progress."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from models.__main__ import main
from models.predire import data as students
from tests.gcs import FakeGcs, Status
from tests.models.registry import NAME, Registry
from tests.replay import ROOT
from tests.unit.bundles import change_manifest, copy_bundle
from training.model_folders import names

Run = Callable[..., Result]
ACCENTS = re.compile("[éèêàâçôîùœÉÀ«»]")
HELP = """
from click.testing import CliRunner
from shared.terminal import localize
localize()
from models.__main__ import main
from models.predire import data as students
for words in ([], *([name] for name in main.commands)):
    print(CliRunner().invoke(main, [*words, "--help"]).output)
"""


def _python(locale: str, *words: str) -> str:
    environ = {name: value for name, value in os.environ.items() if name != "LANGUAGE"} | {"LC_ALL": locale}
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environ, capture_output=True, encoding="utf-8", check=False
    )
    assert "Traceback" not in done.stderr
    return " ".join((done.stdout + done.stderr).split())


def test_the_help_of_every_command_is_in_english() -> None:
    text = _python("C.UTF-8", "-c", HELP)
    assert text.count("Usage:") == 1 + len(main.commands)
    assert ACCENTS.findall(text) == []
    for sentence in ("Train NAME", "Measure the bundle", "Compare the inputs", "Folder of the bundle", "Code 1: drift"):
        assert sentence in text


def test_the_help_of_every_command_is_in_french() -> None:
    text = _python("fr_FR.UTF-8", "-c", HELP)
    assert "Usage:" not in text
    assert "Show this message" not in text
    assert "Options:" not in text
    for sentence in ("Entraîner NAME", "Mesurer à nouveau", "Comparer ce que", "Dossier du paquet", "Code 1 : dérive"):
        assert sentence in text


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("fr_FR.UTF-8", "modèle inconnu : 'iris'. Modèles connus : {known}."),
        ("en_GB.UTF-8", "unknown model: 'iris'. Known models: {known}."),
    ],
)
def test_the_module_follows_the_locale(locale: str, sentence: str) -> None:
    text = _python(locale, "-m", "models", "train", "iris")
    assert sentence.format(known=", ".join(names())) in " ".join(text.split())
    assert ("Usage:" in text) is locale.startswith("en")


@pytest.mark.usefixtures("english")
def test_training_and_evaluation_are_in_english(run: Run, tmp_path: Path) -> None:
    trained = run("train", NAME, "--quick", "--output", tmp_path / "bundle")
    assert trained.exit_code == 0
    for word in ("graph", "metric", "value", "parity: label_mismatches"):
        assert word in trained.stdout
    assert "comparing models" in trained.stderr
    evaluated = run("evaluate", NAME, "--bundle", tmp_path / "bundle")
    assert evaluated.exit_code == 0
    for word in ("manifest", "measured", "tolerance", "agrees", "yes", "distance to scikit-learn"):
        assert word in evaluated.stdout
    assert ACCENTS.findall(trained.output + evaluated.output) == []


@pytest.mark.usefixtures("english")
def test_errors_are_in_english(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copy_bundle(NAME, tmp_path)
    change_manifest(folder, {"command": "rm"}, sealed=True)
    (tmp_path / "letter.txt").write_text("dear")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    sentences = {
        f"{folder}/manifest.json: its command (rm) does not match": run("evaluate", NAME, "--bundle", folder),
        "letter.txt exists and is not a bundle": run("train", NAME, "--output", tmp_path / "letter.txt"),
        "--mlflow needs MLflow, which is not installed": run("train", NAME, "--output", tmp_path / "b", "--mlflow"),
        "expected: the name of a bucket": run("list", NAME, "--bucket", "A"),
        "expected: a version (12 hexadecimal digits)": run("promote", NAME, "latest", "--bucket", "augure-test"),
        "expected: a finite number, got: nan": run("drift", NAME, "--log", "x", "--threshold", "nan"),
        "none.jsonl": run("drift", NAME, "--log", tmp_path / "none.jsonl"),
    }
    for sentence, result in sentences.items():
        assert sentence in result.stderr
        assert result.exit_code > 0
        assert ACCENTS.findall(result.output) == []


@pytest.mark.usefixtures("english")
def test_missing_data_are_reported_in_english(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(students, "SOURCE", replace(students.SOURCE, url="http://127.0.0.1:9/uci697.zip"))
    result = run("train", "predire", "--output", tmp_path / "bundle", "--quick")
    assert result.exit_code == 1
    assert "uci697/data.csv is missing and its download failed" in result.stderr
    assert ACCENTS.findall(result.output) == []


@pytest.mark.usefixtures("english")
def test_a_drift_report_is_in_english(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("")
    result = run("drift", NAME, "--log", log)
    assert result.exit_code == 2
    assert "too few rows to compare: at most 0 per column" in result.stderr
    assert "Log: 0 lines, of which 0 from other versions" in result.stderr


@pytest.mark.usefixtures("english")
def test_the_registry_is_in_english(ours: Registry, gcs: FakeGcs, folders: list[Path], versions: list[str]) -> None:
    first, second, third = versions
    assert "no version is published" in ours("list").stdout
    said = [ours("publish", "--bundle", folders[0], "--promote", "--dry-run").output]
    assert f"{first} would be current: nothing was written." in said[-1]
    said.append(ours("publish", "--bundle", folders[0], "--promote").output)
    assert f"{NAME}: {first} is current, since" in said[-1]
    said.append(ours("publish", "--bundle", folders[1]).output)
    assert f"/{second}/ is published (" in said[-1]
    assert " kB)." in said[-1]
    said.append(ours("promote", second).output)
    assert f"{second} is current after {first}, since" in said[-1]
    said.append(ours("rollback").output)
    said.append(ours("rollback", code=1).output)
    assert f"no previous version: {first} is current since" in said[-1]
    said.append(ours("promote", third, code=1).output)
    assert f"{third} is not published." in said[-1]
    said.append(ours("list").output)
    assert "current" in said[-1]
    assert "published" in said[-1]
    said.append(ours("verify").output)
    assert said[-1].count("valid") == 2
    ours.overwrite(f"{NAME}/{first}/model.onnx", b"other")
    said.append(ours("verify", code=1).output)
    assert "model.onnx: expected SHA-256" in said[-1]
    assert f"versions that cannot be served: {first}." in said[-1]
    gcs.fail(Status(403))
    said.append(ours("list", code=1).output)
    assert f"gs://{gcs.bucket}: access denied to these credentials: 403" in said[-1]
    assert ACCENTS.findall("".join(said)) == []
