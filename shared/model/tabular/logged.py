"""What a redacted line of the request log may keep of a row: numbers within the known range, known codes and words."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from shared.log.redaction import DECIMALS
from shared.model.columns import rounded
from shared.model.table import BOOLEAN, CATEGORY, CODE, DATE, NUMBER, Column
from shared.model.tabular.cells import Rule, fault_of, is_whole
from shared.model.tabular.contract import Contract
from shared.model.tabular.rows import Rows

MONTH = len("2026-11")
"""Characters of a date that are kept: finer dates could identify a person."""

ROUNDED = 1e15
"""Numbers from which on the doubles have no hundredths to round."""


class Redactor:
    """Redacts the rows of one table."""

    def __init__(self, contract: Contract) -> None:
        """Prepare the limits of numbers.

        Args:
            contract: of the table.
        """
        self._rules, self._type = contract.rules, contract.reader.type
        self._numeric = [rule for rule in contract.rules if not rule.textual]
        self._names = contract.reader.numeric
        limits = [_range(rule.column) if _is_limited(rule) else (-np.inf, np.inf) for rule in self._numeric]
        self._lows, self._highs = np.array(limits, dtype=np.float64).reshape(-1, 2, 1).transpose(1, 0, 2)
        self._has_no_limits = all(rule.own and not rule.column.nullable for rule in self._numeric)

    def objects(self, rows: Iterable[object]) -> list[dict[str, Any] | None]:
        """The cells of rows, valid or not, that may be logged; None for what is no row."""
        keep = {rule.column.name: _keeper(rule) for rule in self._rules}
        return [
            {name: kept for name, keep_ in keep.items() if name in row and (kept := keep_(row[name])) is not UNSET}
            if isinstance(row, dict)
            else None
            for row in rows
        ]

    def rows(self, rows: Rows) -> list[Any]:
        """The cells of valid rows that may be logged: structs with UNSET, which JSON leaves out, for the others."""
        matrix = rows.matrix if rows.names == self._names else np.array([rows.numbers[name] for name in self._names])
        numbers = iter(self._numbers(matrix))
        columns = [
            list(map(_keeper(rule), rows.texts[rule.column.name])) if rule.textual else next(numbers)
            for rule in self._rules
        ]
        return list(map(self._type, *columns))

    def _numbers(self, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """The cells of the columns that are no texts, column by column."""
        if (np.abs(matrix) >= ROUNDED).any():
            return [_cell_by_cell(rule, row) for rule, row in zip(self._numeric, matrix, strict=True)]
        cells: list[list[Any]] = rounded(matrix, DECIMALS).tolist()
        if self._has_no_limits:
            return cells
        inside = (self._lows <= matrix) & (matrix <= self._highs)
        for at, rule in enumerate(self._numeric):
            if rule.column.kind != NUMBER or (rule.column.whole and not rule.own):
                cells[at] = _cell_by_cell(rule, matrix[at])
            elif not inside[at].all():
                for row in np.flatnonzero(~inside[at]).tolist():
                    cells[at][row] = _null(rule) if np.isnan(matrix[at, row]) else UNSET
        return cells


def _is_limited(rule: Rule) -> bool:
    return rule.column.kind == NUMBER and not rule.own


def _cell_by_cell(rule: Rule, numbers: NDArray[np.float64]) -> list[Any]:
    return list(map(_keeper(rule), map(_cell_of(rule), numbers.tolist())))


def _cell_of(rule: Rule) -> Callable[[float], Any]:
    """The JSON value of a cell of `Rows.numbers`."""
    if rule.column.kind == BOOLEAN:
        return lambda number: None if number != number else number == 1.0  # noqa: PLR0124  # NaN
    return lambda number: None if number != number else number  # noqa: PLR0124  # NaN


def _keeper(rule: Rule) -> Callable[[Any], Any]:
    """A function that gives what may be logged of a cell, UNSET if nothing."""
    if rule.own:
        return partial(_own, rule)
    return partial(_KEEPERS.get(rule.column.kind, _nothing), rule)


def _own(rule: Rule, value: object) -> Any:
    """A number that fits the type that a function's schema gave."""
    if value is None:
        return _null(rule)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return UNSET
    return round(value, DECIMALS) if fault_of(rule, value, "") is None else UNSET


def _number(rule: Rule, value: object) -> Any:
    if value is None:
        return _null(rule)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return UNSET
    low, high = _range(rule.column)
    if not low <= value <= high:
        return UNSET
    return int(value) if is_whole(value) and rule.column.whole else round(value, DECIMALS)


def _range(column: Column) -> tuple[float, float]:
    """The known range; nothing is within it if it is not known."""
    if column.minimum is None or column.maximum is None:
        return 1.0, 0.0
    return column.minimum, column.maximum


def _code(rule: Rule, value: object) -> Any:
    if value is None:
        return _null(rule)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return UNSET
    return int(value) if value in rule.known else UNSET


def _boolean(rule: Rule, value: object) -> Any:
    return _null(rule) if value is None else value if isinstance(value, bool) else UNSET


def _category(rule: Rule, value: object) -> Any:
    return _null(rule) if value is None else value if isinstance(value, str) and value in rule.known else UNSET


def _date(rule: Rule, value: object) -> Any:
    """The month of a date within the months of the training data."""
    if value is None:
        return _null(rule)
    if not isinstance(value, str) or fault_of(rule, value, "") is not None:
        return UNSET
    month = value[:MONTH]
    return month if (rule.column.first or "")[:MONTH] <= month <= (rule.column.last or "")[:MONTH] else UNSET


def _null(rule: Rule) -> Any:
    return None if rule.column.nullable else UNSET


def _nothing(*_: object) -> Any:
    return UNSET


_KEEPERS: Mapping[str, Callable[[Rule, object], Any]] = {
    NUMBER: _number,
    CODE: _code,
    BOOLEAN: _boolean,
    CATEGORY: _category,
    DATE: _date,
}
