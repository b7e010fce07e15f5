"""The names that a new function may have."""

import ast
import re
from pathlib import Path

import pytest

from training.errors import CommandError
from training.new.function_files import TEMPLATES
from training.new.names import KEPT_OUT, LONGEST, RESERVED, ROOT, check_name


@pytest.mark.parametrize("name", ["vin", "q2", "prix_m2", "match", "x" * LONGEST])
def test_a_name_of_a_module_is_accepted(name: str, tmp_path: Path) -> None:
    check_name(name, tmp_path)


@pytest.mark.parametrize("name", ["", "v", "Vin", "2vin", "vin-rouge", "été", "vin_", "../vin", "x" * (LONGEST + 1)])
def test_another_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="It takes 2 to 40 characters"):
        check_name(name, tmp_path)


@pytest.mark.parametrize("name", ["predict", "schema", "list", "id", "sum", "class", "shared", "openapi"])
def test_a_name_that_the_code_uses_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=f"for example `predict_{name}`"):
        check_name(name, tmp_path)


def test_every_name_that_the_function_imports_is_refused() -> None:
    text = (TEMPLATES / "function/main.py.template").read_text("utf-8").replace("$french", "''")
    tree = ast.parse(text.replace("$english", "''").replace("$", ""))
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    names = {name for name in imported if name.islower()}
    assert {"endpoint", "table_page"} <= names <= RESERVED


@pytest.mark.parametrize("name", ["data", "dist", "logs", "password_strength", "secret"])
def test_a_name_that_is_left_out_of_deployments_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="leaves out folders of this name"):
        check_name(name, tmp_path)


def test_every_folder_that_is_left_out_is_refused() -> None:
    lines = [line for file in (".gitignore", ".gcloudignore") for line in (ROOT / file).read_text("utf-8").splitlines()]
    folders = {line.rstrip("/") for line in lines if line.endswith("/")} - {"__pycache__"}
    words = {re.sub(r"\[(\w)\w]", lambda pair: pair[1].lower(), line).strip("*") for line in lines if "[" in line}
    named = {name for name in folders | words if re.fullmatch("[a-z_]+", name)}
    assert {"data", "dist", "password"} <= named
    assert [name for name in named if not KEPT_OUT.fullmatch(name)] == []


@pytest.mark.parametrize("parent", ["functions", "models"])
def test_a_name_that_is_taken_is_refused(parent: str, tmp_path: Path) -> None:
    (tmp_path / parent / "vin").mkdir(parents=True)
    with pytest.raises(CommandError, match=f"{parent}/vin exists already: nothing is overwritten"):
        check_name("vin", tmp_path)
