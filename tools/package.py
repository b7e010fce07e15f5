"""Assemble a function and all that it needs in a folder of its own, `dist/NAME`: `make package FUNCTION=predire`.

`gcloud functions deploy --gen2 --source dist/NAME` and `gcloud run deploy --source dist/NAME --function NAME` take it
as it is, and the Dockerfile's image holds the same folder. Needs the standard library only. The same sources give the
same bytes and the same times, which are SOURCE_DATE_EPOCH's (seconds since 1970).
"""

import argparse
import ast
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = 315532800
"""1980-01-01, the oldest time that a zip archive can say: gcloud uploads one."""

TAKEN = ("*.py", "*.html", "*.css", "*.js", "requirements.txt", "examples", "*.json")
"""What is taken of a function's folder, JSON from `examples/` and NAME.json alone: keys and logs may lie beside."""


def names() -> list[str]:
    """Every function of the repository: those that serve a model, then the others."""
    folders = [file.parent for file in ROOT.glob("functions/*/main.py")]
    return [folder.name for folder in sorted(folders, key=lambda folder: (not has_model(folder), folder.name))]


def assemble(name: str, target: Path) -> None:
    """Write the function `name` into `target`, in place of what was packaged there before.

    Raises:
        SystemExit: `target` holds something else.
    """
    if target.exists() and any(target.iterdir()) and not (target / "main.py").exists():
        sys.exit(f"{target} holds something else than a packaged function: nothing is written")
    shutil.rmtree(target, ignore_errors=True)
    source = ROOT / "functions" / name
    shutil.copytree(source, target, ignore=_left_out)
    (target / "shared").mkdir()
    for module in ("__init__", *shared_modules(target.glob("*.py"))):
        shutil.copyfile(ROOT / "shared" / f"{module}.py", target / "shared" / f"{module}.py")
    if (target / "shared/pages.py").exists():
        shutil.copytree(ROOT / "shared/site", target / "shared/site")
    if has_model(source):
        shutil.copytree(ROOT / "models" / name / "bundle", target / "models" / name / "bundle")
    settle(target)


def _left_out(folder: str, names: list[str]) -> set[str]:
    own = Path(folder).name
    taken = {name for name in names if any(fnmatch(name, pattern) for pattern in TAKEN)} - {"__init__.py"}
    secret = {name for name in taken if name.endswith(".json") and own != "examples" and name != f"{own}.json"}
    return set(names) - taken | secret


def has_model(source: Path) -> bool:
    """Whether a function serves a model: unless its `function.yaml` says `kind: api`."""
    facts = source / "function.yaml"
    return not facts.exists() or not re.search(r"^kind:\s*[\"']?api\b", facts.read_text(encoding="utf-8"), re.MULTILINE)


def shared_modules(files: Iterable[Path]) -> list[str]:
    """The modules of `shared` that these files import, and those that they import in turn."""
    found: set[str] = set()
    todo = list(files)
    while todo:
        new = set(imported(todo.pop())) - found
        found |= new
        todo += [ROOT / "shared" / f"{module}.py" for module in new]
    return sorted(found)


def imported(file: Path) -> Iterator[str]:
    """The modules of `shared` that one file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "shared":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from _below_shared(node.module)
        elif isinstance(node, ast.Import):
            yield from (module for alias in node.names for module in _below_shared(alias.name))


def _below_shared(name: str) -> list[str]:
    package, _, module = name.partition(".")
    return [module] if package == "shared" and module else []


def settle(folder: Path) -> None:
    """Give a folder and all that it holds one time and the usual modes, whatever the checkout had."""
    when = int(os.environ.get("SOURCE_DATE_EPOCH") or OLDEST)
    for path in (*sorted(folder.rglob("*"), reverse=True), folder):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (when, when))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Assemble functions for gcloud, each in a folder of its own.")
    parser.add_argument("name", nargs="*", help=f"a function, of {', '.join(names())}; default: all")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="where the folders go; default: dist")
    arguments = parser.parse_args()
    if unknown := set(arguments.name) - set(names()):
        parser.error(f"no function is called {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    for name in arguments.name or names():
        target = arguments.dist / name
        assemble(name, target)
        files = [path for path in target.rglob("*") if path.is_file()]
        print(f"{target}: {len(files)} files, {sum(path.stat().st_size for path in files) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
