"""Finds every fault of a request that the fast path does not take; a request without any is valid after all."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Annotated, Any

from msgspec import Meta, Struct

from shared.errors import Fault, Text
from shared.i18n import fill
from shared.model.tabular.cells import MAX_LISTED, Rule, fault_of, nearest
from shared.validation import MAX_FAULTS, MISSING, UNKNOWN, find_faults, join, mismatch

OBJECT: Text = ("un objet", "an object")
COLUMNS: Text = ("les colonnes {names}", "the columns {names}")
NEAREST_NAME: Text = (
    "champ inconnu ; le nom le plus proche : {near}",
    "unknown field; the nearest name: {near}",
)


class Envelope(Struct, forbid_unknown_fields=True):
    """A request whose rows are still to be checked."""

    data: Annotated[list[Any], Meta(min_length=1)]
    columns: list[str] | None = None


class ExplainedEnvelope(Envelope, forbid_unknown_fields=True):
    """The same, of a model whose answers may be explained."""

    explain: bool = False


def request_faults(
    value: object, envelope: type[Envelope], rules: Sequence[Rule], ignored: Sequence[str]
) -> list[Fault]:
    """The faults of a request, at most `MAX_FAULTS`: unknown members, then rows, then the other members.

    Args:
        value: the JSON value.
        envelope: `Envelope` or `ExplainedEnvelope`.
        rules: of each column.
        ignored: further names that a row may have.
    """
    around = find_faults(value, envelope, "", {})
    data = value.get("data") if isinstance(value, dict) else None
    rows = data if isinstance(data, list) else []
    inside = chain.from_iterable(_row_faults(row, f"/data/{at}", rules, ignored) for at, row in enumerate(rows))
    after = [fault for fault in around if fault[0].split("/")[1:2] in (["columns"], ["explain"])]
    before = [fault for fault in around if fault not in after]
    found = list(islice(chain(before, inside, after), MAX_FAULTS))
    if not found and isinstance(value, dict):
        found = _columns_faults(value.get("columns"), rules, ignored)
    return found


def _row_faults(row: object, at: str, rules: Sequence[Rule], ignored: Sequence[str]) -> Iterator[Fault]:
    if not isinstance(row, dict):
        yield mismatch(at, OBJECT, row)
        return
    known = {rule.column.name for rule in rules}
    missing = {rule.column.name for rule in rules if not rule.own} - row.keys()
    for key in row:
        if key not in known and key not in ignored:
            yield join(at, key), _unknown(key, missing)
    for rule in rules:
        name = rule.column.name
        if name not in row:
            yield join(at, name), MISSING
        elif (fault := fault_of(rule, row[name], join(at, name))) is not None:
            yield fault


def _unknown(key: str, missing: set[str]) -> Text:
    near = nearest(key, sorted(missing))
    return fill(NEAREST_NAME, near=near) if near else UNKNOWN


def _columns_faults(columns: list[str] | None, rules: Sequence[Rule], ignored: Sequence[str]) -> list[Fault]:
    """The fault of `columns` if it does not name every column once."""
    names = [rule.column.name for rule in rules]
    if columns is None or fits(columns, names, ignored):
        return []
    return [mismatch("/columns", fill(COLUMNS, names=_joined(names)), _joined(columns))]


def fits(columns: Sequence[str], names: Sequence[str], ignored: Sequence[str]) -> bool:
    """Whether a request's `columns` fits the table.

    Args:
        columns: must have every name once, and otherwise only ignored ones.
        names: names of the columns.
        ignored: further names that a row may have.
    """
    return sorted(set(columns) - set(ignored)) == sorted(names) and len(set(columns)) == len(columns)


def _joined(names: Sequence[str]) -> str:
    return ", ".join(names[: 4 * MAX_LISTED]) + ("..." if len(names) > 4 * MAX_LISTED else "")
