"""A model of one's own: a regressor of texts and missing values becomes a function in a copy of the repository.

`python -m models new` makes it; then every command and test that takes the shipped functions takes this one.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.copies import copy_repository
from tests.gcs import FakeGcs
from tests.replay import ROOT, Remote, mistakes
from tests.serving import Server, serving
from training.errors import CommandError
from training.new import installation

NAME = "loyers_lille"
TARGET = "loyer, euros"
ROWS = 200
TRAINING = {"joblib", "matplotlib", "onnx", "pandas", "scipy", "skl2onnx", "sklearn"}
"""Packages that train and convert; no function may need them."""


def table() -> tuple[Any, Any]:
    """Flats to let: numbers, counts, categories, truth values and free texts, some of them missing; and their rents."""
    import pandas as pd  # noqa: PLC0415  # slow; only this module's first fixture needs it

    random = np.random.default_rng(7)
    words = np.array(["lumineux", "calme", "balcon", "rénové", "ascenseur", "parquet", "vue", "cave"])
    said = random.random((ROWS, len(words))) < 0.35
    frame = pd.DataFrame(
        {
            "surface (m²)": random.uniform(12, 120, ROWS).round(1),
            "pièces": random.integers(1, 6, ROWS),
            "quartier": random.choice(["Nord", "Sud", "L'Île", 'Le "Port"'], ROWS),
            "meublé": random.random(ROWS) < 0.4,
            "annonce": ["Appartement " + " ".join(words[row]) for row in said],
        }
    )
    rents = 300 + 9 * frame["surface (m²)"] + 80 * said[:, 2] + 60 * frame["meublé"] + random.normal(0, 30, ROWS)
    frame.loc[random.random(ROWS) < 0.1, "surface (m²)"] = None
    frame.loc[random.random(ROWS) < 0.1, "quartier"] = None
    return frame, rents.round()


def save(folder: Path) -> None:
    """The table and a pipeline fitted on it, as their owner would save them."""
    import joblib  # noqa: PLC0415
    from sklearn.compose import make_column_transformer  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.impute import SimpleImputer  # noqa: PLC0415
    from sklearn.linear_model import Ridge  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: PLC0415

    frame, rents = table()
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["surface (m²)", "pièces"]),
        (OneHotEncoder(handle_unknown="ignore"), ["quartier"]),
        ("passthrough", ["meublé"]),
        (TfidfVectorizer(), "annonce"),
    )
    joblib.dump(make_pipeline(columns, Ridge()).fit(frame, rents), folder / "mine.joblib")
    frame.assign(**{TARGET: rents}).to_csv(folder / "mine.csv", index=False)


@dataclass(frozen=True)
class Copy:
    """A copy of the repository, and the command that made the function in it."""

    root: Path
    said: str

    def run(self, *words: object, environ: Mapping[str, str] | None = None, code: int = 0) -> str:
        """The output of a Python command in the copy."""
        return run(self.root, *words, environ=environ, code=code)

    def models(self, *words: object, **options: Any) -> str:
        """The output of `python -m models`."""
        return self.run("-m", "models", *words, **options)

    @property
    def function(self) -> Path:
        return self.root / "functions" / NAME

    @property
    def model(self) -> Path:
        return self.root / "models" / NAME

    @property
    def version(self) -> str:
        version: str = json.loads((self.model / "bundle/manifest.json").read_text("utf-8"))["version"]
        return version


def run(root: Path, *words: object, environ: Mapping[str, str] | None = None, code: int = 0) -> str:
    """Run Python in a folder; its output. A wrong exit code fails the test."""
    command = [sys.executable, *map(str, words)]
    result = subprocess.run(
        command,
        cwd=root,
        env=os.environ | {"COLUMNS": "200"} | dict(environ or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == code, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout + result.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The copy in which the command made the function, with nothing edited afterwards."""
    folder = tmp_path_factory.mktemp("own")
    root = copy_repository(folder / "augure")
    save(folder)
    files = ("--data", folder / "mine.csv", "--estimator", folder / "mine.joblib")
    said = run(root, "-m", "models", "new", NAME, *files, "--target", TARGET, environ={"LC_ALL": "C.UTF-8"})
    return Copy(root, said)


@pytest.fixture(scope="module")
def package(copy: Copy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The function as `make package` writes it."""
    dist = tmp_path_factory.mktemp("dist")
    copy.run("tools/package.py", NAME, "--dist", dist)
    return dist / NAME


@pytest.fixture
def server(copy: Copy, tmp_path: Path) -> Iterator[Server]:
    """The function, as `functions-framework --target NAME --source functions/NAME/main.py` starts it."""
    with serving(NAME, tmp_path, source=str(copy.function / "main.py")) as running:
        yield running


def records(copy: Copy) -> list[dict[str, Any]]:
    """The rows of the table as a client sends them."""
    numbers = {"surface (m²)", "pièces"}

    def value(name: str, text: str) -> Any:
        if not text:
            return None
        return json.loads(text.lower()) if name in numbers | {"meublé"} else text

    with (copy.model / "data.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [{name: value(name, text) for name, text in row.items() if name != TARGET} for row in rows]


def test_the_command_says_what_it_understood_measured_and_wrote(copy: Copy) -> None:
    for text in ("surface (m²)", "number", "category", "boolean", "text", "root mean squared error", copy.version):
        assert text in copy.said
    assert f"functions-framework --target {NAME} --source functions/{NAME}/main.py" in copy.said


def test_every_row_of_the_table_is_answered_as_scikit_learn_does(copy: Copy, server: Server) -> None:
    import joblib  # noqa: PLC0415

    frame, _ = table()
    expected = joblib.load(copy.model / "estimator.joblib").predict(frame)
    status, body = server.post(f"/{NAME}", json.dumps({"data": records(copy)}).encode())
    assert status == 200
    assert np.abs(np.array(json.loads(body)["result"]) - expected).max() < 1e-9


def test_the_package_reproduces_the_examples_in_an_empty_environment(
    copy: Copy, package: Path, framework_of: Callable[[Path], Path]
) -> None:
    framework = framework_of(package / "requirements.txt")
    with serving(NAME, package, framework=framework) as server:
        assert mistakes(Remote(server.address), copy.function) == []
        assert b'"source":"embedded"' in server.get("/health/ready")
        assert b'<article class="text card"' in server.get("/model/card")
        assert TARGET in server.get("/").decode()
    check = f"import importlib.util; print([name for name in {TRAINING} if importlib.util.find_spec(name)])"
    found = subprocess.run([framework.with_name("python"), "-c", check], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_the_package_holds_the_bundle_and_neither_the_table_nor_the_estimator(copy: Copy, package: Path) -> None:
    files = {file.relative_to(package).as_posix() for file in package.rglob("*") if file.is_file()}
    bundled = {file for file in files if file.startswith(f"models/{NAME}/")}
    assert bundled == {f"models/{NAME}/bundle/{file.name}" for file in (copy.model / "bundle").iterdir()}
    assert {f"models/{NAME}/bundle/{file}" for file in ("model.onnx", "words.json", "explanation.onnx")} <= bundled
    assert {"main.py", "schema.py", "requirements.txt", "examples/exemple.json"} <= files
    assert {Path(file).suffix for file in files} & {".csv", ".joblib", ".pkl", ".parquet", ".skops"} == set()
    imported = (copy.function / "imports.txt").read_text("utf-8").splitlines()
    assert [name for name in imported if name.partition(".")[0] in TRAINING] == []
    text = "".join(file.read_text("utf-8") for file in package.rglob("*.py"))
    assert "import pickle" not in text
    assert "allow_pickle=True" not in text


def test_evaluate_measures_the_same_figures_again(copy: Copy) -> None:
    said = copy.models("evaluate", NAME)
    assert copy.version in said
    assert "rmse" in said


def test_train_gives_the_same_version(copy: Copy, tmp_path: Path) -> None:
    copy.models("train", NAME, "--output", tmp_path / "again")
    for file in (copy.model / "bundle").iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name


def test_drift_reads_the_requests_that_the_function_logged(copy: Copy, server: Server, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    rows = records(copy)
    for _ in range(2):  # fewer rows are too few to judge some columns
        server.post(f"/{NAME}", json.dumps({"data": rows}).encode())
    found = json.loads(copy.models("drift", NAME, "--log", log, "--json"))
    assert {column["name"] for column in found["columns"]} == {*rows[0], "réponse"}
    assert (found["drifted"], found["too_few"], found["lines"]["read"]) == ([], [], 2)
    log.unlink()
    changed = [{**row, "quartier": "Nord", "annonce": "inconnu"} for row in rows]
    for _ in range(2):
        server.post(f"/{NAME}", json.dumps({"data": changed}).encode())
    found = json.loads(copy.models("drift", NAME, "--log", log, "--json", code=1))
    assert {"model/quartier", "model/annonce"} <= set(found["drifted"])


def test_a_published_model_is_served_from_the_bucket(copy: Copy, gcs: FakeGcs, tmp_path: Path) -> None:
    environ = {"STORAGE_EMULATOR_HOST": gcs.address}
    copy.models("publish", NAME, "--bucket", gcs.bucket, "--promote", environ=environ)
    stored = {name.rpartition("/")[2] for name in gcs.names()}
    assert {"model.onnx", "words.json", "explanation.onnx", "manifest.json", "current.json"} <= stored
    environ |= {"MODEL_URI": f"gs://{gcs.bucket}/{NAME}"}
    with serving(NAME, tmp_path, source=str(copy.function / "main.py"), environ=environ) as server:
        ready = json.loads(server.get("/health/ready"))
        assert (ready["source"], copy.version in json.dumps(ready["model"])) == ("bucket", True)
        assert mistakes(Remote(server.address), copy.function) == []


def test_the_tests_that_find_functions_by_themselves_pass(copy: Copy) -> None:
    """Contract, documentation, imports, deployment: Compose and Terraform included."""
    tests = ["contract", "unit/test_compose.py", "unit/test_docs.py", "unit/test_imports.py", "infra/test_terraform.py"]
    options = ["-p", "no:cacheprovider", "-k", f"{NAME} or test_compose"]
    said = copy.run("-m", "pytest", *options, *(f"tests/{name}" for name in tests))
    assert int(said.rpartition(" passed")[0].split()[-1]) >= 80
    assert f"  {NAME}:\n" in (copy.root / "compose.yaml").read_text("utf-8")


def test_the_table_and_the_estimator_are_not_ignored_by_git(copy: Copy) -> None:
    files = [str(file.relative_to(copy.root)) for file in copy.model.rglob("*") if "__pycache__" not in file.parts]
    assert {f"models/{NAME}/data.csv", f"models/{NAME}/estimator.joblib"} <= set(files)
    ignored = subprocess.run(["git", "check-ignore", *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ignored.stdout, ignored.returncode) == ("", 1)


def test_the_generated_sources_pass_the_linter(copy: Copy) -> None:
    folders = (f"functions/{NAME}", f"models/{NAME}")
    copy.run("-m", "ruff", "check", "--no-cache", *folders)
    copy.run("-m", "ruff", "format", "--no-cache", "--check", *folders)


def test_the_explorer_takes_the_model_without_what_trains(copy: Copy, tmp_path: Path) -> None:
    copy.run("tools/package.py", "explorer", "--dist", tmp_path)
    files = {file.relative_to(tmp_path / "explorer").as_posix() for file in (tmp_path / "explorer").rglob("*.py")}
    assert {f"models/{NAME}/log_rows.py", f"functions/{NAME}/schema.py", "training/logged_rows.py"} <= files
    assert [file for file in files if file.startswith(("training/new/", "training/plots", "training/metrics"))] == []


def test_an_existing_function_is_not_overwritten(copy: Copy) -> None:
    before = contents(copy.root)
    said = copy.models("new", NAME, "--data", copy.model / "data.csv", "--target", TARGET, code=1)
    assert f"functions/{NAME} exists already: nothing is overwritten" in said
    assert contents(copy.root) == before


def test_a_function_that_does_not_start_is_taken_back(copy: Copy, tmp_path: Path) -> None:
    for kind, folder in (("function", copy.function), ("model", copy.model)):
        shutil.copytree(folder, tmp_path / kind)
    (tmp_path / "function/main.py").write_text("raise RuntimeError('broken on purpose')\n")
    before = contents(copy.root)
    with pytest.raises(CommandError, match="broken on purpose"):
        installation.install("casse", tmp_path / "function", tmp_path / "model", copy.root)
    assert contents(copy.root) == before


def contents(root: Path) -> dict[str, bytes]:
    """The files of the functions, the models and Compose, by path."""
    files = [root / "compose.yaml", *root.glob("functions/**/*"), *root.glob("models/**/*")]
    return {str(file): file.read_bytes() for file in files if file.is_file() and "__pycache__" not in file.parts}
