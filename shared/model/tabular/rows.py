"""Decodes rows of a table straight into columns, with msgspec and without a Python loop over the numbers.

As in `shared.model.columns`: plainly valid rows only; for any other body it returns None, and `faults` decides.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET, Struct, UnsetType
from numpy.typing import NDArray

from shared.model.columns import Scalar
from shared.model.table import CATEGORY, CODE, DATE, NUMBER
from shared.model.tabular.cells import MISSING_WORDS, Rule, are_dates

Cells = Callable[[Sequence[Any]], list[Any]]


class Rows(Struct, frozen=True, dict=True):
    """Valid rows, column by column.

    Attributes:
        count: the number of rows.
        matrix: float64 (columns, rows) of the columns that are no texts; booleans 0 and 1, NaN for null.
        names: of the columns of `matrix`.
        texts: the cells of each other column, by name.
        ignored: names of the columns that came and are not read.
        explain: whether the request asks for explanations.
    """

    count: int
    matrix: NDArray[np.float64]
    names: Sequence[str]
    texts: Mapping[str, list[str | None]]
    ignored: tuple[str, ...] = ()
    explain: bool = False

    @cached_property
    def numbers(self) -> Mapping[str, NDArray[np.float64]]:
        """The rows of `matrix` by name of the column."""
        return dict(zip(self.names, self.matrix, strict=True))


class RowReader:
    """Reads the rows of one table.

    Attributes:
        type: struct of a row, for msgspec's decoder.
        numeric: names of the columns that are no texts, in order.
    """

    def __init__(self, rules: Sequence[Rule], ignored: Sequence[str]) -> None:
        """Build the struct of a row.

        Args:
            rules: of each column.
            ignored: further names that a row may have.
        """
        fields = {f"c{at}": rule for at, rule in enumerate(rules)}
        self._ignored = {f"i{at}": name for at, name in enumerate(ignored)}
        names = {field: rule.column.name for field, rule in fields.items()}
        self.type = msgspec.defstruct(
            "Row",
            [
                *((field, rule.type) for field, rule in fields.items()),
                *((field, Scalar | UnsetType, UNSET) for field in self._ignored),
            ],
            rename=names | self._ignored,
            forbid_unknown_fields=True,
            gc=False,
        )
        self.numeric = [rule.column.name for rule in rules if not rule.textual]
        self._textual = {rule.column.name: rule for rule in rules if rule.textual}
        numeric = [rule for rule in rules if not rule.textual]
        self._codes = [rule for rule in numeric if rule.column.kind == CODE and not rule.own]
        self._numbers = _cells([field for field, rule in fields.items() if not rule.textual])
        self._texts = {rule.column.name: _cells([field]) for field, rule in fields.items() if rule.textual}
        self._ignored_cells = {name: _cells([field]) for field, name in self._ignored.items()}
        self._has_more = bool(self._texts or self._ignored)
        limits = [_limits(rule) for rule in numeric]
        self._lows, self._highs = np.array(limits, dtype=np.float64).reshape(-1, 2, 1).transpose(1, 0, 2)
        self._colons = len(rules) + sum(name.count(":") for name in names.values())

    def read(self, rows: Sequence[Any], colons: int) -> Rows | None:
        """Convert rows to columns; None if a row may be invalid or has a duplicate key.

        Args:
            rows: instances of `type`, at least one.
            colons: the colons of their JSON. A key that came twice has one more than the struct tells.
        """
        if not self._has_more:
            found = self._rows(len(rows), self._numbers(rows), {}, ()) if colons == self._colons * len(rows) else None
            return found if not self._codes or found is None or self._is_plain(found) else None
        texts = {name: cells(rows) for name, cells in self._texts.items()}
        ignored = {name: cells(rows) for name, cells in self._ignored_cells.items()}
        present = {name: cells for name, cells in ignored.items() if cells.count(UNSET) < len(rows)}
        least = self._colons * len(rows) + sum(
            (len(rows) - cells.count(UNSET)) * (1 + name.count(":")) for name, cells in present.items()
        )
        if colons != least and colons != least + _colons_in(chain(texts.values(), present.values())):
            return None
        found = self._rows(len(rows), self._numbers(rows), texts, tuple(present))
        return found if self._is_plain(found) else None

    def in_range(self, rows: Rows) -> bool:
        """Whether every number is within the range of its column; a code or a boolean is."""
        return not ((rows.matrix < self._lows) | (rows.matrix > self._highs)).any()

    def from_objects(self, rows: Sequence[Mapping[str, Any]]) -> Rows:
        """Rows that `faults` found valid, as columns."""
        numbers = [row[name] for row in rows for name in self.numeric]
        texts = {name: [row[name] for row in rows] for name in self._texts}
        ignored = tuple(name for name in self._ignored.values() if any(name in row for row in rows))
        return self._rows(len(rows), numbers, texts, ignored)

    def _rows(
        self, count: int, numbers: list[Any], texts: dict[str, list[str | None]], ignored: tuple[str, ...]
    ) -> Rows:
        matrix = np.ascontiguousarray(np.array(numbers, dtype=np.float64).reshape(count, len(self.numeric)).T)
        return Rows(count, matrix, self.numeric, texts, ignored)

    def _is_plain(self, rows: Rows) -> bool:
        """Whether what msgspec does not check is valid too."""
        return all(_are_codes(rule, rows.numbers[rule.column.name]) for rule in self._codes) and all(
            _are_values(self._textual[name], set(cells) - {None}) for name, cells in rows.texts.items()
        )


def _limits(rule: Rule) -> tuple[float, float]:
    low, high = rule.column.minimum, rule.column.maximum
    known = rule.column.kind == NUMBER and low is not None and high is not None
    return (low, high) if known else (-np.inf, np.inf)  # type: ignore[return-value]  # both are known


def _are_codes(rule: Rule, numbers: NDArray[np.float64]) -> bool:
    given = numbers[~np.isnan(numbers)]
    return bool((np.rint(given) == given).all()) and not (rule.closed and set(given.tolist()) - rule.known)


def _are_values(rule: Rule, texts: set[Any]) -> bool:
    if rule.own:
        return True
    if rule.column.kind == DATE:
        return are_dates(texts)
    unknown = texts - rule.known if rule.column.kind == CATEGORY else set()
    return not unknown or not (rule.closed or unknown & MISSING_WORDS)


def _cells(fields: Sequence[str]) -> Cells:
    """A function that lists the cells of these fields, row by row."""
    if not fields:
        return lambda _: []
    getter = operator.attrgetter(*fields)
    if len(fields) == 1:
        return lambda rows: list(map(getter, rows))
    return lambda rows: list(chain.from_iterable(map(getter, rows)))


def _colons_in(columns: Iterable[list[Any]]) -> int:
    return "".join(cell for cells in columns for cell in cells if isinstance(cell, str)).count(":")
