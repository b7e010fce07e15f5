"""The modules and the packages of the explorer have no import cycle."""

from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.replay import ROOT
from tests.unit.test_imports import imports

EXPLORER = "functions.explorer"


def import_graph(root: Path) -> dict[str, set[str]]:
    """The modules of the explorer that each of its modules imports, also in functions and below TYPE_CHECKING."""
    files = {
        ".".join(file.relative_to(root).with_suffix("").parts): file
        for file in (root / EXPLORER.replace(".", "/")).rglob("*.py")
        if file.stem != "__init__"
    }
    return {name: {target for target in imports(file) if target in files} for name, file in files.items()}


def package_graph(modules: dict[str, set[str]]) -> dict[str, set[str]]:
    """The same between packages: a module of the top folder counts as a package of its own."""
    graph: dict[str, set[str]] = {}
    for module, targets in modules.items():
        package = package_of(module)
        graph.setdefault(package, set()).update({package_of(target) for target in targets} - {package})
    return graph


def package_of(module: str) -> str:
    return module.removeprefix(f"{EXPLORER}.").partition(".")[0]


def sort(graph: dict[str, set[str]]) -> list[str]:
    """The names in an order in which each comes after its imports. Raises CycleError."""
    return list(TopologicalSorter(graph).static_order())


def test_imports_have_no_cycle() -> None:
    modules = import_graph(ROOT)
    assert len(modules) > 40
    order = sort(package_graph(modules))
    assert order.index("tables") < order.index("charts") < order.index("widgets") < order.index("views")
    assert len(sort(modules)) == len(modules)


def test_an_import_cycle_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.test_imports.ROOT", tmp_path)
    folder = tmp_path / "functions/explorer/tables"
    folder.mkdir(parents=True)
    (folder / "reader.py").write_text("def read():\n    from functions.explorer.tables import csv_files\n")
    (folder / "csv_files.py").write_text("if TYPE_CHECKING:\n    from functions.explorer.tables.reader import Table\n")
    with pytest.raises(CycleError):
        sort(import_graph(tmp_path))
