"""The contract of one table: decodes requests of it into rows, fast where they are plain, else fault by fault."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from shared.errors import BundleError
from shared.i18n import fill
from shared.model.columns import is_plain
from shared.model.table import Table
from shared.model.tabular.cells import rule_of
from shared.model.tabular.faults import Envelope, ExplainedEnvelope, fits, request_faults
from shared.model.tabular.rows import RowReader, Rows
from shared.settings import Settings
from shared.validation import check_rows, reject

DEPTH = 3
"""Nesting of a request: the object, the list, a row."""

BAD_NAME = (
    "le nom de colonne {name} a un guillemet, une barre oblique inverse ou un caractère de contrôle : renommez-la",
    "column name {name} has a quote, a backslash or a control character: rename the column",
)


class Contract:
    """Decodes the requests of one table.

    Attributes:
        table: the table.
        rules: what each of its columns accepts.
        reader: reads its rows.
        ignored: further names that a row may have.
        explained: whether a request may have `explain`.
    """

    def __init__(self, table: Table, types: Mapping[str, Any], *, explained: bool) -> None:
        """Compile a table.

        Args:
            table: the table.
            types: msgspec types that replace those of some columns, by name.
            explained: whether a request may have `explain`.

        Raises:
            BundleError: a column has a name that the decoder cannot look for.
        """
        for name in (*(column.name for column in table.columns), *table.ignored):
            if '"' in name or "\\" in name or min(name, default=" ") < " ":
                raise BundleError(fill(BAD_NAME, name=repr(name)))
        self.table = table
        self.rules = [rule_of(column, types.get(column.name)) for column in table.columns]
        self.ignored = tuple(name for name in table.ignored if name not in {column.name for column in table.columns})
        self.reader = RowReader(self.rules, self.ignored)
        self._names = [column.name for column in table.columns]
        self._envelope = ExplainedEnvelope if explained else Envelope
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_fast_request(self.reader.type, explained))
        self.explained = explained

    def decode_fast(self, body: bytes, settings: Settings, limit: int) -> Rows | None:
        """The rows of a valid body; None if in doubt.

        Args:
            body: the body of a request.
            settings: MAX_JSON_DEPTH is read.
            limit: largest number of rows.
        """
        if settings.max_json_depth < DEPTH or not is_plain(body):
            return None
        try:
            request = self._decoder.decode(body)
        except (msgspec.DecodeError, UnicodeError):
            return None
        columns: Sequence[str] | UnsetType = request.columns
        if not 0 < len(request.data) <= limit or not self._fits(columns):
            return None
        colons = body.count(b":") - 1
        if columns is not UNSET:
            colons -= 1 + sum(name.count(":") for name in columns)
        explain = request.explain if self.explained else UNSET
        rows = self.reader.read(request.data, colons - (explain is not UNSET))
        return msgspec.structs.replace(rows, explain=True) if rows is not None and explain is True else rows

    def decode(self, value: Any, limit: int) -> Rows:
        """The rows of a JSON value.

        Args:
            value: what `parse_json` returns.
            limit: largest number of rows.

        Raises:
            Invalid: with each invalid place.
            TooLarge: more rows than `limit`.
        """
        if isinstance(value, dict):
            check_rows(value.get("data"), limit, "/data")
        if faults := request_faults(value, self._envelope, self.rules, self.ignored):
            reject(faults)
        rows = self.reader.from_objects(value["data"])
        return msgspec.structs.replace(rows, explain=True) if value.get("explain") else rows

    def _fits(self, columns: Sequence[str] | UnsetType) -> bool:
        return columns is UNSET or fits(columns, self._names, self.ignored)


def _fast_request(row: type[msgspec.Struct], explained: bool) -> type[msgspec.Struct]:  # noqa: FBT001
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [
        ("data", list[row]),  # type: ignore[valid-type]  # made at run time
        ("columns", list[str] | UnsetType, UNSET),
    ]
    if explained:
        fields.append(("explain", bool | UnsetType, UNSET))
    return msgspec.defstruct("FastRequest", fields, forbid_unknown_fields=True)
