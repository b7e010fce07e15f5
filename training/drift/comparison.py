"""Do requests still look like what the model was trained on? The request log against the bundle's reference."""

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

from shared.errors import BundleError
from shared.log.reader import LogFilter, SourceError, current_lines, from_file
from shared.model.bundle import Bundle, Manifest, read_folder
from shared.terminal import say
from training.drift import reference
from training.drift.reference import Column, Counts, GraphReference, LoggedRow, Reference

THRESHOLD = 0.2
"""From here on a distribution counts as another one: the usual rule of credit scoring (Siddiqi, 2006)."""

CHANCE = 0.001
"""How often the index of a column may pass the threshold by chance alone, where nothing has changed."""

Line = Mapping[str, Any]
ANSWERS, INPUTS = "réponse", "entrée"


class DriftError(click.ClickException):
    """Nothing can be compared. Not the exit code of a drift."""

    exit_code = 2


class Shift(msgspec.Struct, frozen=True):
    """One column: its index, and the bin whose share changed most, with its share then and now."""

    graph: str
    kind: str
    name: str
    rows: int
    psi: float
    bin: str
    expected: float
    observed: float


class SparseColumn(msgspec.Struct, frozen=True):
    """One column that too few rows of the log have, and how many are needed; None where no number is enough."""

    graph: str
    kind: str
    name: str
    rows: int
    needed: int | None


@dataclass(slots=True)
class Observed:
    """What was read of a log: values by graph, kind and name; how many lines there were, and why some do not count."""

    values: dict[tuple[str, str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    lines: int = 0
    other_versions: int = 0
    unanswered: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Drift:
    """What was compared and what could not be, with the threshold that it was judged by."""

    threshold: float
    shifts: list[Shift]
    thin: list[SparseColumn]
    observed: Observed

    @property
    def past(self) -> list[Shift]:
        """The columns that have drifted."""
        return [shift for shift in self.shifts if shift.psi > self.threshold]


class TooFewRows(DriftError):
    """The log holds enough rows of no column.

    Attributes:
        most: rows of the column that lacks the fewest.
        needed: how many that column needs; None where no number is enough.
    """

    def __init__(self, thin: list[SparseColumn], observed: Observed, threshold: float) -> None:
        known = [(one.rows, one.needed) for one in thin if one.needed is not None]
        nearest: tuple[int, int | None] = min(known, key=lambda pair: pair[1] - pair[0], default=(0, None))
        self.most, self.needed = nearest
        super().__init__(self._sentence(observed, threshold))

    def _sentence(self, observed: Observed, threshold: float) -> str:
        if self.needed is None:
            return f"seuil {threshold:g} trop bas : la référence a trop peu de lignes pour en juger."
        return (
            f"trop peu de lignes pour comparer : {self.most} au plus par grandeur, {self.needed} au moins au seuil "
            f"{threshold:g}. Journal : {counted(observed)}."
        )


def read_reference(folder: Path, name: str) -> tuple[Manifest, Reference]:
    """The manifest and the reference of the bundle of the model `name`.

    Raises:
        DriftError: the bundle is not good, or has no reference.
    """
    try:
        bundle = read_folder(folder, name)
    except BundleError as error:
        raise DriftError(f"{folder} : {error.detail[0]}") from error
    return bundle.manifest, reference_of(bundle)


def reference_of(bundle: Bundle) -> Reference:
    """The reference of a bundle that was read whole. Raises DriftError: it has none, or one of another format."""
    name, version = bundle.manifest.name, bundle.manifest.version
    if reference.FILE not in bundle.files:
        raise DriftError(
            f"le paquet {version} n'a pas de {reference.FILE} : entraînez-le à nouveau (python -m models train {name})."
        )
    try:
        found = msgspec.json.decode(bundle.files[reference.FILE], type=Reference)
    except msgspec.MsgspecError as error:
        raise DriftError(f"{reference.FILE} illisible : {error}") from error
    if found.format != reference.FORMAT:
        raise DriftError(f"{reference.FILE} : format {reference.FORMAT} attendu, {found.format} reçu.")
    return found


def skipped(what: str) -> None:
    """Say on stderr what does not count because it cannot be read."""
    click.echo(f"{what} ; laissée de côté", err=True)


def lines_of(log: Path, name: str) -> Iterator[Line]:
    """The lines of a JSONL file that are the function's; what is no request line is told by its number.

    Raises:
        DriftError: the file cannot be read.
    """
    try:
        yield from current_lines(from_file(log, LogFilter(function=name), lambda reason: skipped(say(reason))))
    except SourceError as error:
        raise DriftError(say(error.detail)) from error


def observe(
    lines: Iterable[Line], logged: Callable[[Line], Iterator[LoggedRow]], version: str, skipped: Callable[[str], None]
) -> Observed:
    """Collect what the lines say.

    Args:
        lines: of the request log, of one function.
        logged: the rows of a line that has a prediction, in the model's own way.
        version: lines of other versions do not count: their answers are another model's.
        skipped: told of a line whose payload or prediction is not what the function writes.
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
                found = [_numbers(row) for row in logged(line)]
            except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
                observed.unreadable += 1
                skipped(f"requête {line.get('request_id')} : contenu illisible")
                continue
            for values in found:
                for place, value in values.items():
                    observed.values[place].append(value)
    return observed


def _numbers(row: LoggedRow) -> dict[tuple[str, str, str], float]:
    answers = {(row.graph, ANSWERS, name): float(value) for name, value in row.predictions.items()}
    return answers | {(row.graph, INPUTS, name): float(value) for name, value in row.inputs.items()}


def compare(expected: Reference, observed: Observed, threshold: float) -> Drift:
    """Measure every column of the reference that the log holds enough of.

    Raises:
        TooFewRows: it holds enough of none.
    """
    shifts: list[Shift] = []
    thin: list[SparseColumn] = []
    for graph, found in expected.graphs.items():
        for kind, name, column in _columns(found):
            values = observed.values.get((graph, kind, name), [])
            needed = least_rows(column, threshold)
            if needed is None or len(values) < needed:
                thin.append(SparseColumn(graph, kind, name, len(values), needed))
            else:
                shifts.append(_shift(graph, kind, name, column, values))
    if not shifts:
        raise TooFewRows(thin, observed, threshold)
    return Drift(threshold, sorted(shifts, key=lambda shift: -shift.psi), thin, observed)


def _columns(found: GraphReference) -> Iterator[tuple[str, str, Column]]:
    yield from ((ANSWERS, name, column) for name, column in found.predictions.items())
    yield from ((INPUTS, name, column) for name, column in found.inputs.items())


def _shift(graph: str, kind: str, name: str, column: Column, values: list[float]) -> Shift:
    numbers = reference.rounded(values) if kind == INPUTS else np.array(values)
    expected, observed = np.array(column.counts), column.count(numbers)
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
    """Population stability index of two distributions over the same bins; 0 where they are the same.

    The sum over the bins of (o - e) ln(o / e), e and o being the shares of the reference and of what was observed, with
    half a row added to each bin so that an empty one is not infinitely far. It is Jeffreys' divergence.

    Source: Siddiqi, "Credit Risk Scorecards", Wiley, 2006, chapter 9; Jeffreys, "An invariant form for the prior
    probability in estimation problems", Proc. R. Soc. A 186, 1946.

    Args:
        expected: (bins,) rows of the reference.
        observed: (bins,) rows of the log.
    """
    used = (expected > 0) | (observed > 0)
    before, now = expected[used] + 0.5, observed[used] + 0.5
    before, now = before / before.sum(), now / now.sum()
    return float(((now - before) * np.log(now / before)).sum())


def least_rows(column: Column, threshold: float) -> int | None:
    """How many rows of the log make an index above the threshold more than chance; None where no number does.

    Of n rows against m of the reference, without any drift, the index is distributed as (1/n + 1/m) times chi squared
    with one degree of freedom less than there are bins; it then passes the threshold once in 1 / `CHANCE` times.

    Source: Yurdakul, Naranjo, "Statistical properties of the population stability index", Journal of Risk Model
    Validation 14(4), 2020.
    """
    bins = sum(count > 0 for count in column.counts)
    inverse = threshold / float(chi2.ppf(1 - CHANCE, max(1, bins - 1))) - 1 / sum(column.counts)
    return math.ceil(1 / inverse) if inverse > 0 else None


def counted(observed: Observed) -> str:
    """What the log held, in words."""
    return (
        f"{observed.lines} lignes, dont {observed.other_versions} d'autres versions, {observed.unanswered} sans "
        f"prédiction, {observed.unreadable} illisibles"
    )


def as_json(drift: Drift, manifest: Manifest) -> bytes:
    """All of it, for programs."""
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
        "too_few": drift.thin,
    }
    return msgspec.json.encode(body)
