"""The students of one day for whom `predire` predicted the highest risk of failing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import pandas as pd

from functions.explorer.request_log.predictions import UNREADABLE
from functions.explorer.request_log.replay import replay
from models.predire.log_rows import EXPLANATION
from shared.errors import Text
from shared.log.reader import Line
from shared.model.predictor import Predictor

FUNCTION = "predire"


class Student(msgspec.Struct, frozen=True):
    """A student of a logged request.

    Attributes:
        time: time of the request.
        request: identifier of the request.
        index: index of the student in the request, the first being 0.
        version: version of the model that answered.
        stage: `inscription`, `semestre_1` or `semestre_2`.
        risk: predicted probability of failing.
        row: the student's fields, as far as the line holds them; None if it does not.
    """

    time: pd.Timestamp
    request: str
    index: int
    version: str
    stage: str
    risk: float
    row: Mapping[str, Any] | None


def students_of_day(lines: Iterable[Line], times: Sequence[pd.Timestamp], day: date) -> list[Student]:
    """The students of one day by falling risk. A student with several requests counts once, with the last response.

    Args:
        lines: lines of the log, oldest first; those of other functions are ignored.
        times: the time of each line.
        day: the day.
    """
    students: dict[bytes, Student] = {}
    for line, time in zip(lines, times, strict=True):
        if line["function"] == FUNCTION and time.date() == day:
            students |= {_identity(student): student for student in _students(line, time)}
    return sorted(students.values(), key=lambda student: -student.risk)


def _identity(student: Student) -> bytes:
    return msgspec.json.encode(student.row or [student.request, student.index])


def _students(line: Line, time: pd.Timestamp) -> Iterator[Student]:
    try:
        yield from list(_read_students(line, time))
    except UNREADABLE:
        return


def _read_students(line: Line, time: pd.Timestamp) -> Iterator[Student]:
    payload, prediction = line.get("payload"), line.get("prediction")
    if prediction is None or line["httpRequest"]["requestUrl"] == EXPLANATION:
        return
    rows, answers = (payload, prediction) if isinstance(prediction, list) else ([payload], [prediction])
    request, version = str(line.get("request_id")), (line.get("model") or {}).get("version", "")
    for index, answer in enumerate(answers):
        row = rows[index] if rows and index < len(rows) else None
        fields = row if isinstance(row, dict) else None
        risk = float(answer["probabilite_echec"])
        yield Student(time, request, index, version, answer["etape"], risk, fields)


class Factor(msgspec.Struct, frozen=True):
    """A factor of a prediction, named as in the response: label, value, contribution to the log-odds of failing."""

    libelle: str
    valeur: float
    contribution: float


def factors(student: Student, predictor: Predictor, language: str) -> tuple[list[Factor], Text | None]:
    """The main factors of a student's prediction.

    Args:
        student: the student.
        predictor: the version that predicts.
        language: language of the labels.

    Returns:
        The factors, and the reason if there are none; no reason if the line does not hold the student's fields.
    """
    if student.row is None:
        return [], None
    response = replay(FUNCTION, dict(student.row), predictor, language)
    if response.body is None:
        return [], response.error
    return msgspec.convert(response.body["facteurs"], list[Factor]), None
