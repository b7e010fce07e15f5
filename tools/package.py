"""Assemble a function and all that it needs in a folder of its own, `dist/NAME`: `make package FUNCTION=predire`.

An app (`functions/NAME/__main__.py`) is assembled for its image. A function is for more:
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


TAKEN_OF_APP = ("*.py", "*.toml", "datasets/*.csv", "datasets/*.json", "datasets/*.jsonl", "datasets/*.parquet")
"""What is taken of an app's folder, whose data sets are meant to be shown."""

PACKAGES = ("functions", "models", "shared", "training")
"""Whose modules follow what imports them."""


def names() -> list[str]:
    """Every function of the repository: those that serve a model, then the others."""
    folders = [file.parent for file in ROOT.glob("functions/*/main.py")]
    return [folder.name for folder in sorted(folders, key=lambda folder: (not has_model(folder), folder.name))]


def apps() -> list[str]:
    """Every app: it is no function but a program, `python -m functions.NAME`, for an image only."""
    return sorted(file.parent.name for file in ROOT.glob("functions/*/__main__.py"))


def assemble(name: str, target: Path) -> None:
    """Write the function or the app `name` into `target`, in place of what was packaged there before.

    Raises:
        SystemExit: `target` holds something else.
    """
    is_app = name in apps()
    mark = target / ("functions" if is_app else "main.py")
    if target.exists() and any(target.iterdir()) and not mark.exists():
        sys.exit(f"{target} holds something else than a packaged function: nothing is written")
    shutil.rmtree(target, ignore_errors=True)
    (_assemble_app if is_app else _assemble_function)(name, target)
    settle(target)


def _assemble_function(name: str, target: Path) -> None:
    source = ROOT / "functions" / name
    shutil.copytree(source, target, ignore=_left_out)
    for file in shared_files(target.glob("*.py")):
        place = target / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    if (target / "shared/web/pages.py").exists():
        shutil.copytree(ROOT / "shared/web/site", target / "shared/web/site")
    if has_model(source):
        shutil.copytree(ROOT / "models" / name / "bundle", target / "models" / name / "bundle")


def _left_out(folder: str, names: list[str]) -> set[str]:
    own = Path(folder).name
    taken = {name for name in names if any(fnmatch(name, pattern) for pattern in TAKEN)} - {"__init__.py"}
    secret = {name for name in taken if name.endswith(".json") and own != "examples" and name != f"{own}.json"}
    return set(names) - taken | secret


def _assemble_app(name: str, target: Path) -> None:
    """As the repository has it: the app, what it imports, and every model with how its requests are read."""
    source = ROOT / "functions" / name
    own = [file for pattern in TAKEN_OF_APP for file in source.rglob(pattern)]
    models = sorted(folder.parent for folder in ROOT.glob("models/*/bundle"))
    roots = [file for file in own if file.suffix == ".py"]
    roots += [model / "log_rows.py" for model in models]
    roots += [ROOT / "functions" / model.name / "schema.py" for model in models]
    for file in {*own, *followed(roots), source / "requirements.txt"}:
        place = target / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    for model in models:
        shutil.copytree(model / "bundle", target / model.relative_to(ROOT) / "bundle")


def followed(files: Iterable[Path]) -> set[Path]:
    """These files, the modules of `PACKAGES` that they import, those that these import, and their packages."""
    found: set[Path] = set()
    todo = list(files)
    while todo:
        file = todo.pop()
        if file in found or not file.exists():
            continue
        found.add(file)
        todo += [parent / "__init__.py" for parent in file.parents if parent.is_relative_to(ROOT) and parent != ROOT]
        todo += [module for name in modules(file) for module in _files(name)]
    return found


def _files(name: str) -> list[Path]:
    """Where a module may be."""
    place = ROOT.joinpath(*name.split("."))
    return [place.with_suffix(".py"), place / "__init__.py"]


def modules(file: Path) -> Iterator[str]:
    """The modules of `PACKAGES` that a file imports, wherever in it, unless it is for its types only."""
    package = file.relative_to(ROOT).parent.parts if file.is_relative_to(ROOT) else ()
    for node in _nodes(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            found = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in found if name.partition(".")[0] in PACKAGES)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those below `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            yield node
            yield from _nodes(node)


def has_model(source: Path) -> bool:
    """Whether a function serves a model: unless its `function.yaml` says `kind: api`."""
    facts = source / "function.yaml"
    return not facts.exists() or not re.search(r"^kind:\s*[\"']?api\b", facts.read_text(encoding="utf-8"), re.MULTILINE)


def shared_files(files: Iterable[Path]) -> list[Path]:
    """The modules of `shared` that these files import, directly or not, with the `__init__.py` of their packages."""
    return sorted(file for file in followed(files) if file.is_relative_to(ROOT / "shared"))


def settle(folder: Path) -> None:
    """Give a folder and all that it holds one time and the usual modes, whatever the checkout had."""
    when = int(os.environ.get("SOURCE_DATE_EPOCH") or OLDEST)
    for path in (*sorted(folder.rglob("*"), reverse=True), folder):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (when, when))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Assemble functions for gcloud, each in a folder of its own.")
    parser.add_argument("name", nargs="*", help=f"a function, of {', '.join(names())} (default: all), or an app")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="where the folders go; default: dist")
    arguments = parser.parse_args()
    known = [*names(), *apps()]
    if unknown := set(arguments.name) - set(known):
        parser.error(f"no function is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for name in arguments.name or names():
        target = arguments.dist / name
        assemble(name, target)
        files = [path for path in target.rglob("*") if path.is_file()]
        print(f"{target}: {len(files)} files, {sum(path.stat().st_size for path in files) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
