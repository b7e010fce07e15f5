"""What each column of a table is to the recipe: how its members read it depends on nothing else."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from shared.errors import Text
from shared.i18n import fill
from shared.model.tabular.dates import is_date

CURVE_VALUES = 12
"""A number with more distinct values than these gets a curve in the linear model; else one weight and one a value."""
LOW_CATEGORIES = 60
"""Categories of a column, at most, that each get a weight or a branch of their own; the others are target-encoded."""
DATE_SHARE = 0.95
"""Share of the texts of a column that are dates, at least, for a column of dates."""
TEXT_WORDS = 2.5
"""Words of a text on average, at least, for a column of free text."""
DISTINCT_SHARE = 0.9
"""Share of distinct texts above which a column of single words is made of names or identifiers."""

CONSTANT = (
    "la colonne « {column} » n'a qu'une valeur : la recette ne la lit pas.",
    "column `{column}` has a single value: the recipe does not read it.",
)
IDENTIFIER = (
    (
        "la colonne « {column} » a une valeur différente à presque chaque ligne, comme un identifiant : la recette ne "
        "la lit pas."
    ),
    "column `{column}` has another value in almost every row, like an identifier: the recipe does not read it.",
)


@dataclass(frozen=True, slots=True)
class Kinds:
    """The columns of a table, by kind, in the order of the table.

    Attributes:
        curves: numbers with many values.
        steps: numbers with few values.
        flags: booleans.
        marks: booleans with nulls: objects, for pandas.
        low: categories, few.
        high: categories, many.
        dates: dates in ISO 8601.
        texts: free texts.
        missing: the curves that have nulls.
        notes: why a column is not read, French then English.
    """

    curves: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    low: list[str] = field(default_factory=list)
    high: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    @property
    def numbers(self) -> list[str]:
        """Numbers and booleans."""
        return [*self.curves, *self.steps, *self.flags, *self.marks]

    @property
    def read(self) -> list[str]:
        """Every column that the recipe reads."""
        return [*self.numbers, *self.low, *self.high, *self.dates, *self.texts]


def kinds_of(table: pd.DataFrame) -> Kinds:
    """Find the kind of each column of a table as pandas reads it."""
    kinds = Kinds()
    for name in map(str, table):
        known = table[name].dropna()
        if known.nunique() + (len(known) < len(table)) < 2:
            kinds.notes.append(fill(CONSTANT, column=name))
        elif kind := _kind(known):
            getattr(kinds, kind).append(name)
            if kind == "curves" and len(known) < len(table):
                kinds.missing.append(name)
        else:
            kinds.notes.append(fill(IDENTIFIER, column=name))
    return kinds


def _kind(known: "pd.Series[Any]") -> str:
    """The name of a list of Kinds; empty for an identifier."""
    if pd.api.types.is_bool_dtype(known.dtype):
        return "flags"
    if known.map(lambda value: isinstance(value, bool)).all():
        return "marks"
    if pd.api.types.is_numeric_dtype(known.dtype):
        return "curves" if known.nunique() > CURVE_VALUES else "steps"
    return _kind_of_texts(known.astype(str))


def _kind_of_texts(known: "pd.Series[str]") -> str:
    distinct = known.nunique()
    if known.map(is_date).mean() >= DATE_SHARE:
        return "dates"
    if distinct <= min(LOW_CATEGORIES, len(known) / 2):
        return "low"
    if known.map(lambda text: len(text.split())).mean() >= TEXT_WORDS:
        return "texts"
    if distinct <= DISTINCT_SHARE * len(known):
        return "high" if distinct > LOW_CATEGORIES else "low"
    return "" if known.str.contains(r"\d").mean() > 1 / 2 else "texts"
