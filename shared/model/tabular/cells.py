"""What one cell of a table may hold, by kind of column, and why it is refused."""

import sys
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Annotated, Any

from msgspec import Meta, Struct

from shared.errors import Fault, Text
from shared.i18n import fill
from shared.model.table import BOOLEAN, CATEGORY, CODE, DATE, NUMBER, TEXT, Column
from shared.validation import find_faults, mismatch

MAX_WHOLE = 2**53
"""Largest integer that a double holds exactly."""

MAX_CATEGORY, MAX_TEXT, MAX_DATE = 500, 20_000, 40
"""Longest texts by kind of column, in characters."""

MAX_LISTED = 10
"""Known values that a sentence lists."""

MISSING_WORDS = frozenset(
    {
        *("", "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NULL", "null", "None"),
        *("NaN", "nan", "-NaN", "-nan", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
    }
)
"""Texts that `pandas.read_csv` reads as missing values."""

TEXTUAL = (CATEGORY, TEXT, DATE)
"""Kinds whose JSON is a text."""

_WHOLE = Annotated[float, Meta(gt=-MAX_WHOLE, lt=MAX_WHOLE)]  # as doubles, the next integers equal the bounds
_TYPES: Mapping[str, Any] = {
    NUMBER: float,
    CODE: _WHOLE,
    BOOLEAN: bool,
    CATEGORY: Annotated[str, Meta(max_length=MAX_CATEGORY)],
    TEXT: Annotated[str, Meta(max_length=MAX_TEXT)],
    DATE: Annotated[str, Meta(max_length=MAX_DATE)],
}
_WORDS: Mapping[str, Text] = {
    NUMBER: ("nombre", "number"),
    CODE: ("entier", "integer"),
    BOOLEAN: ("true ou false", "true or false"),
    CATEGORY: ("texte", "text"),
    TEXT: ("texte", "text"),
    DATE: ("date ISO 8601, comme 2026-11-29", "ISO 8601 date, such as 2026-11-29"),
}
_LONGEST = {CATEGORY: MAX_CATEGORY, TEXT: MAX_TEXT, DATE: MAX_DATE}

FINITE: Text = ("nombre fini", "finite number")
BOUNDED: Text = (
    "entier entre -9007199254740992 et 9007199254740992",
    "integer between -9007199254740992 and 9007199254740992",
)
NO_NULL: Text = ("l'apprentissage n'en avait pas", "the training data had none")
SEND_NULL: Text = ("pour une valeur absente, envoyez null", "for a missing value, send null")
MEANS_MISSING: Text = (
    "ce mot veut dire valeur absente, et l'apprentissage n'en avait pas",
    "this word means a missing value, and the training data had none",
)
NEAREST: Text = ("la plus proche : {near}", "the nearest: {near}")
MORE: Text = ("{values}… ({count} en tout)", "{values}... ({count} in all)")
ONE_OF: Text = ("une valeur parmi {values}", "one of {values}")


class Rule(Struct, frozen=True):
    """What a column accepts.

    Attributes:
        column: the column.
        type: msgspec type of a cell.
        known: its known codes or categories.
        own: whether a function's schema gave the type: then it alone decides.
    """

    column: Column
    type: Any
    known: frozenset[int | str]
    own: bool = False

    @property
    def closed(self) -> bool:
        """Whether a value that is not known is refused."""
        return self.column.closed and bool(self.column.values)

    @property
    def textual(self) -> bool:
        """Whether a cell is a text."""
        return self.column.kind in TEXTUAL


def rule_of(column: Column, own: Any = None) -> Rule:
    """The rule of a column; `own` replaces the type that its kind has."""
    if own is not None:
        return Rule(column, own, frozenset(), own=True)
    kind = _WHOLE if bounded(column) else _TYPES[column.kind]
    return Rule(column, kind | None if column.nullable else kind, frozenset(column.values or ()))


def bounded(column: Column) -> bool:
    """Whether a number of the column is at most `MAX_WHOLE`: beyond, integers are no longer exact."""
    whole = column.kind == NUMBER and column.whole
    return column.kind == CODE or (whole and max(abs(column.minimum or 0), abs(column.maximum or 0)) <= MAX_WHOLE)


def fault_of(rule: Rule, value: object, at: str) -> Fault | None:
    """Why a cell is refused; None if it is accepted.

    Args:
        rule: of its column.
        value: the JSON value.
        at: its JSON pointer.
    """
    if rule.own:
        return next(iter(find_faults(value, rule.type, at, {})), None)
    if value is None:
        return None if rule.column.nullable else mismatch(at, _WORDS[rule.column.kind], None, NO_NULL)
    if isinstance(value, bool):
        return None if rule.column.kind == BOOLEAN else mismatch(at, _WORDS[rule.column.kind], value)
    if isinstance(value, str) and rule.textual:
        return _text_fault(rule, value, at)
    if isinstance(value, int | float) and rule.column.kind in {NUMBER, CODE}:
        return _number_fault(rule, value, at)
    return mismatch(at, _WORDS[rule.column.kind], value)


def _number_fault(rule: Rule, value: float, at: str) -> Fault | None:
    is_code = rule.column.kind == CODE
    if not -sys.float_info.max <= value <= sys.float_info.max:
        return mismatch(at, BOUNDED if is_code else FINITE, value)
    if is_code and not is_whole(value):
        return mismatch(at, _WORDS[CODE], value)
    if bounded(rule.column) and abs(value) > MAX_WHOLE:
        return mismatch(at, BOUNDED, value)
    if is_code and rule.closed and value not in rule.known:
        return _unknown(rule, value, at)
    return None


def _text_fault(rule: Rule, value: str, at: str) -> Fault | None:
    kind = rule.column.kind
    if len(value) > _LONGEST[kind]:
        longest = (f"texte de {_LONGEST[kind]} caractères au plus", f"text of at most {_LONGEST[kind]} characters")
        return mismatch(at, longest, value)
    if kind == DATE:
        return None if are_dates([value]) else mismatch(at, _WORDS[DATE], value)
    if kind == TEXT or value in rule.known:
        return None
    if value in MISSING_WORDS:
        return mismatch(at, _WORDS[CATEGORY], value, SEND_NULL if rule.column.nullable else MEANS_MISSING)
    return _unknown(rule, value, at) if rule.closed else None


def _unknown(rule: Rule, value: float | str, at: str) -> Fault:
    near = nearest(str(value), map(str, rule.column.values or ()))
    return mismatch(at, fill(ONE_OF, values=listed(rule.column)), value, fill(NEAREST, near=near) if near else None)


def listed(column: Column) -> Text:
    """The first known values of a column, and how many there are."""
    values = column.values or ()
    shown = ", ".join(map(str, values[:MAX_LISTED]))
    return fill(MORE, values=shown, count=len(values)) if len(values) > MAX_LISTED else (shown, shown)


def nearest(word: str, among: Iterable[str]) -> str | None:
    """The most similar of some words; None if none is similar."""
    from difflib import get_close_matches  # noqa: PLC0415  # only for errors

    lowered = {one.casefold(): one for one in among}
    found = get_close_matches(word[:MAX_CATEGORY].casefold(), lowered, 1)
    return lowered[found[0]] if found else None


def is_whole(value: float) -> bool:
    """Whether a finite number has no fraction."""
    return isfinite(value) and value == int(value)


def are_dates(texts: Iterable[str]) -> bool:
    """Whether every text is a date."""
    from shared.model.tabular.dates import is_date  # noqa: PLC0415  # few tables have dates

    return all(map(is_date, texts))
