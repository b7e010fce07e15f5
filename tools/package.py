"""Assemble a function and everything that it needs in its own folder, `dist/NAME`: `make package FUNCTION=predire`.

The folder of a function is ready for `gcloud functions deploy --gen2 --source dist/NAME` and
`gcloud run deploy --source dist/NAME --function NAME`, and is what the Dockerfile's image holds. An app
(`functions/NAME/__main__.py`) is assembled for its image only. Standard library only. The same sources give the same
bytes and the same timestamps: SOURCE_DATE_EPOCH (seconds since 1970).
"""

import argparse
import ast
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if not __package__:  # run as a file: `python tools/package.py`
    sys.path.insert(0, str(ROOT))

from shared.terminal import localize, say  # noqa: E402

OLDEST = 315532800
"""Timestamp of packaged files, seconds since 1970: 1980-01-01, the oldest that a zip archive can hold."""

FUNCTION_FILES = ("*.py", "*.html", "*.css", "*.js", "requirements.txt", "examples", "*.json")
"""Patterns of a function's files. JSON only from `examples/` and NAME.json: keys and logs may be in the folder too."""

APP_FILES = ("*.py", "*.toml", "datasets/*.csv", "datasets/*.json", "datasets/*.jsonl", "datasets/*.parquet")
"""Patterns of an app's files, data sets included."""

LONGEST_NAME = 23
"""Longest name of a function that a service's name holds whole, characters."""

PACKAGES = ("functions", "models", "shared", "training")
"""Packages whose imports are followed."""


def names() -> list[str]:
    """Every function of the repository: first those that serve a model."""
    folders = [file.parent for file in ROOT.glob("functions/*/main.py")]
    return [folder.name for folder in sorted(folders, key=lambda folder: (not has_model(folder), folder.name))]


def apps() -> list[str]:
    """Every app: not a function but a program, `python -m functions.NAME`."""
    return sorted(file.parent.name for file in ROOT.glob("functions/*/__main__.py"))


def service_name(name: str) -> str:
    """The Cloud Run service of a function; its service account has the same name, at most 30 characters.

    The same rule is in infra/terraform/functions.tf.
    """
    if len(name) <= LONGEST_NAME:
        return f"augure-{name}".replace("_", "-")
    return f"augure-{name[:16]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}".replace("_", "-")


def assemble(name: str, target: Path) -> None:
    """Write the function or the app `name` into `target`; replaces an earlier package.

    Raises:
        SystemExit: `target` holds something else.
    """
    is_app = name in apps()
    mark = target / ("functions" if is_app else "main.py")
    if target.exists() and any(target.iterdir()) and not mark.exists():
        text = (
            "{target} contient autre chose qu'une fonction empaquetée : rien n'est écrit",
            "{target} holds something else than a packaged function: nothing is written",
        )
        sys.exit(say(text, target=target))
    shutil.rmtree(target, ignore_errors=True)
    (_assemble_app if is_app else _assemble_function)(name, target)
    normalize(target)


def _assemble_function(name: str, target: Path) -> None:
    source = ROOT / "functions" / name
    shutil.copytree(source, target, ignore=_excluded)
    for file in shared_files(target.glob("*.py")):
        _copy(file, target)
    if (target / "shared/web/pages.py").exists():
        shutil.copytree(ROOT / "shared/web/site", target / "shared/web/site")
    if (target / "shared/model/tabular/routes.py").exists():
        shutil.copytree(ROOT / "shared/model/tabular/site", target / "shared/model/tabular/site")
    if has_model(source):
        shutil.copytree(ROOT / "models" / name / "bundle", target / "models" / name / "bundle")


def _excluded(folder: str, names: list[str]) -> set[str]:
    name = Path(folder).name
    included = {file for file in names if any(fnmatch(file, pattern) for pattern in FUNCTION_FILES)} - {"__init__.py"}
    private = {file for file in included if file.endswith(".json") and name != "examples" and file != f"{name}.json"}
    return set(names) - included | private


def _assemble_app(name: str, target: Path) -> None:
    """Same layout as the repository: the app, its imports, and every model with the modules that read its requests."""
    source = ROOT / "functions" / name
    files = [file for pattern in APP_FILES for file in source.rglob(pattern)]
    models = sorted(folder.parent for folder in ROOT.glob("models/*/bundle"))
    roots = [file for file in files if file.suffix == ".py"]
    roots += [model / "log_rows.py" for model in models]
    roots += [ROOT / "functions" / model.name / "schema.py" for model in models]
    for file in {*files, *import_closure(roots), source / "requirements.txt"}:
        _copy(file, target)
    for model in models:
        shutil.copytree(model / "bundle", target / model.relative_to(ROOT) / "bundle")


def _copy(file: Path, target: Path) -> None:
    """Copy a file of the repository to the same path below `target`."""
    copy = target / file.relative_to(ROOT)
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, copy)


def import_closure(files: Iterable[Path]) -> set[Path]:
    """These files and all modules of `PACKAGES` that they import, directly or not, with their `__init__.py`."""
    closure: set[Path] = set()
    todo = list(files)
    while todo:
        file = todo.pop()
        if file in closure or not file.exists():
            continue
        closure.add(file)
        todo += [parent / "__init__.py" for parent in file.parents if parent.is_relative_to(ROOT) and parent != ROOT]
        todo += [path for module in modules(file) for path in _paths(module)]
    return closure


def _paths(module: str) -> list[Path]:
    """Both possible files of a module."""
    path = ROOT.joinpath(*module.split("."))
    return [path.with_suffix(".py"), path / "__init__.py"]


def modules(file: Path) -> Iterator[str]:
    """The modules of `PACKAGES` that a file imports, in functions too; not those below `if TYPE_CHECKING`."""
    package = file.relative_to(ROOT).parent.parts if file.is_relative_to(ROOT) else ()
    for node in _nodes(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*parents, *filter(None, [node.module])])
            imported = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in imported if name.partition(".")[0] in PACKAGES)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those below `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            yield node
            yield from _nodes(node)


def has_model(source: Path) -> bool:
    """Whether a function's folder serves a model: unless its `function.yaml` says `kind: api`."""
    facts = source / "function.yaml"
    return not facts.exists() or not re.search(r"^kind:\s*[\"']?api\b", facts.read_text(encoding="utf-8"), re.MULTILINE)


def shared_files(files: Iterable[Path]) -> list[Path]:
    """The modules of `shared` that these files import, directly or not, with the `__init__.py` of their packages."""
    return sorted(file for file in import_closure(files) if file.is_relative_to(ROOT / "shared"))


def normalize(folder: Path) -> None:
    """Give a folder and all its files the same timestamp and the usual modes."""
    when = int(os.environ.get("SOURCE_DATE_EPOCH") or OLDEST)
    for path in (*sorted(folder.rglob("*"), reverse=True), folder):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (when, when))


def parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    text = (
        "Assembler des fonctions pour gcloud, chacune dans son dossier.",
        "Assemble functions for gcloud, each in its own folder.",
    )
    options = argparse.ArgumentParser(description=say(text))
    text = (
        "une fonction, parmi {names} (défaut : toutes), ou une application",
        "a function, of {names} (default: all), or an app",
    )
    options.add_argument("name", nargs="*", help=say(text, names=", ".join(names())))
    text = ("dossier des dossiers ; défaut : dist", "parent of the folders; default: dist")
    options.add_argument("--dist", type=Path, default=ROOT / "dist", help=say(text))
    return options


def main() -> None:
    """The command line."""
    localize()
    options = parser()
    arguments = options.parse_args()
    known = [*names(), *apps()]
    if unknown := set(arguments.name) - set(known):
        text = (
            "aucune fonction ne s'appelle {unknown} ; il y a {known}",
            "no function is called {unknown}; there are {known}",
        )
        options.error(say(text, unknown=", ".join(sorted(unknown)), known=", ".join(known)))
    for name in arguments.name or names():
        target = arguments.dist / name
        assemble(name, target)
        sizes = [path.stat().st_size for path in target.rglob("*") if path.is_file()]
        text = ("{target} : {count} fichiers, {size:.0f} ko", "{target}: {count} files, {size:.0f} kB")
        print(say(text, target=target, count=len(sizes), size=sum(sizes) / 1000))


if __name__ == "__main__":
    main()
