"""`make package`: a self-contained folder that answers the examples with only its own requirements installed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.replay import FOLDERS, ROOT, Remote, mistakes
from tests.serving import serving
from tools import package

PREDIRE = ROOT / "functions/predire"
KNOWN = ", ".join([*package.names(), *package.apps()])
"""What a package can be made of, in order."""


def contents(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Files of a folder by path: content, mode, modification time in seconds."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        facts = path.stat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (content, facts.st_mode, int(facts.st_mtime))
    return found


def test_a_package_reproduces_the_examples_without_the_repository(folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    package.assemble(folder.name, alone)
    with serving(folder.name, alone) as server:
        assert mistakes(Remote(server.address), folder) == []
        assert b'"examples"' in server.get("/openapi.json")
        if package.has_model(folder):
            assert b'"source":"embedded"' in server.get("/health/ready")
            assert b'<article class="text card"' in server.get("/model/card")


def test_a_package_installs_in_an_empty_environment(tmp_path: Path, framework_of: Callable[[Path], Path]) -> None:
    """As in Cloud Functions: from its requirements.txt with hashes, and nothing else."""
    command = [
        "make",
        "--no-print-directory",
        "package",
        f"PYTHON={sys.executable}",
        "FUNCTION=predire",
        f"DIST={tmp_path}",
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    alone = tmp_path / "predire"
    with serving("predire", alone, framework=framework_of(alone / "requirements.txt")) as server:
        assert mistakes(Remote(server.address), PREDIRE) == []
        assert b'<article class="text card"' in server.get("/model/card")


def test_the_same_sources_give_the_same_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Independent of file times and modes, and of files left by a run."""
    package.assemble("predict_digit", tmp_path / "one")
    checkout = tmp_path / "checkout"
    for part in ("functions/predict_digit", "shared", "models/predict_digit/bundle"):
        shutil.copytree(ROOT / part, checkout / part, copy_function=shutil.copyfile)
    function = checkout / "functions/predict_digit"
    (function / "saved_images").mkdir()
    (function / "saved_images/dessin.png").write_bytes(b"somebody's")
    (function / "requetes_enrg.jsonl").write_text("somebody's")
    for name in (".env", "service-account.json", "students.csv", "key"):
        (function / name).write_text("a secret")
    (function / "main.py").chmod(0o600)
    os.utime(function / "page.html")
    monkeypatch.setattr(package, "ROOT", checkout)
    package.assemble("predict_digit", tmp_path / "two")
    package.assemble("predict_digit", tmp_path / "two")
    one = contents(tmp_path / "one")
    assert contents(tmp_path / "two") == one
    assert {when for _, _, when in one.values()} == {package.OLDEST}
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    package.assemble("predict_digit", tmp_path / "two")
    assert {when for _, _, when in contents(tmp_path / "two").values()} == {1700000000}


def test_a_package_contains_only_imported_modules_of_shared(tmp_path: Path) -> None:
    file = tmp_path / "main.py"
    file.write_text("import json\nfrom shared import i18n\n\ndef later():\n    import shared.model.runtime\n")
    files = [path.relative_to(ROOT / "shared").as_posix() for path in package.shared_files([file])]
    assert files == ["__init__.py", "errors.py", "i18n.py", "model/__init__.py", "model/runtime.py"]


def test_only_a_function_with_the_page_of_tables_ships_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "shared", checkout / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(package, "ROOT", checkout)
    for name, module in (("vins", "shared.model.tabular.routes"), ("iris", "shared.web.routes")):
        (checkout / "functions" / name).mkdir(parents=True)
        (checkout / "functions" / name / "main.py").write_text(f"import {module}\n")
        (checkout / "models" / name / "bundle").mkdir(parents=True)
        package.assemble(name, tmp_path / name)
    site = "shared/model/tabular/site"
    shipped = {path.name for path in (tmp_path / "vins" / site).iterdir()}
    assert shipped == {path.name for path in (ROOT / site).iterdir()} >= {"table.html", "table.css", "form.js"}
    assert (tmp_path / "vins/shared/web/site/page.css").exists()
    assert not (tmp_path / "iris" / site).exists()


def test_every_module_of_shared_but_the_log_command_and_checks_is_in_some_package(tmp_path: Path) -> None:
    modules = set((ROOT / "shared").rglob("*.py"))
    generated = tmp_path / "main.py"
    generated.write_text("import shared.model.tabular.routes, shared.model.tabular.schema\n")
    packaged = package.shared_files([generated, *(file for folder in FOLDERS for file in folder.glob("*.py"))])
    rest = {path.relative_to(ROOT / "shared").as_posix() for path in modules - set(packaged)}
    assert rest == {"log/__main__.py", "log/reader.py", "log/table.py", "model/tabular/records.py"}


def test_an_app_contains_its_imports_and_every_model_but_no_training(tmp_path: Path) -> None:
    package.assemble("explorer", tmp_path / "app")
    package.assemble("explorer", tmp_path / "app")
    found = {name for name, (content, _, _) in contents(tmp_path / "app").items() if content}
    assert {
        "functions/explorer/app.py",
        "functions/explorer/.streamlit/config.toml",
        "shared/model/predictor.py",
    } <= found
    assert {"functions/predire/student.py", "models/predire/log_rows.py", "training/drift/bars.py"} <= found
    assert {f"models/{folder.name}/bundle/manifest.json" for folder in FOLDERS if package.has_model(folder)} <= found
    assert {path.suffix for path in (tmp_path / "app/functions/explorer/datasets").iterdir()} == {".csv", ".json"}
    assert [name for name in found if name.endswith(("/train.py", "/main.py", "models/predire/data.py"))] == []
    assert not found & {"training/metrics.py", "training/plots.py", "training/drift/plot.py", "shared/web/app.py"}
    assert "functions/explorer/README.md" not in found


def test_a_function_without_a_model_has_no_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    function = tmp_path / "functions/books"
    function.mkdir(parents=True)
    (function / "main.py").write_text("")
    monkeypatch.setattr(package, "ROOT", tmp_path)
    with pytest.raises(FileNotFoundError, match="models/books/bundle"):
        package.assemble("books", tmp_path / "dist")
    (function / "function.yaml").write_text("kind: api  # no model\n")
    for name in ("books.json", "key.json"):
        (function / name).write_text("[]")
    package.assemble("books", tmp_path / "dist")
    assert set(contents(tmp_path / "dist")) == {".", "books.json", "main.py"}


def test_functions_with_a_model_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, kind in (("atlas", "api"), ("books", "'api'"), ("predire", "model")):
        (tmp_path / "functions" / name).mkdir(parents=True)
        (tmp_path / "functions" / name / "main.py").touch()
        (tmp_path / "functions" / name / "function.yaml").write_text(f"kind: {kind}\n")
    (tmp_path / "functions/echo").mkdir()
    (tmp_path / "functions/echo/main.py").touch()
    monkeypatch.setattr(package, "ROOT", tmp_path)
    assert package.names() == ["echo", "predire", "atlas", "books"]


@pytest.mark.parametrize(
    ("locale", "arguments", "reason"),
    [
        ("C.UTF-8", ["nobody"], f"no function is called nobody; there are {KNOWN}"),
        ("fr_FR.UTF-8", ["nobody"], f"aucune fonction ne s'appelle nobody ; il y a {KNOWN}"),
        ("C.UTF-8", ["predire", "--dist", "."], "predire holds something else than a packaged function: nothing is"),
        ("fr_FR.UTF-8", ["predire", "--dist", "."], "predire contient autre chose qu'une fonction empaquetée : rien"),
    ],
)
def test_package_errors_give_the_reason(locale: str, arguments: list[str], reason: str, tmp_path: Path) -> None:
    (tmp_path / "predire").mkdir()
    (tmp_path / "predire/letter.txt").write_text("keep me")
    command = [sys.executable, str(ROOT / "tools/package.py"), *arguments]
    environ = os.environ | {"LC_ALL": locale}
    result = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert reason in result.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["predire", "letter.txt"]


def test_every_function_is_packaged_by_default(tmp_path: Path) -> None:
    command = ["make", "--no-print-directory", "package", f"PYTHON={sys.executable}", f"DIST={tmp_path}"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(folder.name for folder in FOLDERS)
    assert len(result.stdout.splitlines()) == len(FOLDERS)


def test_a_service_account_can_have_the_name_of_every_service() -> None:
    assert package.service_name("predict_species") == "augure-predict-species"
    assert package.service_name("a" * 23) == "augure-" + "a" * 23
    assert (
        package.service_name("cancer_calibrated_isotonic") == "augure-cancer-calibrate-286409"
    )  # as Terraform computes it
    assert package.service_name("cancer_calibrated_isotonib") != package.service_name("cancer_calibrated_isotonic")
