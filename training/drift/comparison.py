"""Compares the distribution of each column in the request log with the bundle's reference."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import msgspec
import numpy as np
from scipy.stats import chi2

from shared.errors import BundleError, Text
from shared.i18n import fill
from shared.log.reader import LogFilter, SourceError, current_lines, from_file
from shared.model.bundle import Bundle, Manifest, read_folder
from shared.terminal import say
from training.contract import LogRows
from training.drift import reference
from training.drift.reference import Column, Counts, GraphReference, LoggedRow, Reference, Value
from training.errors import CommandError

THRESHOLD = 0.2
"""Population stability index above which a column has drifted: the usual rule of credit scoring (Siddiqi, 2006)."""

CHANCE = 0.001
"""Probability that the index of an unchanged column passes the threshold."""

Line = Mapping[str, Any]
PREDICTIONS, INPUTS = "réponse", "entrée"
"""Kinds of columns, as the JSON output names them."""

FOLDER_REFUSED = ("{folder} : {reason}", "{folder}: {reason}")
NO_REFERENCE = (
    "le paquet {version} n'a pas de {file} : entraînez-le à nouveau (python -m models train {name}).",
    "bundle {version} has no {file}: train it again (python -m models train {name}).",
)
UNREADABLE = ("{file} illisible : {error}", "{file} cannot be read: {error}")
OTHER_FORMAT = (
    "{file} : format {expected} attendu, {actual} reçu.",
    "{file}: expected format {expected}, got {actual}.",
)
TOO_LOW = (
    "seuil {threshold:g} trop bas : la référence a trop peu de lignes pour en juger.",
    "threshold {threshold:g} is too low: the reference has too few rows to judge.",
)
TOO_FEW = (
    (
        "trop peu de lignes pour comparer : {most} au plus par grandeur, {needed} au moins au seuil {threshold:g}. "
        "Journal : {summary}."
    ),
    (
        "too few rows to compare: at most {most} per column, at least {needed} needed at threshold {threshold:g}. "
        "Log: {summary}."
    ),
)
SUMMARY = (
    "{lines} lignes, dont {other_versions} d'autres versions, {unanswered} sans prédiction, {unreadable} illisibles",
    (
        "{lines} lines, of which {other_versions} from other versions, {unanswered} without a prediction, "
        "{unreadable} unreadable"
    ),
)
BAD_LINE = ("requête {request_id} : contenu illisible", "request {request_id}: unreadable content")
SKIPPED = ("{reason} ; laissée de côté", "{reason}; skipped")


class DriftError(CommandError):
    """Comparison impossible; exits 2, whereas a drift exits 1."""

    exit_code = 2


class Shift(msgspec.Struct, frozen=True):
    """A compared column.

    Attributes:
        graph: role of its graph.
        kind: `PREDICTIONS` or `INPUTS`.
        name: of the column.
        rows: number of rows of the log.
        psi: its population stability index.
        bin: name of the bin whose share changed most.
        expected: share of that bin in the reference, in [0, 1].
        observed: share of that bin in the log, in [0, 1].
    """

    graph: str
    kind: str
    name: str
    rows: int
    psi: float
    bin: str
    expected: float
    observed: float


class SparseColumn(msgspec.Struct, frozen=True):
    """A column with too few rows in the log; `needed` is None if no number is enough."""

    graph: str
    kind: str
    name: str
    rows: int
    needed: int | None


@dataclass(slots=True)
class Observed:
    """The content of a log: values by graph, kind and name; the number of lines, and of those that do not count."""

    values: dict[tuple[str, str, str], list[Value]] = field(default_factory=lambda: defaultdict(list))
    lines: int = 0
    other_versions: int = 0
    unanswered: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Drift:
    """The result of a comparison: `shifts`, most drifted first, and the columns with too few rows."""

    threshold: float
    shifts: list[Shift]
    sparse: list[SparseColumn]
    observed: Observed

    @property
    def past(self) -> list[Shift]:
        """The columns above the threshold."""
        return [shift for shift in self.shifts if shift.psi > self.threshold]


class TooFewRows(DriftError):
    """Every column has too few rows in the log.

    Attributes:
        most: number of rows of the column that lacks the fewest.
        needed: number of rows that this column needs; None if no number is enough.
    """

    def __init__(self, sparse: list[SparseColumn], observed: Observed, threshold: float) -> None:
        known = [(column.rows, column.needed) for column in sparse if column.needed is not None]
        nearest: tuple[int, int | None] = min(known, key=lambda pair: pair[1] - pair[0], default=(0, None))
        self.most, self.needed = nearest
        text = TOO_LOW if self.needed is None else TOO_FEW
        super().__init__(text, most=self.most, needed=self.needed, threshold=threshold, summary=summary(observed))


def read_reference(folder: Path, name: str) -> tuple[Manifest, Reference]:
    """The manifest and the reference of the bundle of the model `name`.

    Raises:
        DriftError: the bundle is refused, or has no reference.
    """
    try:
        bundle = read_folder(folder, name)
    except BundleError as error:
        raise DriftError(FOLDER_REFUSED, folder=folder, reason=error.detail) from error
    return bundle.manifest, reference_of(bundle)


def reference_of(bundle: Bundle) -> Reference:
    """The reference of a bundle that was read from a folder. Raises DriftError: it has none, or of another format."""
    name, version = bundle.manifest.name, bundle.manifest.version
    if reference.FILE not in bundle.files:
        raise DriftError(NO_REFERENCE, version=version, file=reference.FILE, name=name)
    try:
        decoded = msgspec.json.decode(bundle.files[reference.FILE], type=Reference)
    except msgspec.MsgspecError as error:
        raise DriftError(UNREADABLE, file=reference.FILE, error=error) from error
    if decoded.format != reference.FORMAT:
        raise DriftError(OTHER_FORMAT, file=reference.FILE, expected=reference.FORMAT, actual=decoded.format)
    return decoded


def report_skipped(reason: Text) -> None:
    """Report on stderr a line that cannot be read."""
    click.echo(say(fill(SKIPPED, reason=reason)), err=True)


def lines_of(log: Path, name: str) -> Iterator[Line]:
    """The lines of a JSONL file from the function `name`; malformed lines are reported by their number.

    Raises:
        DriftError: the file cannot be read.
    """
    try:
        yield from current_lines(from_file(log, LogFilter(function=name), report_skipped))
    except SourceError as error:
        raise DriftError(error.detail) from error


def observe(lines: Iterable[Line], log_rows: LogRows, version: str, skipped: Callable[[Text], None]) -> Observed:
    """Collect the values of every column.

    Args:
        lines: of the request log, from one function.
        log_rows: reads the rows of a line; the model's own.
        version: the bundle's; lines of other versions do not count.
        skipped: called with the reason for each line that the function did not write.
    """
    observed = Observed()
    for line in lines:
        observed.lines += 1
        if (line.get("model") or {}).get("version") != version:
            observed.other_versions += 1
        elif line.get("prediction") is None:
            observed.unanswered += 1
        else:
            try:
                rows = [_values(row) for row in log_rows(line)]
            except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
                observed.unreadable += 1
                skipped(fill(BAD_LINE, request_id=line.get("request_id")))
                continue
            for values in rows:
                for column, value in values.items():
                    observed.values[column].append(value)
    return observed


def _values(row: LoggedRow) -> dict[tuple[str, str, str], Value]:
    read = _mixed if row.mixed else _number
    predictions = {(row.graph, PREDICTIONS, name): read(value) for name, value in row.predictions.items()}
    return predictions | {(row.graph, INPUTS, name): read(value) for name, value in row.inputs.items()}


def _mixed(value: object) -> Value:
    return value if value is None or isinstance(value, bool | str) else _number(value)


def _number(value: Any) -> float:
    return float(value)


def compare(expected: Reference, observed: Observed, threshold: float) -> Drift:
    """Compare every column of the reference that has enough rows in the log.

    Args:
        expected: the reference of the bundle.
        observed: the content of the log.
        threshold: population stability index above which a column has drifted.

    Raises:
        TooFewRows: no column has enough rows.
    """
    shifts: list[Shift] = []
    sparse: list[SparseColumn] = []
    for graph, graph_reference in expected.graphs.items():
        for kind, name, column in _columns(graph_reference):
            values = _countable(column, observed.values.get((graph, kind, name), []))
            needed = least_rows(column, threshold)
            if needed is None or len(values) < needed:
                sparse.append(SparseColumn(graph, kind, name, len(values), needed))
            else:
                shifts.append(_shift(graph, kind, name, column, values))
    if not shifts:
        raise TooFewRows(sparse, observed, threshold)
    return Drift(threshold, sorted(shifts, key=lambda shift: -shift.psi), sparse, observed)


def _countable(column: Column, values: list[Value]) -> list[Value]:
    """The values that fall into a bin: all, or the numbers of a column that does not count null."""
    if column.texts or column.missing:
        return values
    return [value for value, number in zip(values, reference.numbers_of(values, column.form), strict=True)
            if not math.isnan(number)]  # fmt: skip


def _columns(graph: GraphReference) -> Iterator[tuple[str, str, Column]]:
    yield from ((PREDICTIONS, name, column) for name, column in graph.predictions.items())
    yield from ((INPUTS, name, column) for name, column in graph.inputs.items())


def _shift(graph: str, kind: str, name: str, column: Column, values: list[Value]) -> Shift:
    counted: Any = values
    if not column.texts:
        numbers = reference.numbers_of(values, column.form)
        counted = reference.rounded(numbers) if kind == INPUTS else numbers
    expected, observed = np.array(column.counts), column.count(counted)
    before, now = expected / expected.sum(), observed / observed.sum()
    most = int(np.argmax(np.abs(now - before)))
    psi = round(stability_index(expected, observed), 6)
    return Shift(
        graph,
        kind,
        name,
        len(values),
        psi,
        column.names()[most],
        round(float(before[most]), 6),
        round(float(now[most]), 6),
    )


def stability_index(expected: Counts, observed: Counts) -> float:
    """Population stability index (Jeffreys' divergence) of two distributions over the same bins; 0 if they are equal.

    The sum over the bins of (o - e) ln(o / e), where e and o are the expected and the observed shares. Half a row is
    added to each bin, so that an empty one keeps the index finite.

    Source: Siddiqi, "Credit Risk Scorecards", Wiley, 2006, chapter 9; Jeffreys, "An invariant form for the prior
    probability in estimation problems", Proc. R. Soc. A 186, 1946.

    Args:
        expected: (bins,), rows of the reference.
        observed: (bins,), rows of the log.
    """
    used = (expected > 0) | (observed > 0)
    before, now = expected[used] + 0.5, observed[used] + 0.5
    before, now = before / before.sum(), now / now.sum()
    return float(((now - before) * np.log(now / before)).sum())


def least_rows(column: Column, threshold: float) -> int | None:
    """The number of log rows from which an index above the threshold is significant; None if no number is enough.

    Without drift, the index of n rows against m reference rows is distributed as (1/n + 1/m) times chi squared with
    (bins - 1) degrees of freedom. It then passes the threshold with probability `CHANCE`.

    Source: Yurdakul, Naranjo, "Statistical properties of the population stability index", Journal of Risk Model
    Validation 14(4), 2020.
    """
    bins = sum(count > 0 for count in column.counts)
    inverse = threshold / float(chi2.ppf(1 - CHANCE, max(1, bins - 1))) - 1 / sum(column.counts)
    return math.ceil(1 / inverse) if inverse > 0 else None


def summary(observed: Observed) -> Text:
    """The numbers of lines of a log, French then English."""
    return fill(
        SUMMARY,
        lines=observed.lines,
        other_versions=observed.other_versions,
        unanswered=observed.unanswered,
        unreadable=observed.unreadable,
    )


def as_json(drift: Drift, manifest: Manifest) -> bytes:
    """The whole comparison, as JSON."""
    observed = drift.observed
    body = {
        "model": manifest.name,
        "version": manifest.version,
        "threshold": drift.threshold,
        "drifted": [f"{shift.graph}/{shift.name}" for shift in drift.past],
        "lines": {
            "read": observed.lines,
            "other_versions": observed.other_versions,
            "unanswered": observed.unanswered,
            "unreadable": observed.unreadable,
        },
        "columns": drift.shifts,
        "too_few": drift.sparse,
    }
    return msgspec.json.encode(body)
