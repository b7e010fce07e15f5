"""Allowed imports of functions, training and the explorer; modules that a first response must not load."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.buckets import bundle, environment, promote, publish
from tests.gcs import FakeGcs
from tests.replay import FOLDERS, MODELS, ROOT

HEAVY = ("sklearn", "pandas", "scipy", "joblib", "google.cloud.logging", "google.cloud.storage", "google.auth", "rich")
PICKLES = ("pickle", "cloudpickle", "dill", "shelve")
"""Modules that a function must not import. numpy imports `pickle`; the tests check that nothing is unpickled."""

READ_BY_THE_EXPLORER = (
    "models.predire.log_rows",
    "training.drift.bars",
    "training.drift.comparison",
    "training.drift.reference",
    "training.errors",
    "training.registry.store",
    "training.registry.inspection",
    "training.registry.versions",
)

LATER = (
    "psutil",
    "markdown_it",
    "mdurl",
    "shared.web.markdown",
    "shared.web.openapi",
    "shared.web.pages",
    "shared.web.templates",
)
"""Modules that only some requests need: not loaded before the first prediction."""


def imports(file: Path) -> Iterator[str]:
    """The absolute names of the modules that a file of this project imports."""
    package = ".".join(file.parent.parts[len(ROOT.parts) :])
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = f"{package}.{node.module or ''}".rstrip(".") if node.level else node.module or ""
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def forbidden_imports(file: Path) -> list[str]:
    """Imports of other functions, training code or heavy packages in a function's file."""
    package = f"functions.{file.parent.name}"
    return [
        name
        for name in imports(file)
        if name.split(".")[0] in {"models", "training", "tests", "benchmarks", "tools", *HEAVY, *PICKLES}
        or (name.startswith("functions.") and not name.startswith(package))
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_functions_import_neither_each_other_nor_training(folder: Path) -> None:
    assert {file.name: names for file in folder.glob("*.py") if (names := forbidden_imports(file))} == {}


def is_read_by_the_explorer(name: str) -> bool:
    return any(name.startswith(allowed) or allowed.startswith(f"{name}.") for allowed in READ_BY_THE_EXPLORER)


def forbidden_in_the_explorer(file: Path) -> list[str]:
    """Imports in a file of the explorer outside itself, `shared/` and READ_BY_THE_EXPLORER."""
    return [
        name
        for name in imports(file)
        if name.split(".")[0] in {"tests", "benchmarks", "tools", "sklearn", "skl2onnx", "mlflow", *PICKLES}
        or (name.startswith("functions.") and not name.startswith("functions.explorer"))
        or (name.startswith(("models.", "training.")) and not is_read_by_the_explorer(name))
    ]


def test_the_explorer_imports_only_allowed_modules() -> None:
    """docs/adr/0011. By name it loads a model's `log_rows` and a function's `schema`, nothing else."""
    files = sorted((ROOT / "functions/explorer").rglob("*.py"))
    assert len(files) > 30
    assert {str(file): names for file in files if (names := forbidden_in_the_explorer(file))} == {}
    by_name = [line for file in files for line in file.read_text("utf-8").splitlines() if "import_module(" in line]
    assert len(by_name) == 3
    assert all(
        re.search(r'import_module\(f"(models\.\{model\}\.log_rows|functions\.\{function\}\.schema)"\)', line)
        for line in by_name
    )


def test_the_explorer_loads_no_training_library() -> None:
    result = subprocess.run(
        [sys.executable, "-c", LOAD_THE_EXPLORER], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = json.loads(result.stdout)
    assert {
        "training.drift.bars",
        "training.drift.comparison",
        "models.predire.log_rows",
        "functions.predict_digit.schema",
        "streamlit",
    } <= set(loaded)
    assert [
        name for name in loaded if name.startswith(("sklearn", "skl2onnx", "mlflow", "onnx.", "functions_framework"))
    ] == []


def test_onnxruntime_is_imported_once_and_without_telemetry() -> None:
    files = [file for folder in ("shared", "functions", "models", "training") for file in (ROOT / folder).rglob("*.py")]
    importers = {str(file.relative_to(ROOT)) for file in files if "onnxruntime" in set(imports(file))}
    assert importers == {"shared/model/runtime.py"}
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    command = [
        sys.executable,
        "-c",
        "import os; from shared.model.runtime import ort; print(os.environ['ORT_DISABLE_TELEMETRY'])",
    ]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout == "1\n"


def test_a_model_imports_no_other_function() -> None:
    for file in ROOT.glob("models/*/*.py"):
        package = f"functions.{file.parent.name}"
        assert [name for name in imports(file) if name.startswith("functions.") and not name.startswith(package)] == []


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_a_first_prediction_loads_no_heavy_module(folder: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", FIRST_PREDICTION, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    facts = json.loads(result.stdout)
    assert "onnxruntime" in facts["loaded"]
    assert [name for name in facts["loaded"] if name.startswith(HEAVY + LATER)] == []
    assert facts["by_prediction"] == []
    assert facts["unpickled"] == []


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if folder not in MODELS], ids=lambda f: f.name)
def test_a_function_without_a_model_loads_no_model_code(folder: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", FIRST_PREDICTION, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    facts = json.loads(result.stdout)
    assert "shared.web.routes" in facts["loaded"]
    models = ("numpy", "onnxruntime", "shared.model")
    assert [name for name in facts["loaded"] if name.startswith(HEAVY + LATER + models)] == []
    assert facts["by_prediction"] == []


def test_a_first_prediction_from_a_bucket_loads_no_heavy_module(gcs: FakeGcs) -> None:
    name = "predire"
    publish(gcs, bundle(name))
    promote(gcs, bundle(name))
    environ = {**os.environ, **environment(gcs, name, MODEL_FALLBACK="none")}
    command = [sys.executable, "-c", FIRST_PREDICTION, str(ROOT / "functions" / name)]
    result = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    facts = json.loads(result.stdout)
    assert "shared.storage.bucket" in facts["loaded"]
    assert [module for module in facts["loaded"] if module.startswith(HEAVY + LATER)] == []
    assert facts["by_prediction"] == []


LOAD_THE_EXPLORER = """
import importlib, json, pathlib, sys
from functions.explorer.bundles.discovery import model_names
from functions.explorer.request_log import predictions, replay
for file in pathlib.Path("functions/explorer").rglob("*.py"):
    if "views" not in file.parts and file.stem not in {"app", "__main__", "__init__"}:
        importlib.import_module(".".join(file.with_suffix("").parts))
from functions.explorer.views.log_sections import drift, overview, predictions as section, replay, students
for name in model_names():
    predictions.log_rows_of(name)
    importlib.import_module(f"functions.{name}.schema")
import training.registry.store
print(json.dumps(sorted(sys.modules)))
"""
FIRST_PREDICTION = """
import json, pathlib, sys
unpickled = []
sys.addaudithook(lambda event, args: unpickled.append(str(args)) if event == "pickle.find_class" else None)
from tests.replay import cases, load
folder = pathlib.Path(sys.argv[1])
client = load(folder)
case = next(case for case in cases(folder) if case.status == 200)
client.get("/health/live")
before = set(sys.modules)
answer = client.open(case.path, method=case.method, headers=dict(case.headers), data=case.body)
assert answer.status_code == 200
by_prediction = sorted(set(sys.modules) - before)
print(json.dumps({"loaded": sorted(sys.modules), "by_prediction": by_prediction, "unpickled": unpickled}))
"""
