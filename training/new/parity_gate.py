"""The gate that every converted estimator passes: from a JSON record to the answer, compared with the estimator itself.

What does not pass is refused. The tolerances are those of `PROBABILITY`, `VALUE` and `RELATIVE`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.errors import AugureError, Text
from shared.i18n import fill
from shared.model.table import BOOLEAN, DATE, NUMBER, OUTLIERS, VALUES, Table
from training.new.conversion.converter import is_text
from training.new.conversion.refusal import Refusal
from training.new.encoded_columns import encoded_columns
from training.new.estimator_answers import Answers, answers_of
from training.new.fitted_columns import FittedFacts
from training.new.parity_rows import records_of, shuffled, with_null, with_nulls, with_unseen

MOST_ROWS = 20_000
"""Rows of the table that are compared, count; beyond, a random sample of as many."""
TRIED = 400
"""Rows of shuffled columns, and of nulls, count."""
PROBABILITY = 1e-5
"""Tolerance of a probability."""
VALUE = 1e-5
"""Tolerance of a number or a score, in standard deviations of the estimator's answers."""
RELATIVE = 1e-6
"""Tolerance of a number or a score, in parts of itself: XGBoost computes in float32."""
TIE = 1e-9
"""Two classes closer than this are tied: either may be the answer."""

Ask = Callable[[list[dict[str, Any]]], Mapping[str, Any]]
"""From records to the body of the response: `TableModel(manifest, files).predict`."""

DIFFERS = (
    (
        "{wrong} ligne(s) sur {rows} ({where}) n'ont pas la réponse de l'estimateur : {labels} classe(s) autre(s), "
        "{difference:.1e} d'écart au plus. {cause}"
    ),
    (
        "{wrong} row(s) of {rows} ({where}) do not get the estimator's answer: {labels} other class(es), "
        "a difference of {difference:.1e} at most. {cause}"
    ),
)
NEIGHBOURS = (
    (
        "{step} départage des voisins à égale distance selon l'ordre de son arbre : ôtez les lignes en "
        "double, ou passez à "
        "weights='distance' ou à un autre modèle."
    ),
    (
        "{step} chooses among neighbours at equal distances by the order of its tree: remove repeated rows, or use "
        "weights='distance' or another model."
    ),
)
STEP = (
    "L'étape probable est {step} : remplacez-la par une étape de la table de docs/own-model.md.",
    "The probable step is {step}: replace it by a step of the table in docs/own-model.md.",
)
REFUSES = (
    "le service refuse des lignes que l'estimateur accepte ({where}) : {error}",
    "the service refuses rows that the estimator accepts ({where}): {error}",
)
ACCEPTS = (
    (
        "la colonne « {column} » : l'estimateur refuse une valeur jamais vue, et le graphe y répond ; encodez-la avec "
        "handle_unknown='ignore'."
    ),
    (
        "column `{column}`: the estimator refuses a value never seen, and the graph answers it; encode it with "
        "handle_unknown='ignore'."
    ),
)
NO_ROWS = (
    "aucune ligne de la table n'est acceptée par l'estimateur : chacune a une valeur manquante qu'il refuse ({names}).",
    "the estimator accepts no row of the table: each has a missing value that it refuses ({names}).",
)
NO_ANSWER = (
    "le graphe ne donne pas {name}, que l'estimateur donne : signalez-le, c'est un défaut.",
    "the graph does not give {name}, which the estimator gives: report it, it is a bug.",
)
ROWS = ("celles de la table", "those of the table")
SHUFFLED = ("colonnes mélangées", "columns shuffled")
NULLS = ("valeurs nulles", "nulls")
UNSEEN = ("valeurs jamais vues", "values never seen")

_NEIGHBOURS = re.compile("Neighbors|KNN|LocalOutlier|RadiusNeighbors")


@dataclass(frozen=True, slots=True)
class Probed:
    """What the estimator itself does with values that the table may not have.

    Attributes:
        nullable: columns whose null it answers, and that have nulls in the table.
        null_refused: columns that have nulls in the table, and whose null it refuses.
        closed: columns whose unknown value it refuses.
    """

    nullable: frozenset[str]
    null_refused: frozenset[str]
    closed: frozenset[str]


@dataclass(slots=True)
class Parity:
    """How well a graph agrees with its estimator.

    Attributes:
        rows: rows of the table that were compared.
        left_out: rows with a null that the estimator refuses.
        is_sample: whether the rows are a random sample of the table's.
        tried: further rows, with shuffled columns, nulls and unseen values.
        max_abs_difference: of all numbers, in their own unit.
        label_mismatches: rows with another class, ties among them.
        ties: rows with another class because two are tied.
        strict: columns whose unknown value the service refuses although the estimator answers it.
    """

    rows: int = 0
    left_out: int = 0
    is_sample: bool = False
    tried: int = 0
    max_abs_difference: float = 0.0
    label_mismatches: int = 0
    ties: int = 0
    strict: list[str] = field(default_factory=list)


def probe_columns(estimator: Any, facts: FittedFacts, frame: pd.DataFrame, kind: str) -> Probed:
    """Try a null and an unseen value in each column on the estimator itself.

    Args:
        estimator: fitted.
        facts: its columns.
        frame: the training rows.
        kind: of the table that will be served.
    """
    columns = frame[list(facts.columns)]
    with_nulls_ = [name for name in facts.columns if columns[name].hasnans]
    rows = _sample_without_nulls(columns)
    answers = {name: _is_answered(estimator, facts, _first_null(rows, name), kind) for name in with_nulls_}
    refused = frozenset(name for name, answered in answers.items() if not answered)
    base = columns.dropna(subset=list(refused))
    return Probed(frozenset(with_nulls_) - refused, refused, _closed_columns(estimator, facts, base, kind))


def _closed_columns(estimator: Any, facts: FittedFacts, rows: pd.DataFrame, kind: str) -> frozenset[str]:
    """The columns of texts and codes whose unknown value an estimator refuses."""
    if not len(rows):
        return frozenset()
    codes = encoded_columns(estimator, facts.columns)
    tried = {name: with_unseen(rows, name) for name in facts.columns if is_text(rows[name]) or name in codes}
    unseen = {name: row for name, row in tried.items() if row is not None}
    if not unseen or _is_answered(estimator, facts, pd.concat(unseen.values(), ignore_index=True), kind):
        return frozenset()
    return frozenset(name for name, row in unseen.items() if not _is_answered(estimator, facts, row, kind))


def check_parity(  # noqa: PLR0913 - what is compared, each by its name
    estimator: Any,
    facts: FittedFacts,
    frame: pd.DataFrame,
    table: Table,
    ask: Ask,
    *,
    probed: Probed,
    suspects: Sequence[str] = (),
) -> Parity:
    """Compare the answers of a service with those of its estimator.

    Args:
        estimator: fitted.
        facts: its columns.
        frame: the training rows.
        table: of the manifest.
        ask: from records to the body of the response.
        probed: as `probe_columns` finds it.
        suspects: classes that are named first as the cause of a difference, such as those that skl2onnx converted.

    Raises:
        Refusal: an answer differs; it says how many do, by how much, and the probable step.
    """
    known = frame.dropna(subset=list(probed.null_refused)).reset_index(drop=True)
    if not len(known):
        raise Refusal(NO_ROWS, names=", ".join(sorted(probed.null_refused)))
    is_sample = len(known) > MOST_ROWS
    rows = known.sample(MOST_ROWS, random_state=0).reset_index(drop=True) if is_sample else known
    gate = _Gate(estimator, facts, table, ask, suspects)
    gate.parity.left_out, gate.parity.is_sample = len(frame) - len(known), is_sample
    gate.compare(rows, ROWS)
    gate.parity.rows, gate.parity.tried = gate.parity.tried, 0
    mixed = shuffled(rows[list(facts.columns)], TRIED)
    gate.compare(mixed, SHUFFLED)
    if nullable := [column.name for column in table.columns if column.nullable]:
        gate.compare(with_nulls(mixed, nullable), NULLS)
    gate.compare_unseen(rows[list(facts.columns)], probed)
    return gate.parity


class _Gate:
    """One comparison of a service with its estimator.

    Attributes:
        parity: what was found so far.
    """

    def __init__(self, estimator: Any, facts: FittedFacts, table: Table, ask: Ask, suspects: Sequence[str]) -> None:
        self.parity = Parity()
        self._estimator, self._facts, self._table, self._ask = estimator, facts, table, ask
        self._suspects = suspects
        self._scale: NDArray[np.float64] | None = None

    def compare(self, rows: pd.DataFrame, where: Text) -> None:
        """Compare the answers to rows, those that the estimator refuses left out. Raises Refusal: one differs."""
        expected, rows = self._expected(rows)
        if expected is None:
            return
        try:
            body = self._ask(records_of(rows, self._table.columns))
        except AugureError as error:
            raise Refusal(REFUSES, where=where, error=_first_fault(error)) from error
        is_wrong, labels, difference = self._differences(expected, body, len(rows))
        if is_wrong.any():
            counts = {"wrong": int(is_wrong.sum()), "rows": len(rows), "labels": labels}
            raise Refusal(DIFFERS, **counts, where=where, difference=difference, cause=self._cause())
        self.parity.tried += len(rows)

    def compare_unseen(self, rows: pd.DataFrame, probed: Probed) -> None:
        """Compare the answers to a value never seen in each column. Raises Refusal: one differs."""
        tried = [(column, with_unseen(rows, column.name)) for column in self._table.columns]
        unseen = [
            (column, row) for column, row in tried if row is not None and column.kind not in (NUMBER, BOOLEAN, DATE)
        ]
        open_rows = []
        for column, row in unseen:
            if column.name in probed.closed:
                if self._is_served(row):
                    raise Refusal(ACCEPTS, column=column.name)
            elif column.closed:
                self.parity.strict.append(column.name)
            else:
                open_rows.append(row)
        if open_rows:
            self.compare(pd.concat(open_rows, ignore_index=True), UNSEEN)

    def _is_served(self, row: pd.DataFrame) -> bool:
        try:
            self._ask(records_of(row, self._table.columns))
        except AugureError:
            return False
        return True

    def _expected(self, rows: pd.DataFrame) -> tuple[Answers | None, pd.DataFrame]:
        """The estimator's answers, and the rows that it answers."""
        kind = self._table.kind
        try:
            return answers_of(self._estimator, self._facts, rows, kind), rows
        except Exception:  # noqa: BLE001 - an estimator raises anything
            each = [rows.iloc[[at]] for at in range(len(rows))]
            kept = [row for row in each if _is_answered(self._estimator, self._facts, row, kind)]
        if not kept:
            return None, rows.iloc[:0]
        answered = pd.concat(kept, ignore_index=True)
        return answers_of(self._estimator, self._facts, answered, kind), answered

    def _differences(
        self, expected: Answers, body: Mapping[str, Any], rows: int
    ) -> tuple[NDArray[np.bool_], int, float]:
        """Which rows are wrong, how many have another class, and the largest difference of a number."""
        is_wrong, difference, labels = np.zeros(rows, dtype=bool), 0.0, 0
        for found, wanted, tolerance in self._numbers(expected, body, rows):
            apart = np.abs(found - wanted)
            apart[found == wanted] = 0.0
            is_wrong |= ~(apart <= tolerance).all(axis=1)
            difference = max(difference, float(np.nan_to_num(apart, nan=np.inf).max(initial=0.0)))
        if expected.labels is not None:
            other = _other_labels(expected.labels, body["result"], self._table.kind)
            tied = other & (expected.margin <= TIE) if expected.margin is not None else np.zeros_like(other)
            is_wrong |= (other & ~tied).any(axis=1)
            labels = int(other.any(axis=1).sum())
            self.parity.label_mismatches += labels
            self.parity.ties += int(tied.any(axis=1).sum())
        self.parity.max_abs_difference = max(self.parity.max_abs_difference, difference)
        return is_wrong, labels, difference

    def _numbers(
        self, expected: Answers, body: Mapping[str, Any], rows: int
    ) -> list[tuple[NDArray[np.float64], NDArray[np.float64], Any]]:
        """Found, wanted and tolerance of each kind of numbers."""
        pairs: list[tuple[NDArray[np.float64], NDArray[np.float64], Any]] = []
        if expected.probabilities is not None:
            pairs.append((_matrix(body, "probabilities", rows), expected.probabilities, PROBABILITY))
        wanted = expected.values if expected.values is not None else expected.scores
        name = "result" if self._table.kind == VALUES else "scores"
        if wanted is not None and (expected.probabilities is None or name in body):
            if self._scale is None:  # the first rows are those of the table
                self._scale = VALUE * wanted.std(axis=0) if rows > 1 else np.zeros(wanted.shape[1])
            pairs.append((_matrix(body, name, rows), wanted, self._scale + RELATIVE * np.abs(wanted)))
        return pairs

    def _cause(self) -> Text:
        names = _class_names(self._estimator)
        near = next((name for name in names if _NEIGHBOURS.search(name)), None)
        if near:
            return fill(NEIGHBOURS, step=near)
        return fill(STEP, step=next(iter(self._suspects), names[-1]))


def _matrix(body: Mapping[str, Any], name: str, rows: int) -> NDArray[np.float64]:
    """Numbers of the response: (rows, width), targets side by side."""
    if name not in body:
        raise Refusal(NO_ANSWER, name=name)
    flat = [np.hstack(row) if isinstance(row, list) else [row] for row in body[name]]
    return np.asarray(flat, dtype=np.float64).reshape(rows, -1)


def _other_labels(wanted: NDArray[Any], result: Sequence[Any], kind: str) -> NDArray[np.bool_]:
    """Where the response has another label than the estimator: (rows, targets)."""
    expected = np.where(wanted, 1, -1).tolist() if kind == OUTLIERS else wanted.tolist()
    found = [row if isinstance(row, list) else [row] for row in result]
    pairs = zip(expected, found, strict=True)
    return np.array([[not _same(one, other) for one, other in zip(*pair, strict=True)] for pair in pairs])


def _same(one: Any, other: Any) -> bool:
    """Whether two labels are the same, in JSON too: True is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _is_answered(estimator: Any, facts: FittedFacts, rows: pd.DataFrame, kind: str) -> bool:
    try:
        answers_of(estimator, facts, rows, kind)
    except Exception:  # noqa: BLE001 - an estimator raises anything
        return False
    return True


def _sample_without_nulls(columns: pd.DataFrame) -> pd.DataFrame:
    """Two rows with no null at all: where no row is whole, each column has its most frequent value."""
    whole = columns.dropna().head(2)
    if len(whole):
        return whole.reset_index(drop=True)
    common = {name: columns[name].dropna().mode().head(1) for name in columns}
    return pd.DataFrame({name: values.reset_index(drop=True) for name, values in common.items()})


def _first_null(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    return rows.assign(**{name: with_null(rows[name], np.arange(len(rows)) == 0)})


def _first_fault(error: AugureError) -> Text:
    pointer, text = error.faults[0] if error.faults else ("", error.detail)
    return f"{pointer} {text[0]}".strip(), f"{pointer} {text[1]}".strip()


def _class_names(estimator: Any) -> list[str]:
    """The classes of an estimator and of those inside it, its own last."""
    try:
        inside = estimator.get_params(deep=True).values()
    except Exception:  # noqa: BLE001 - of a library with other rules
        inside = ()
    names = [type(value).__name__ for value in inside if hasattr(value, "fit")]
    last = getattr(estimator, "steps", None)
    own = type(last[-1][1] if last else estimator).__name__
    return [*names, own]
