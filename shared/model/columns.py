"""Rows of JSON as columns: decoded by msgspec at once, without a look at any single one.

This is the way of rows that are plainly good. Of others it only says that they are not: the slow way (`validation`)
finds out why, or that they are good after all.
"""

import functools
import operator
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
import numpy as np
from msgspec import UNSET, Meta, Struct, UnsetType
from numpy.typing import NDArray

Columns = NDArray[np.float64]
"""(rows, fields), NaN where a field is missing or null."""

Scalar = Annotated[float, Meta(ge=-1e300, le=1e300)] | str | bool | None
"""What an ignored field may hold: nothing deep, and no number that the slow way would refuse."""


class Rows:
    """How the rows of one struct are written: a type for msgspec, and the way from its instances to columns.

    Attributes:
        type: the struct of a row, as msgspec decodes it.
        whole: (fields,) bool, whether the numbers of a column are integers.
    """

    def __init__(
        self,
        row: type[Struct],
        names: Mapping[str, str] | None = None,
        ignored: Sequence[str] = (),
        *,
        as_table: bool = False,
    ) -> None:
        """Prepare.

        Args:
            row: the struct whose fields are the columns: each a float, an int or a Literal of ints, or None too.
            names: how each field is written, by field; the struct's own names unless.
            ignored: fields that may come along, as they are written.
            as_table: take 3.0 for an integer too, as tables write it where another cell of the column is empty.
        """
        fields = msgspec.structs.fields(row)
        self._ignored = [f"ignored_{at}" for at in range(len(ignored))]
        written = dict(names or {field.name: field.encode_name for field in fields}) | dict(
            zip(self._ignored, ignored, strict=True)
        )
        self.type = msgspec.defstruct(
            row.__name__,
            [
                *(
                    (field.name, _float(field.type) if as_table else field.type, *_default(field.required))
                    for field in fields
                ),
                *((name, Scalar | UnsetType, UNSET) for name in self._ignored),
            ],
            rename=written,
            forbid_unknown_fields=True,
            gc=False,
        )
        self._row = row
        self._cells = operator.attrgetter(*(field.name for field in fields))
        self._others = operator.attrgetter(*self._ignored, "__class__") if ignored else None
        self.whole = np.array([_is_whole(field.type) for field in fields])
        self._whole_at = np.flatnonzero(self.whole)
        self._as_table = as_table
        self._made_of = row, names, ignored
        self._optional = any(not field.required for field in fields)
        self._width = len(fields)

    def columns(self, rows: Sequence[Any], members: int) -> Columns | None:
        """The columns of some rows; None where they must be looked at one by one.

        Args:
            rows: instances of `type`, at least one.
            members: how many keys their JSON has. A key that stands there twice is one more than the rows have fields.
        """
        cells: list[float | None] = list(chain.from_iterable(map(self._cells, rows)))
        columns = np.array(cells, dtype=np.float64).reshape(len(rows), self._width)
        given = len(cells) - (cells.count(_OMITTED) if self._optional else 0)
        if self._others is not None:
            others = list(chain.from_iterable(map(self._others, rows)))
            given += len(others) - len(rows) - others.count(UNSET)
        if given != members or (self._as_table and not self._are_whole(columns)):
            return None
        return columns

    @functools.cached_property
    def as_table(self) -> "Rows":
        """The same rows, where 3.0 is an integer too."""
        row, names, ignored = self._made_of
        return Rows(row, names, ignored, as_table=True)

    def _are_whole(self, columns: Columns) -> bool:
        whole = columns[:, self._whole_at]
        broken = np.rint(whole) != whole
        return not broken.any() or not (broken & ~np.isnan(whole)).any()

    def again(self, columns: Columns, decimals: int) -> list[Any]:
        """Instances of `row` with the numbers of some columns, rounded; what is missing is None."""
        missing = np.isnan(columns)
        values = rounded(columns, decimals).astype(object)
        values[:, self._whole_at] = np.where(missing, 0, columns)[:, self._whole_at].astype(np.int64).astype(object)
        values[missing] = None
        return list(map(self._row, *values.T.tolist()))


def rounded(values: NDArray[np.float64], decimals: int) -> NDArray[np.float64]:
    """What `values.round(decimals)` gives, in half its time where there are few."""
    scale = 10.0**decimals
    return np.rint(values * scale) / scale


def is_plain(body: bytes) -> bool:
    """Whether a body has no escape that could be half of a character, which no answer could repeat."""
    return b"\\" not in body or b"\\u" not in body


_OMITTED = float("nan")
"""The default of a field that may be missing. It is found by its identity: no other float is this one."""

_BOUNDS = ("gt", "ge", "lt", "le")


def _default(required: bool) -> tuple[float, ...]:  # noqa: FBT001
    return () if required else (_OMITTED,)


def _float(kind: Any) -> Any:
    """The same type with a float in place of an int."""
    args = get_args(kind)
    if type(None) in args:
        return _float(args[0]) | None
    if get_origin(kind) is Annotated and args[0] is int:
        return Annotated[
            float, Meta(**{name: bound for name in _BOUNDS if (bound := getattr(args[1], name)) is not None})
        ]
    return kind


def _is_whole(kind: Any) -> bool:
    args = get_args(kind)
    if type(None) in args or get_origin(kind) is Annotated:
        return _is_whole(args[0])
    return kind is int or get_origin(kind) is Literal
