"""Decodes rows of JSON straight into columns, with msgspec and without a Python loop over rows.

This handles plainly valid rows. For any other body it returns None: `shared.validation` then finds the faults,
or accepts the rows after all.
"""

import functools
import operator
import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
import numpy as np
from msgspec import UNSET, Meta, Struct, UnsetType
from numpy.typing import NDArray

Columns = NDArray[np.float64]
"""Shape (rows, fields); NaN if a field is missing or null."""

Scalar = Annotated[float, Meta(ge=-1e300, le=1e300)] | str | bool | None
"""Type of an ignored field: no nesting, and only numbers that `shared.validation` accepts too."""


class RowDecoder:
    """Decodes rows of one struct to columns.

    Attributes:
        type: struct of a row, for msgspec's decoder.
        integers: bool of shape (fields,): whether a column holds integers.
    """

    def __init__(
        self,
        row: type[Struct],
        names: Mapping[str, str] | None = None,
        ignored: Sequence[str] = (),
        *,
        as_table: bool = False,
    ) -> None:
        """Build the struct of a row.

        Args:
            row: struct whose fields are the columns: float, int or Literal of ints, optionally None.
            names: JSON key of each field, by field; default: the struct's own.
            ignored: JSON keys that a row may also have.
            as_table: accept 3.0 for an integer: tables write it so if another cell of the column is empty.
        """
        fields = msgspec.structs.fields(row)
        self._ignored = [f"ignored_{at}" for at in range(len(ignored))]
        keys = dict(names or {field.name: field.encode_name for field in fields})
        keys |= dict(zip(self._ignored, ignored, strict=True))
        self.type = msgspec.defstruct(
            row.__name__,
            [
                *(
                    (field.name, _float(field.type) if as_table else field.type, *_default(field.required))
                    for field in fields
                ),
                *((name, Scalar | UnsetType, UNSET) for name in self._ignored),
            ],
            rename=keys,
            forbid_unknown_fields=True,
            gc=False,
        )
        self._row = row
        self._cells = operator.attrgetter(*(field.name for field in fields))
        self._ignored_cells = operator.attrgetter(*self._ignored, "__class__") if ignored else None
        self.integers = np.array([_is_integer(field.type) for field in fields])
        self._integer_columns = np.flatnonzero(self.integers)
        self._as_table = as_table
        self._arguments = row, names, ignored
        self._optional = any(not field.required for field in fields)
        self._width = len(fields)

    def to_columns(self, rows: Sequence[Any], key_count: int) -> Columns | None:
        """Convert rows to columns; None if a row may be invalid or has a duplicate key.

        Args:
            rows: instances of `type`, at least one.
            key_count: number of keys in their JSON. With a duplicate key there are more keys than fields.
        """
        cells: list[float | None] = list(chain.from_iterable(map(self._cells, rows)))
        columns = np.array(cells, dtype=np.float64).reshape(len(rows), self._width)
        present = len(cells) - (cells.count(_OMITTED) if self._optional else 0)
        if self._ignored_cells is not None:
            ignored = list(chain.from_iterable(map(self._ignored_cells, rows)))
            present += len(ignored) - len(rows) - ignored.count(UNSET)
        if present != key_count or (self._as_table and not self._are_integers(columns)):
            return None
        return columns

    @functools.cached_property
    def as_table(self) -> "RowDecoder":
        """The same decoder, which accepts 3.0 for an integer."""
        row, names, ignored = self._arguments
        return RowDecoder(row, names, ignored, as_table=True)

    def _are_integers(self, columns: Columns) -> bool:
        numbers = columns[:, self._integer_columns]
        fractional = np.rint(numbers) != numbers
        return not fractional.any() or not (fractional & ~np.isnan(numbers)).any()

    def to_rows(self, columns: Columns, decimals: int) -> list[Any]:
        """Convert columns back to instances of `row`, with numbers rounded and None for NaN."""
        missing = np.isnan(columns)
        values = rounded(columns, decimals).astype(object)
        integers = np.where(missing, 0, columns)[:, self._integer_columns]
        values[:, self._integer_columns] = integers.astype(np.int64).astype(object)
        values[missing] = None
        return list(map(self._row, *values.T.tolist()))


def rounded(values: NDArray[np.float64], decimals: int) -> NDArray[np.float64]:
    """`values.round(decimals)`, twice as fast for few values."""
    scale = 10.0**decimals
    return np.rint(values * scale) / scale


def is_plain(body: bytes) -> bool:
    """Whether no escape of a body is half of a character, which a UTF-8 response cannot contain, or a colon."""
    return b"\\" not in body or _DOUBTFUL_ESCAPE.search(body) is None


_DOUBTFUL_ESCAPE = re.compile(rb"\\u(?:[dD][89a-fA-F]|003[aA])")

_OMITTED = float("nan")
"""Default of an optional field. `list.count` finds it by identity, since NaN equals nothing."""

_BOUNDS = ("gt", "ge", "lt", "le")


def _default(required: bool) -> tuple[float, ...]:  # noqa: FBT001
    return () if required else (_OMITTED,)


def _float(kind: Any) -> Any:
    """The type with float for int."""
    args = get_args(kind)
    if type(None) in args:
        return _float(args[0]) | None
    if get_origin(kind) is Annotated and args[0] is int:
        return Annotated[
            float, Meta(**{name: bound for name in _BOUNDS if (bound := getattr(args[1], name)) is not None})
        ]
    return kind


def _is_integer(kind: Any) -> bool:
    args = get_args(kind)
    if type(None) in args or get_origin(kind) is Annotated:
        return _is_integer(args[0])
    return kind is int or get_origin(kind) is Literal
