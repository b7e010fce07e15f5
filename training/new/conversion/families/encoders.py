"""Encoders of categories. They run here, once, on every value that a column can have; the graph holds their answers."""

import warnings
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from onnx import TensorProto
from scipy import sparse

from training.new.conversion.category_columns import OTHER_TYPE
from training.new.conversion.conversion import Conversion
from training.new.conversion.families.copies import columns_copied
from training.new.conversion.graph_builder import Name
from training.new.conversion.refusal import Refusal
from training.new.conversion.registry import transformer
from training.new.conversion.values import UNKNOWN, Matrix, TextColumn, Value

HOT = 8
"""Width from which a one-hot block is a comparison in the graph and not a table, columns."""

NEVER_SEEN = (
    (
        "la colonne « {column} » a des valeurs que {step} n'a pas apprises et refuse ({values}) : retirez leurs lignes "
        "du tableau, ou réentraînez avec handle_unknown='ignore' (OneHotEncoder) ou 'use_encoded_value' "
        "(OrdinalEncoder)."
    ),
    (
        "column `{column}` has values that {step} was not fitted on and refuses ({values}): remove their rows from the "
        "table, or train again with handle_unknown='ignore' (OneHotEncoder) or 'use_encoded_value' (OrdinalEncoder)."
    ),
)


@dataclass(frozen=True, slots=True)
class Probe:
    """One column to encode: what the encoder sees of each of its values.

    Attributes:
        item: the column.
        values: what the encoder sees; for numbers: the known ones, then an unknown one, then NaN.
        answered: whether the encoder answers each, and does not raise.
        nullable: whether the encoder was fitted on values of a type that has null.
    """

    item: Matrix | TextColumn
    values: NDArray[Any]
    answered: NDArray[np.bool_]
    nullable: bool = True

    @property
    def fallback(self) -> Any:
        """A value that the encoder answers."""
        return self.values[int(np.argmax(self.answered))]


@transformer("OneHotEncoder", "OrdinalEncoder", "TargetEncoder")
def encode(conversion: Conversion, step: Any, value: Value) -> Matrix:
    """Each column by itself; what an encoder refuses is noted in the conversion."""
    columns = conversion.columns(value)
    probes = [_probe(step, item, step.categories_[at]) for at, item in enumerate(columns)]
    answers = _answers(step, probes)
    ends = np.cumsum(_widths(step))
    matrices = []
    for at, (probe, end, width) in enumerate(zip(probes, ends, _widths(step), strict=True)):
        _note_refused(conversion, step, probe, columns.names[at])
        block = answers[: len(probe.values), end - width : end]
        if width:
            matrices.append(_encoded(conversion, probe, block))
    return conversion.join(matrices)


def _probe(step: Any, item: Matrix | TextColumn, categories: NDArray[Any]) -> Probe:
    nulls = pd.isna(categories)
    known = categories[~nulls]
    if isinstance(item, TextColumn):
        values = _as_seen(item.values, known, categories[nulls][0] if nulls.any() else np.nan)
    else:
        if any(isinstance(one, str) for one in known.tolist()):
            column = ", ".join(sorted(item.mixed(1)[0]))
            raise Refusal(OTHER_TYPE, step=type(step).__name__, column=column, example=known[0])
        values = _numbers(known)
    nullable = categories.dtype.kind not in "biu"
    if getattr(step, "handle_unknown", "") != "error":
        return Probe(item, values, np.ones(len(values), dtype=bool), nullable)
    seen = set(known.tolist())
    answered = [nulls.any() if pd.isna(one) else one in seen for one in values.tolist()]
    return Probe(item, values, np.array(answered, dtype=bool), nullable)


def _as_seen(values: NDArray[Any], categories: NDArray[Any], null: Any) -> NDArray[Any]:
    """Texts as the encoder sees them: `True` is "True" in the graph, 3 is "3" in a column of pandas' categories."""
    others = {str(one): one for one in categories.tolist() if not isinstance(one, str)}
    seen = np.empty(len(values), dtype=object)
    seen[:] = [null if pd.isna(one) else others.get(str(one), one) for one in values]
    return seen


def _numbers(categories: NDArray[Any]) -> NDArray[Any]:
    """The known numbers, one that is not among them, and NaN. A boolean is 0 or 1."""
    known = categories.astype(np.float64)
    if set(known.tolist()) <= {0.0, 1.0}:
        unknown = next((one for one in (0.0, 1.0) if one not in known), 2.0)
    else:
        unknown = np.nextafter(max(known.tolist()), np.inf)
    if categories.dtype != object:
        return np.array([*known, unknown, np.nan])
    values = np.empty(len(known) + 2, dtype=object)
    values[:] = [*categories.tolist(), unknown, np.nan]
    return values


def _widths(step: Any) -> list[int]:
    """How many features each column becomes."""
    if type(step).__name__ == "OneHotEncoder":
        return list(step._n_features_outs)  # noqa: SLF001
    multiclass = getattr(step, "target_type_", "") == "multiclass"
    return [len(step.classes_) if multiclass else 1] * len(step.categories_)


def _answers(step: Any, probes: Sequence[Probe]) -> Any:
    """What the encoder answers for the values of all columns at once: row r has the r-th value of each column."""
    rows = max(len(probe.values) for probe in probes)
    columns = []
    for probe in probes:
        values = np.full(rows, probe.fallback, dtype=probe.values.dtype)
        values[: len(probe.values)][probe.answered] = probe.values[probe.answered]
        columns.append(values)
    plain = copy(step)
    plain._sklearn_output_config = {"transform": "default"}  # noqa: SLF001
    if hasattr(plain, "sparse_output"):
        plain.sparse_output = True
    return _run(plain, columns)


def _run(step: Any, columns: Sequence[NDArray[Any]]) -> Any:
    names = getattr(step, "feature_names_in_", None)
    table: Any = pd.DataFrame({at: pd.Series(list(values), dtype=values.dtype) for at, values in enumerate(columns)})
    if names is None:
        table = table.to_numpy()
    else:
        table.columns = list(names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answers = step.transform(table)
    return sparse.csr_array(answers) if sparse.issparse(answers) else np.asarray(answers)


def _note_refused(conversion: Conversion, step: Any, probe: Probe, name: str) -> None:
    if isinstance(probe.item, TextColumn):
        places = np.flatnonzero(~probe.answered)
        refused = [probe.item.domain[at] for at in places]
        known = [text for text in refused if text not in (UNKNOWN, None)]
        if known:
            raise Refusal(NEVER_SEEN, column=name, step=type(step).__name__, values=", ".join(map(str, known[:5])))
        conversion.unknown_refused |= {probe.item.column} if UNKNOWN in refused else set()
        conversion.null_refused |= {probe.item.column} if None in refused else set()
        return
    unknown, null = probe.answered[-2:]
    if not unknown:
        conversion.unknown_refused |= columns_copied(conversion, probe.item.tensor, imputed=True)
    if not null and probe.nullable:
        conversion.null_refused |= columns_copied(conversion, probe.item.tensor, imputed=False)


def _encoded(conversion: Conversion, probe: Probe, block: Any) -> Matrix:
    """The features of one column, from the answers (values, width)."""
    item = probe.item
    if isinstance(item, TextColumn):
        places = conversion.code(_answered_part(item, probe.answered))
        sources = (frozenset({item.column}),) * block.shape[1]
        return _table(conversion, places, block[probe.answered], sources)
    if not probe.answered.all() and not columns_copied(conversion, item.tensor, imputed=True):
        block = np.where(probe.answered[:, None], block.toarray() if sparse.issparse(block) else block, np.nan)
    return _table(conversion, _number_places(conversion, item, probe.values), block, item.mixed(block.shape[1]))


def _answered_part(text: TextColumn, answered: NDArray[np.bool_]) -> TextColumn:
    domain = tuple(one for one, kept in zip(text.domain, answered, strict=True) if kept)
    return TextColumn(text.column, domain, text.values[answered])


def _number_places(conversion: Conversion, item: Matrix, values: NDArray[Any]) -> Name:
    """The place of each row's number among `values`: known ones, unknown, NaN."""
    graph = conversion.graph
    equal = graph.cast(graph.op("Equal", item.tensor, graph.constant(values[None, :-2].astype(np.float64))))
    null = graph.cast(graph.op("IsNaN", item.tensor))
    known = graph.concat([equal, graph.scale(graph.op("Sub", graph.constant(1.0), null), 0.5), null])
    return graph.argmax(known)


def _table(conversion: Conversion, places: Name, block: Any, sources: tuple[frozenset[str], ...]) -> Matrix:
    if not sparse.issparse(block) or block.shape[1] <= HOT:
        dense = block.toarray() if sparse.issparse(block) else block
        return conversion.table(places, dense, sources)
    graph = conversion.graph
    hot = np.full(block.shape[0], -1)
    rows, columns = block.nonzero()
    hot[rows] = columns
    at = graph.column(graph.op("Gather", graph.integers(hot), places))
    equal = graph.op("Equal", at, graph.integers(np.arange(block.shape[1])[None]))
    return Matrix(graph.cast(equal, TensorProto.DOUBLE), sources)
