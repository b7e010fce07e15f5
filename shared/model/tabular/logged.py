"""What a redacted line of the request log may keep of a row: numbers within the known range, known codes and words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from shared.log.redaction import DECIMALS
from shared.model.table import BOOLEAN, CATEGORY, CODE, DATE, NUMBER, Column
from shared.model.tabular.cells import Rule, fault_of, is_whole
from shared.model.tabular.rows import Rows

MONTH = len("2026-11")
"""Characters of a date that are kept: finer dates could identify a person."""

_DROPPED = object()


def redacted_objects(rules: Sequence[Rule], rows: Iterable[object]) -> list[dict[str, Any] | None]:
    """The cells of rows, valid or not, that may be logged; None for what is no row."""
    keep = {rule.column.name: _keeper(rule) for rule in rules}
    return [
        {name: kept for name, kept_of in keep.items() if name in row and (kept := kept_of(row[name])) is not _DROPPED}
        if isinstance(row, dict)
        else None
        for row in rows
    ]


def redacted_rows(rules: Sequence[Rule], rows: Rows) -> list[dict[str, Any]]:
    """The cells of valid rows that may be logged."""
    names = [rule.column.name for rule in rules]
    columns = [
        map(_keeper(rule), rows.texts[name] if rule.textual else map(_cell_of(rule), rows.numbers[name].tolist()))
        for rule, name in zip(rules, names, strict=True)
    ]
    return [
        {name: cell for name, cell in zip(names, cells, strict=True) if cell is not _DROPPED}
        for cells in zip(*columns, strict=True)
    ]


def _cell_of(rule: Rule) -> Callable[[float], Any]:
    """The JSON value of a cell of `Rows.numbers`."""
    if rule.column.kind == BOOLEAN:
        return lambda number: None if number != number else number == 1.0  # noqa: PLR0124  # NaN
    return lambda number: None if number != number else number  # noqa: PLR0124  # NaN


def _keeper(rule: Rule) -> Callable[[Any], Any]:
    """A function that gives what may be logged of a cell, `_DROPPED` if nothing."""
    if rule.own:
        return partial(_own, rule)
    return partial(_KEEPERS.get(rule.column.kind, _nothing), rule)


def _own(rule: Rule, value: object) -> Any:
    """A number that fits the type that a function's schema gave."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return _DROPPED
    return round(value, DECIMALS) if fault_of(rule, value, "") is None else _DROPPED


def _number(rule: Rule, value: object) -> Any:
    if value is None:
        return _null(rule)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return _DROPPED
    low, high = _range(rule.column)
    if not low <= value <= high:
        return _DROPPED
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
        return _DROPPED
    return int(value) if value in rule.known else _DROPPED


def _boolean(rule: Rule, value: object) -> Any:
    return _null(rule) if value is None else value if isinstance(value, bool) else _DROPPED


def _category(rule: Rule, value: object) -> Any:
    return _null(rule) if value is None else value if isinstance(value, str) and value in rule.known else _DROPPED


def _date(rule: Rule, value: object) -> Any:
    """The month of a date within the months of the training data."""
    if value is None:
        return _null(rule)
    if not isinstance(value, str) or fault_of(rule, value, "") is not None:
        return _DROPPED
    month = value[:MONTH]
    return month if (rule.column.first or "")[:MONTH] <= month <= (rule.column.last or "")[:MONTH] else _DROPPED


def _null(rule: Rule) -> Any:
    return None if rule.column.nullable else _DROPPED


def _nothing(*_: object) -> Any:
    return _DROPPED


_KEEPERS: Mapping[str, Callable[[Rule, object], Any]] = {
    NUMBER: _number,
    CODE: _code,
    BOOLEAN: _boolean,
    CATEGORY: _category,
    DATE: _date,
}
