"""Requests and answers of `predire`: one student or many in; failure or success, how sure, and why, out."""

import functools
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from shared.errors import Fault
from shared.log.redaction import DECIMALS, allowed
from shared.model.codec import (
    Codec,
    Context,
    DecodedRequest,
    EncodedResponse,
    FastPath,
    Matrix,
    ModelSignature,
    Outputs,
)
from shared.model.columns import Columns, RowDecoder, is_plain
from shared.validation import MAX_FAULTS, check_rows, find_faults, join, mismatch, reject

from .predictions import CLASSES, Prediction, Students, predict_all
from .student import (
    ENROLMENT,
    IGNORED,
    SEMESTER_1,
    SEMESTER_2,
    STAGES,
    STUDENTS,
    TAB,
    Student,
    known_rows,
    snake_case,
)

SIGNATURE = ModelSignature(
    columns=STAGES,
    classes=CLASSES,
    outputs=("probabilities", "contributions"),
    thresholds=("abstention_low", "abstention_high"),
    constants=("baseline",),
)
HALF_SEMESTER = (
    "champ absent : un semestre se donne entier, le second après le premier",
    "field missing: a semester is given whole, the second one after the first",
)
_FIELDS = frozenset(Student.__struct_fields__)
_DEPTH = 2
"""Levels of a request: the array, a student."""

_MISSING = np.array([1] * len(SEMESTER_1) + [7] * len(SEMESTER_2))
_STAGES = {48: "inscription", 42: "semestre_1", 0: "semestre_2"}
"""The stage of a student, by what `_MISSING` counts. No other number is that of whole semesters, in their order."""

LOGGED = Student
"""What a redacted line may keep of a student: what the model reads, and nothing that says who it is."""


@functools.cache
def _decoder(rows: RowDecoder) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(rows.type | list[rows.type])  # type: ignore[name-defined]  # made at run time


def decode_fast(body: bytes, context: Context) -> DecodedRequest | None:
    """The students of a request that is plainly good: all under the fields' names, or all under the data set's."""
    if context.settings.max_json_depth < _DEPTH or not is_plain(body):
        return None
    text = body.replace(*TAB) if b"\\" in body else body
    for rows in known_rows():
        try:
            found = _decoder(rows).decode(text)
        except (msgspec.DecodeError, UnicodeError):
            continue
        many = isinstance(found, list)
        one_each = found if many else [found]
        if not 0 < len(one_each) <= context.settings.max_rows:
            return None
        columns = rows.to_columns(one_each, body.count(b":"))
        return None if columns is None else _inputs(columns, many=many)
    return None


def decode_request(value: Any, context: Context) -> DecodedRequest:
    """Check the students and put those of each stage in a matrix, in the request's order.

    Raises:
        Invalid: a student is wrong, each place named.
        TooLarge: more students than MAX_ROWS.
    """
    many = isinstance(value, list)
    values = value if many else [value]
    check_rows(values, context.settings.max_rows, "")
    if not values:
        reject([mismatch("", ("un étudiant ou un tableau d'étudiants", "a student or an array of students"), value)])
    faults: list[Fault] = []
    read = [
        _student(item, f"/{i}" if many else "", faults) for i, item in enumerate(values) if len(faults) < MAX_FAULTS
    ]
    if faults:
        reject(faults)
    values = [msgspec.structs.astuple(student) for student in read if student is not None]
    inputs = _inputs(np.array(values, dtype=np.float64), many=many)
    assert inputs is not None  # noqa: S101  # narrows the type: a semester that is not whole was refused above
    return inputs


def _inputs(values: Columns, *, many: bool) -> DecodedRequest | None:
    """The matrix of each stage's students; None where a semester is not whole, or the first one is missing."""
    stages = np.isnan(values[:, len(ENROLMENT) :]) @ _MISSING
    found = set(stages.tolist())
    if not found <= _STAGES.keys():
        return None
    if len(found) == 1:
        [stage] = found
        return DecodedRequest(
            {_STAGES[stage]: _matrix(values, _STAGES[stage])}, Students(values, {_STAGES[stage]: None}, many)
        )
    own = {_STAGES[stage]: stages == stage for stage in sorted(found, reverse=True)}
    rows = {name: _matrix(values[chosen], name) for name, chosen in own.items()}
    return DecodedRequest(rows, Students(values, own, many))


def _matrix(values: Columns, stage: str) -> Matrix:
    return values[:, : len(STAGES[stage])].astype(np.float32)


def _student(value: object, at: str, faults: list[Fault]) -> Student | None:
    if not isinstance(value, dict):
        faults.append(mismatch(at, ("un objet", "an object"), value))
        return None
    fields, spelling = _fields(value, at, faults)
    try:
        student = msgspec.convert(fields, Student)
    except msgspec.ValidationError:
        faults += find_faults(fields, Student, at, spelling)
        return None
    faults += _half_semesters(fields, at)
    return student


def _fields(value: dict[str, object], at: str, faults: list[Fault]) -> tuple[dict[str, object], dict[str, str]]:
    """The values by field, and the request's spelling of each field; what is never read is left out."""
    fields: dict[str, object] = {}
    spelling: dict[str, str] = {}
    for key, item in value.items():
        name = key if key in _FIELDS else snake_case(key)
        if name in IGNORED:
            continue
        name = name if name in _FIELDS else key
        if name in fields:
            faults.append((join(at, key), ("champ donné deux fois", "field given twice")))
        fields[name] = int(item) if isinstance(item, float) and item.is_integer() else item
        spelling[name] = key
    return fields, spelling


def _half_semesters(fields: dict[str, object], at: str) -> list[Fault]:
    """A semester counts whole, and the second one only after the first."""
    second = any(fields.get(name) is not None for name in SEMESTER_2)
    first = second or any(fields.get(name) is not None for name in SEMESTER_1)
    wanted = (SEMESTER_1 if first else ()) + (SEMESTER_2 if second else ())
    return [(join(at, name), HALF_SEMESTER) for name in wanted if fields.get(name) is None]


def encode_response(inputs: DecodedRequest, outputs: Outputs, context: Context) -> EncodedResponse:
    """One prediction a student, in the request's order; a single student's stands alone."""
    predictions = predict_all(inputs.parsed, outputs, context)
    logged = [
        {"prediction": one.prediction, "probabilite_echec": one.probabilite_echec, "etape": one.etape}
        for one in predictions
    ]
    return EncodedResponse(predictions, logged) if inputs.parsed.many else EncodedResponse(predictions[0], logged[0])


def log_payload(value: Any, redacted: bool) -> object:  # noqa: FBT001
    """A request as its line may keep it; redacted, only what the model reads, where it is what the model expects."""
    if not redacted:
        return value
    rows = [_allowed(row) for row in (value if isinstance(value, list) else [value]) if isinstance(row, dict)]
    return rows if isinstance(value, list) else rows[0] if rows else None


def _allowed(row: dict[str, object]) -> dict[str, float]:
    return allowed({key if key in _FIELDS else snake_case(key): item for key, item in row.items()}, LOGGED)


def redacted_payload(inputs: DecodedRequest) -> object:
    """The students of a request, with what a redacted line keeps of a number."""
    rows = STUDENTS.to_rows(inputs.parsed.values, DECIMALS)
    return rows if inputs.parsed.many else rows[0]


PREDICT = Codec(
    request=Student | Annotated[list[Student], Meta(min_length=1)],
    response=Prediction | list[Prediction],
    decode_request=decode_request,
    encode_response=encode_response,
    log_payload=log_payload,
    fast_path=FastPath(decode_fast, redacted_payload),
)
