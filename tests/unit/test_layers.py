"""Imports of `shared` go one way: the order is the block below "Layers" in docs/architecture.md."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.replay import ROOT
from tests.unit.test_imports import imports


def order() -> dict[str, int]:
    """The height of each module and package of `shared`, by its dotted name below `shared`."""
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    block = re.search(r"^## Layers.*?```text\n(.*?)```", text, re.DOTALL | re.MULTILINE)
    assert block is not None
    heights: dict[str, int] = {}
    for line in block[1].splitlines():
        package, chain = line.split(maxsplit=1)
        prefix = "" if package == "shared" else f"{package}."
        for height, names in enumerate(chain.split(" < ")):
            heights |= {prefix + name: height for name in names.split(", ")}
    return heights


def module_of(name: str, heights: dict[str, int]) -> str | None:
    """The module of `shared` that defines an imported name; None for other names and for packages."""
    root, *parts = name.split(".")
    prefixes = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    found = next((prefix for prefix in prefixes if prefix in heights), None)
    is_package = any(module.startswith(f"{found}.") for module in heights)
    return found if root == "shared" and not is_package else None


def may_import(importer: str, target: str, heights: dict[str, int]) -> bool:
    """Whether the order allows the module `importer` to import the module `target`.

    They are compared in the innermost package that has both: as the modules or the packages of it that they are in.
    """
    for above, below in zip(ancestors(importer), ancestors(target), strict=False):
        if above != below:
            return heights[below] < heights[above]
    return False


def ancestors(module: str) -> list[str]:
    """The packages that a module is in, the outermost first, then the module: `model`, `model.tabular`, ..."""
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def violations(folder: Path) -> Iterator[str]:
    """Each module without a layer, and each import that the order forbids."""
    heights = order()
    for file in sorted(file for file in folder.rglob("*.py") if file.stem != "__init__"):
        importer = ".".join(file.relative_to(folder).with_suffix("").parts)
        if importer not in heights:
            yield f"{importer} is in no layer"
            continue
        targets = {module for name in imports(file) if (module := module_of(name, heights))}
        yield from (
            f"{importer} imports {target}" for target in sorted(targets) if not may_import(importer, target, heights)
        )


def test_imports_go_one_way() -> None:
    assert list(violations(ROOT / "shared")) == []


def test_every_module_of_the_order_exists() -> None:
    for name in order():
        path = ROOT / "shared" / name.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__init__.py").read_text("utf-8") == ""


def test_forbidden_imports_and_unknown_modules_are_reported(tmp_path: Path) -> None:
    for name, text in {
        "errors.py": "from shared import settings",
        "log/entry.py": "from shared.log import sinks",
        "log/sinks.py": "from shared.log.entry import entry\nfrom shared.errors import Text",
        "stray.py": "",
        "web/app.py": "import shared.storage.bucket",
        "model/codec.py": "from shared.model.tabular.words import WordCounter",
        "model/tabular/words.py": "from shared.model.tabular import schema",
        "model/tabular/rows.py": "from shared.model.columns import Scalar\nfrom shared.model.tabular.cells import Rule",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text)
    assert list(violations(tmp_path)) == [
        "errors imports settings",
        "log.entry imports log.sinks",
        "model.codec imports model.tabular.words",
        "model.tabular.words imports model.tabular.schema",
        "stray is in no layer",
        "web.app imports storage.bucket",
    ]
