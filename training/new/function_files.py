"""The files of `functions/NAME/`, from templates: a few readable lines that a person may edit."""

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from shared.errors import Text
from shared.i18n import fill
from shared.model.table import BOOLEAN, CLASSES, CLUSTERS, DATE, NUMBER, OUTLIERS, TEXT, VALUES, Column, Table
from training.new.python_text import literal, prose

TEMPLATES = Path(__file__).with_name("templates")
REQUIREMENTS = ("requirements.in", "requirements.txt")
"""Files that every function with a table has in common; those of `predict_species` are copied."""

LARGE_BUNDLE = 30_000_000
"""Size of a bundle from which a function gets more memory, bytes."""
LONGEST_NAMES = 40
"""Longest list of targets in a title, characters."""
SHOWN_VALUES = 8
"""Most values of a column that its row of the README shows."""

_TITLES: dict[str, Text] = {
    CLASSES: ("Prédit {targets} d'après {columns}", "Predicts {targets} from {columns}"),
    VALUES: ("Prédit {targets} d'après {columns}", "Predicts {targets} from {columns}"),
    OUTLIERS: ("Repère les lignes inhabituelles d'après {columns}", "Finds unusual rows from {columns}"),
    CLUSTERS: ("Range les lignes en groupes d'après {columns}", "Puts rows into clusters from {columns}"),
}
_ANSWERS = {
    CLASSES: "the class of each row, its probabilities, and the classes that cannot be ruled out",
    VALUES: "the number of each row, and the interval that holds it in nine cases of ten",
    OUTLIERS: "1 for a usual row, -1 for an outlier, and its score",
    CLUSTERS: "the cluster of each row",
}


def title_of(table: Table) -> Text:
    """What the function does, French then English, on at most some 100 characters."""
    names = ", ".join(target.name for target in table.targets)
    if len(names) > LONGEST_NAMES:
        names = names[: LONGEST_NAMES - 3] + "..."
    return fill(_TITLES[table.kind], targets=names, columns=_count(table))


def function_files(name: str, table: Table, bundle_bytes: int, root: Path) -> dict[str, bytes]:
    """The files of a function, by path below its folder; the examples have no responses yet.

    Args:
        name: name of the function.
        table: what its model reads and answers.
        bundle_bytes: size of its bundle.
        root: folder of the repository.
    """
    french, english = title_of(table)
    large = bundle_bytes > LARGE_BUNDLE
    words = {
        "name": name,
        "title": prose(english),
        "french": literal(french),
        "english": literal(english),
        "summary": f"{_count(table)[1]} in, {_kind_of_answer(table)} out",
        "memory": "1Gi  " if large else "512Mi",
        "memory_reason": "a large bundle" if large else "80 to 150 MB in use; half would save 3 % of the bill",
        "answer": _ANSWERS[table.kind],
        "fields": "\n".join(map(_field, table.columns)),
    }
    files = filled(TEMPLATES / "function", words)
    files |= {file: (root / "functions/predict_species" / file).read_bytes() for file in REQUIREMENTS}
    return files | {"__init__.py": b""} | example_files(name, table)


def filled(folder: Path, words: Mapping[str, str]) -> dict[str, bytes]:
    """The templates of a folder with their words filled in, by name of the file that they make."""
    return {
        file.name.removesuffix(".template"): Template(file.read_text(encoding="utf-8")).substitute(words).encode()
        for file in sorted(folder.glob("*.template"))
    }


def example_files(name: str, table: Table) -> dict[str, bytes]:
    """Requests that the function answers and refuses: a common row, the same explained, and a row without a column."""
    row = {column.name: column.example for column in table.columns}
    first = table.columns[0].name
    incomplete = {key: value for key, value in row.items() if key != first}
    files = {
        "exemple.json": {"data": [row]},
        "exemple.case.json": _case(f"/{name}", "exemple.json", ("Une ligne ordinaire", "A common row")),
        "colonne_absente.case.json": _case(f"/{name}", {"data": [incomplete]}),
    }
    if table.explanation is not None:
        files["explication.case.json"] = _case(f"/{name}/explication", "exemple.json")
    return {f"examples/{file}": _json(content) for file, content in files.items()}


def _case(path: str, body: object, summary: Text | None = None) -> dict[str, Any]:
    words = {"summary": list(summary)} if summary else {}
    return {
        **words,
        "request": {"method": "POST", "path": path, "body": body},
        "response": {"status": 0, "body": None},
    }


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _count(table: Table) -> Text:
    """The number of columns, in words."""
    count = len(table.columns)
    return (f"{count} colonnes", f"{count} columns") if count > 1 else ("une colonne", "one column")


def _kind_of_answer(table: Table) -> str:
    if table.kind == CLASSES:
        return "classes"
    return {VALUES: "numbers", OUTLIERS: "usual or not", CLUSTERS: "clusters"}[table.kind]


def _field(column: Column) -> str:
    values = _values(column).replace("|", "\\|")
    name = column.name.replace("|", "\\|")
    return f"| `{name}` | {column.kind} | {values} | {'yes' if column.nullable else 'no'} |"


def _values(column: Column) -> str:
    if column.kind == NUMBER:
        return "" if column.minimum is None else f"{column.minimum:g} to {column.maximum:g}"
    if column.kind == DATE:
        return f"{column.first} to {column.last}"
    if column.kind == BOOLEAN:
        return "`true`, `false`"
    if column.kind == TEXT or not column.values:
        return "free text"
    shown = ", ".join(f"`{value}`" for value in column.values[:SHOWN_VALUES])
    return shown + (f" and {more} more" if (more := len(column.values) - SHOWN_VALUES) > 0 else "")
