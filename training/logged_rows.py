"""Reads the rows of the request log of a user's own model. Needs nothing that trains.

A redacted line leaves out what could identify a person: unknown categories, free texts, unusual numbers.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from shared.model.bundle import MANIFEST, parse_manifest
from shared.model.table import CATEGORY, CLUSTERS, CODE, OUTLIERS, ROLE, Table
from training.contract import LogRows
from training.drift.reference import LoggedRow
from training.model_folders import bundle_of

UNKNOWN = "\uffffinconnu"
"""Stands for a category or a code that a redacted line has left out."""
ANSWER = "réponse"
ANOMALY, CLUSTER = "anomalie", "groupe"


def log_reader(name: str) -> LogRows:
    """The `log_rows` of the model `name`, for `models/NAME/log_rows.py`."""

    @cache
    def table() -> Table:
        described = parse_manifest((bundle_of(name) / MANIFEST).read_bytes(), name).table
        if described is None:
            raise ValueError(MANIFEST)
        return described

    def log_rows(line: Mapping[str, Any]) -> Iterator[LoggedRow]:
        """The rows of one request line, whole or redacted; a row explained is a row answered before."""
        if line["httpRequest"]["requestUrl"] != f"/{name}/explication":
            yield from rows_of(line, table())

    return log_rows


def answer_names(table: Table) -> tuple[str, ...]:
    """The names of the answers of a model, as drift shows them."""
    if table.kind in {OUTLIERS, CLUSTERS}:
        return (ANOMALY if table.kind == OUTLIERS else CLUSTER,)
    return tuple(target.name for target in table.targets) if len(table.targets) > 1 else (ANSWER,)


def rows_of(line: Mapping[str, Any], table: Table) -> Iterator[LoggedRow]:
    """The rows of one request line that has a prediction."""
    payload = line["payload"]
    rows = payload["data"] if isinstance(payload, dict) else payload
    names, results = answer_names(table), line["prediction"]["result"]
    if not isinstance(results, list):
        raise TypeError(results)
    for index, result in enumerate(results):
        row = rows[index] if rows and index < len(rows) else None
        answers = result if len(names) > 1 else [result]
        if table.kind == OUTLIERS:
            answers = ["1" if answer == 1 else "0" for answer in answers]
        yield LoggedRow(ROLE, _inputs(row, table), dict(zip(names, answers, strict=True)), mixed=True)


def _inputs(row: Mapping[str, Any] | None, table: Table) -> dict[str, Any]:
    if not row:
        return {}
    inputs = {column.name: row[column.name] for column in table.columns if column.name in row}
    left_out = {column.name for column in table.columns if column.kind in {CATEGORY, CODE}} - set(inputs)
    return inputs | dict.fromkeys(left_out, UNKNOWN)
