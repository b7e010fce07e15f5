"""Imports of `shared` go one way: the order is the block below "Layers" in docs/architecture.md."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.replay import ROOT
from tests.unit.test_imports import imports


def order() -> dict[str, int]:
    """The height of every module by its dotted name below `shared`; packages have a height too."""
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
    """The module of `shared` that an imported name is in; None: none, or a package as such."""
    root, *parts = name.split(".")
    found = [".".join(parts[:length]) for length in (2, 1) if ".".join(parts[:length]) in heights]
    is_package = bool(found) and any(known.startswith(f"{found[0]}.") for known in heights)
    return found[0] if root == "shared" and found and not is_package else None


def may_import(own: str, target: str, heights: dict[str, int]) -> bool:
    """Whether the order lets the module `own` import the module `target`."""
    if (package := own.partition(".")[0]) == target.partition(".")[0]:
        return heights[target] < heights[own]
    return heights[target.partition(".")[0]] < heights[package]


def wrong_imports(folder: Path) -> Iterator[str]:
    """Every module that the order does not name, and every import that it forbids."""
    heights = order()
    for file in sorted(file for file in folder.rglob("*.py") if file.stem != "__init__"):
        own = ".".join(file.relative_to(folder).with_suffix("").parts)
        if own not in heights:
            yield f"{own} is in no layer"
            continue
        targets = {module for name in imports(file) if (module := module_of(name, heights))}
        yield from (f"{own} imports {target}" for target in sorted(targets) if not may_import(own, target, heights))


def test_imports_go_one_way() -> None:
    assert list(wrong_imports(ROOT / "shared")) == []


def test_every_module_of_the_order_exists() -> None:
    for name in order():
        place = ROOT / "shared" / name.replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__init__.py").read_text("utf-8") == ""


def test_a_wrong_import_is_seen(tmp_path: Path) -> None:
    for name, text in {
        "errors.py": "from shared import settings",
        "log/entry.py": "from shared.log import sinks",
        "log/sinks.py": "from shared.log.entry import entry\nfrom shared.errors import Text",
        "stray.py": "",
        "web/app.py": "import shared.storage.bucket",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert list(wrong_imports(tmp_path)) == [
        "errors imports settings",
        "log.entry imports log.sinks",
        "stray is in no layer",
        "web.app imports storage.bucket",
    ]
