"""The students of a day whom `predire` gave the greatest risk of failing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import pandas as pd

from functions.explorer.journal.answers import BROKEN
from functions.explorer.journal.replay import answer
from models.predire.log_rows import EXPLANATION
from shared.errors import Text
from shared.log.reader import Line
from shared.model.predictor import Predictor

FUNCTION = "predire"


class Student(msgspec.Struct, frozen=True):
    """A student of a request line.

    Attributes:
        time: when the prediction was asked.
        request: the identifier of the request.
        place: the student's in the request, from 0 on.
        version: of the model that answered.
        stage: `inscription`, `semestre_1` or `semestre_2`.
        risk: the probability of failing that was answered.
        row: what was asked, as far as the line kept it; None where it did not.
    """

    time: pd.Timestamp
    request: str
    place: int
    version: str
    stage: str
    risk: float
    row: Mapping[str, Any] | None


def of_day(lines: Iterable[Line], times: Sequence[pd.Timestamp], day: date) -> list[Student]:
    """The students of a day, the riskiest first; one who was asked about again counts once, as last answered."""
    found: dict[bytes, Student] = {}
    for line, time in zip(lines, times, strict=True):
        if line["function"] == FUNCTION and time.date() == day:
            found |= {_identity(student): student for student in _students(line, time)}
    return sorted(found.values(), key=lambda student: -student.risk)


def _identity(student: Student) -> bytes:
    return msgspec.json.encode(student.row or [student.request, student.place])


def _students(line: Line, time: pd.Timestamp) -> Iterator[Student]:
    try:
        yield from list(_read(line, time))
    except BROKEN:
        return


def _read(line: Line, time: pd.Timestamp) -> Iterator[Student]:
    payload, found = line.get("payload"), line.get("prediction")
    if found is None or line["httpRequest"]["requestUrl"] == EXPLANATION:
        return
    rows, answers = (payload, found) if isinstance(found, list) else ([payload], [found])
    for place, one in enumerate(answers):
        row = rows[place] if rows and place < len(rows) else None
        facts = (str(line.get("request_id")), place, (line.get("model") or {}).get("version", ""))
        known = row if isinstance(row, dict) else None
        yield Student(time, *facts, one["etape"], float(one["probabilite_echec"]), known)


class Factor(msgspec.Struct, frozen=True):
    """What weighs in a prediction: its label, its value, what it adds to the log-odds of failing."""

    libelle: str
    valeur: float
    contribution: float


def factors(student: Student, predictor: Predictor, language: str) -> tuple[list[Factor], Text | None]:
    """What weighs most in a student's prediction by a version, or why that cannot be said."""
    if student.row is None:
        return [], None
    found = answer(FUNCTION, dict(student.row), predictor, language)
    if found.body is None:
        return [], found.refusal
    return msgspec.convert(found.body["facteurs"], list[Factor]), None
