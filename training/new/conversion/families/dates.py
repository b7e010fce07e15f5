"""Dates: the server reads them, and the graph gets their parts."""

from typing import Any

from shared.model.tabular.dates import PARTS
from training.new.conversion.conversion import Conversion
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import transformer
from training.new.conversion.values import Matrix, TextColumn, Value

NOT_A_DATE = (
    "DateParts lit des colonnes de dates telles que le tableau les a : rien ne peut les transformer avant.",
    "DateParts reads columns of dates as the table has them: nothing can transform them before.",
)


@transformer("DateParts")
def parts_of_dates(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """The parts of each column, `COLUMN::date` (rows, parts), and of these the ones that vary."""
    matrices = [_date(conversion, item) for item in conversion.columns(value)]
    return conversion.select(conversion.join(matrices), [int(place) for place in step.kept_])


def _date(conversion: Conversion, item: Matrix | TextColumn) -> Matrix:
    if not isinstance(item, TextColumn):
        raise Refusal(NOT_A_DATE)
    known = (name for name, column in conversion.dates.items() if column == item.column)
    name = next(known, None) or conversion.graph.free_name(f"{item.column}::date")
    conversion.dates[name] = item.column
    return Matrix(conversion.graph.input(name, width=len(PARTS)), (frozenset({item.column}),) * len(PARTS))
