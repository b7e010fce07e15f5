"""What the manifest says of each column of the table."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shared.model.table import BOOLEAN, CATEGORY, CODE, DATE, NUMBER, TEXT, Column, Feed, Kind
from training.new.conversion.converter import is_text

MAXIMUM_VALUES = 1000
"""Most values of a code or a category that the manifest lists, unless the others are refused."""

_EXAMPLE_TEXTS = 2000
"""Most texts whose words are counted for an example."""
_EXAMPLE_WORDS = 8
"""Words of an example."""


@dataclass(frozen=True, slots=True)
class Roles:
    """What the estimator does with columns, each by name.

    Attributes:
        encoded: reach an encoder: their integers are codes.
        counted: their words are counted.
        dates: are read as dates.
        closed: their unknown values are refused.
        nullable: null is accepted.
    """

    encoded: Collection[str] = ()
    counted: Collection[str] = ()
    dates: Collection[str] = ()
    closed: Collection[str] = ()
    nullable: Collection[str] = ()


def roles_of_feeds(
    feeds: Collection[Feed], *, encoded: Collection[str], closed: Collection[str], nullable: Collection[str]
) -> Roles:
    """The roles of the columns of a converted estimator.

    Args:
        feeds: the inputs of its graph.
        encoded: as `encoded_columns` finds them.
        closed: as the conversion and the parity gate found them.
        nullable: as the parity gate found them.
    """
    forms = {form: {feed.column for feed in feeds if feed.form == form} for form in ("text", "counts", "date")}
    return Roles(encoded, forms["counts"], forms["date"] - forms["counts"], closed, nullable)


def describe_columns(
    frame: pd.DataFrame,
    used: Collection[str],
    roles: Roles,
    titles: Mapping[str, tuple[str, str]] | None = None,
    typical: pd.DataFrame | None = None,
) -> tuple[Column, ...]:
    """What the manifest says of the columns that are used, in the order of the table.

    Args:
        frame: the training rows.
        used: names of the columns that the graph reads.
        roles: what the estimator does with them.
        titles: for people, by name.
        typical: rows whose common values make the example; default: all.
    """
    common, known = frame if typical is None else typical, titles or {}
    return tuple(
        _describe(frame[name], common[name], str(name), roles, known.get(str(name))) for name in frame if name in used
    )


def kind_of(column: "pd.Series[Any]", name: str, roles: Roles) -> Kind:
    """The kind of a column. Booleans with missing values, which pandas holds as objects, are booleans.

    Args:
        column: its training values.
        name: of the column.
        roles: what the estimator does with the columns.
    """
    if is_boolean(column):
        return "boolean"
    if not is_text(column):
        return "code" if name in roles.encoded and is_whole(column) else "number"
    if name in roles.dates:
        return "date"
    return "text" if name in roles.counted else "category"


def is_boolean(column: "pd.Series[Any]") -> bool:
    """Whether a column holds nothing but booleans and missing values."""
    return bool(pd.api.types.is_bool_dtype(column.dtype)) or (
        column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) == "boolean"
    )


def is_whole(column: "pd.Series[Any]") -> bool:
    """Whether no number of a column has a fraction."""
    known = finite(column)
    return bool((known == np.floor(known)).all())


def finite(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The numbers of a column that are neither missing nor infinite."""
    numbers = column.astype("float64")
    return numbers[np.isfinite(numbers)]


def _describe(
    column: "pd.Series[Any]", typical: "pd.Series[Any]", name: str, roles: Roles, title: tuple[str, str] | None
) -> Column:
    kind = kind_of(column, name, roles)
    facts: dict[str, Any] = {"name": name, "kind": kind, "nullable": name in roles.nullable, "title": title}
    known, common = column.dropna(), typical.dropna()
    if not len(known):
        return Column(**facts)
    facts["example"] = _example(kind, common if len(common) else known)
    if kind == NUMBER:
        facts |= _number_facts(column)
    if kind in (CODE, CATEGORY):
        facts["closed"] = name in roles.closed
        values = sorted({int(value) for value in known} if kind == CODE else set(map(str, known)))
        facts["values"] = tuple(values) if facts["closed"] or len(values) <= MAXIMUM_VALUES else None
    if kind == DATE:
        texts = sorted(map(str, known))
        facts |= {"first": texts[0], "last": texts[-1]}
    return Column(**facts)


def _number_facts(column: "pd.Series[Any]") -> dict[str, Any]:
    known = finite(column)
    if not len(known):
        return {}
    return {"whole": is_whole(column), "minimum": float(known.min()), "maximum": float(known.max())}


def _example(kind: Kind, known: "pd.Series[Any]") -> bool | int | float | str | None:
    """A common value. No text of a row is one: it may be a person's."""
    if kind == NUMBER:
        numbers = finite(known).sort_values()
        if not len(numbers):
            return None
        median = float(numbers.iloc[(len(numbers) - 1) // 2])
        return int(median) if is_whole(known) else median
    if kind == DATE:
        return sorted(map(str, known))[len(known) // 2]
    if kind == TEXT:
        return _common_words(known)
    most = known.mode().iloc[0]
    if kind == BOOLEAN:
        return bool(most)
    return int(most) if kind == CODE else str(most)


def _common_words(known: "pd.Series[Any]") -> str:
    """The most frequent words of a column of texts."""
    counts = Counter(word for text in known.head(_EXAMPLE_TEXTS) for word in re.findall(r"\w{2,}", str(text).lower()))
    return " ".join(word for word, _ in counts.most_common(_EXAMPLE_WORDS)) or "?"
