"""What a build tells on the terminal: the columns as understood, the figures beside the baseline, what was found."""

from collections.abc import Iterable, Iterator
from typing import Any

import click
import pandas as pd
from rich.markup import escape

from shared.errors import Text
from shared.model import table as tables
from shared.model.bundle import Manifest
from shared.model.table import ROLE, Column
from shared.terminal import language, say
from training.console import show_columns, show_figures
from training.contract import Trained
from training.metrics import Figures
from training.new.measures import BASELINE, HIGH, LOW, NAMES, SHARES

KINDS: dict[str, Text] = {
    tables.NUMBER: ("nombre", "number"),
    tables.CODE: ("code", "code"),
    tables.BOOLEAN: ("booléen", "boolean"),
    tables.CATEGORY: ("catégorie", "category"),
    tables.TEXT: ("texte", "text"),
    tables.DATE: ("date", "date"),
}
COLUMNS = ("Colonnes lues par le modèle", "Columns that the model reads")
FIGURES = ("Mesuré sur des lignes que le modèle n'a pas vues", "Measured on rows that the model has not seen")
NOTE = ("- {note}", "- {note}")
MOST_VALUES = 4
MOST_LETTERS = 32
"""Longest cell, in characters."""


def show_trained(trained: Trained, frame: pd.DataFrame) -> None:
    """Print the columns and the figures of a model.

    Args:
        trained: of a table.
        frame: the training rows, for the shares of null.
    """
    if trained.table is not None:
        show_columns((_column(column, frame) for column in trained.table.columns), say(COLUMNS))
        show_figures(_figures(trained.graphs[ROLE].metrics), say(FIGURES))


def show_notes(notes: Iterable[Text]) -> None:
    """Print what was found in the table and the estimator."""
    for note in notes:
        click.echo(say(NOTE, note=say(note)))


def figures_of(manifest: Manifest) -> list[tuple[Text, str, str, str]]:
    """The figures of a bundle: name, value, 95 % interval, value of the baseline."""
    return list(_figures(manifest.graphs[ROLE].metrics))


def _figures(metrics: Figures) -> Iterator[tuple[Text, str, str, str]]:
    for name, value in metrics.items():
        target, _, plain = name.rpartition(": ")
        if plain in NAMES:
            prefix = f"{target}: " if target else ""
            low, high = metrics.get(f"{name}{LOW}"), metrics.get(f"{name}{HIGH}")
            ends = "" if low is None or high is None else f"{_number(plain, low)} – {_number(plain, high)}"
            baseline = metrics.get(f"{prefix}{BASELINE}{plain}")
            french, english = NAMES[plain]
            title = (f"{target} : {french}", f"{target}: {english}") if target else (french, english)
            yield _safe(title), _number(plain, value), ends, "" if baseline is None else _number(plain, baseline)


def _column(column: Column, frame: pd.DataFrame) -> tuple[Text, Text, Text, Text, Text]:
    share = float(frame[column.name].isna().mean())
    name = (column.name, column.name)
    missing = (f"{100 * share:.1f} %".replace(".", ","), f"{100 * share:.1f}%") if share else ("", "")
    return _safe(name), KINDS[column.kind], _safe(_seen(column)), missing, _safe(_both(column.example))


def _seen(column: Column) -> Text:
    if column.values is not None:
        some = ", ".join(map(_cut, column.values[:MOST_VALUES]))
        more = len(column.values) - MOST_VALUES
        return (f"{some}, + {more}",) * 2 if more > 0 else (some, some)
    if column.minimum is not None and column.maximum is not None:
        low, high = _both(column.minimum), _both(column.maximum)
        return f"{low[0]} à {high[0]}", f"{low[1]} to {high[1]}"
    return (f"{column.first} à {column.last}", f"{column.first} to {column.last}") if column.first else ("", "")


def _both(value: Any) -> Text:
    if isinstance(value, bool):
        return (str(value).lower(),) * 2
    if isinstance(value, int | float):
        text = f"{value:.6g}"
        return text.replace(".", ","), text
    return ("", "") if value is None else (_cut(value),) * 2


def _cut(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


def _number(name: str, value: float) -> str:
    text = f"{100 * value:.1f} %" if name in SHARES else f"{value:.4g}"
    return text.replace(".", ",") if language() == "fr" else text.replace(" %", "%")


def _safe(text: Text) -> Text:
    """The text without marks of the terminal library: `[red]` is a name here."""
    return escape(text[0]), escape(text[1])
