"""Requests and responses of `predire`: students in; failure or success, probability and factors out."""

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

from .predictions import CLASSES, Prediction, Students, build_predictions
from .student import (
    ENROLMENT,
    FIELD_ROWS,
    IGNORED,
    SEMESTER_1,
    SEMESTER_2,
    STAGES,
    TRAILING_TAB,
    Student,
    row_formats,
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
"""Nesting of a request: the array, a student."""

_MISSING_WEIGHTS = np.array([1] * len(SEMESTER_1) + [7] * len(SEMESTER_2))
_STAGE_OF_MISSING = {48: "inscription", 42: "semestre_1", 0: "semestre_2"}
"""Stage by sum of the weights of the missing fields; any other sum means an incomplete or misplaced semester."""

LOGGED = Student
"""Fields that a redacted log line may keep: those that the model reads; none of them identifies the student."""


@functools.cache
def _decoder(rows: RowDecoder) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(rows.type | list[rows.type])  # type: ignore[name-defined]  # made at run time


def decode_fast(body: bytes, context: Context) -> DecodedRequest | None:
    """The students of a valid request, all under the field names or all under the dataset's; None if in doubt."""
    if context.settings.max_json_depth < _DEPTH or not is_plain(body):
        return None
    text = body.replace(*TRAILING_TAB) if b"\\" in body else body
    for rows in row_formats():
        try:
            request = _decoder(rows).decode(text)
        except (msgspec.DecodeError, UnicodeError):
            continue
        many = isinstance(request, list)
        students = request if many else [request]
        if not 0 < len(students) <= context.settings.max_rows:
            return None
        values = rows.to_columns(students, body.count(b":"))
        return None if values is None else _split_by_stage(values, many=many)
    return None


def decode_request(value: Any, context: Context) -> DecodedRequest:
    """Validate the students and build one matrix per stage, in the request's order.

    Raises:
        Invalid: a student is invalid; the error lists each invalid field.
        TooLarge: more students than MAX_ROWS.
    """
    many = isinstance(value, list)
    items = value if many else [value]
    check_rows(items, context.settings.max_rows, "")
    if not items:
        reject([mismatch("", ("un étudiant ou un tableau d'étudiants", "a student or an array of students"), items)])
    faults: list[Fault] = []
    students = [
        _parse_student(item, f"/{i}" if many else "", faults)
        for i, item in enumerate(items)
        if len(faults) < MAX_FAULTS
    ]
    if faults:
        reject(faults)
    rows = [msgspec.structs.astuple(student) for student in students if student is not None]
    decoded = _split_by_stage(np.array(rows, dtype=np.float64), many=many)
    assert decoded is not None  # noqa: S101  # narrows the type: incomplete semesters were rejected above
    return decoded


def _split_by_stage(values: Columns, *, many: bool) -> DecodedRequest | None:
    """The matrix of each stage; None if a semester is incomplete, or the second is given without the first."""
    missing = np.isnan(values[:, len(ENROLMENT) :]) @ _MISSING_WEIGHTS
    sums = set(missing.tolist())
    if not sums <= _STAGE_OF_MISSING.keys():
        return None
    if len(sums) == 1:
        stage = _STAGE_OF_MISSING[sums.pop()]
        return DecodedRequest({stage: _matrix(values, stage)}, Students(values, {stage: None}, many))
    masks = {_STAGE_OF_MISSING[total]: missing == total for total in sorted(sums, reverse=True)}
    matrices = {stage: _matrix(values[mask], stage) for stage, mask in masks.items()}
    return DecodedRequest(matrices, Students(values, masks, many))


def _matrix(values: Columns, stage: str) -> Matrix:
    return values[:, : len(STAGES[stage])].astype(np.float32)


def _parse_student(value: object, pointer: str, faults: list[Fault]) -> Student | None:
    if not isinstance(value, dict):
        faults.append(mismatch(pointer, ("un objet", "an object"), value))
        return None
    fields, spelling = _fields(value, pointer, faults)
    try:
        student = msgspec.convert(fields, Student)
    except msgspec.ValidationError:
        faults += find_faults(fields, Student, pointer, spelling)
        return None
    faults += _incomplete_semesters(fields, pointer)
    return student


def _fields(value: dict[str, object], pointer: str, faults: list[Fault]) -> tuple[dict[str, object], dict[str, str]]:
    """The values by field, without the ignored columns, and the request's spelling of each field."""
    fields: dict[str, object] = {}
    spelling: dict[str, str] = {}
    for key, item in value.items():
        name = key if key in _FIELDS else snake_case(key)
        if name in IGNORED:
            continue
        name = name if name in _FIELDS else key
        if name in fields:
            faults.append((join(pointer, key), ("champ donné deux fois", "field given twice")))
        fields[name] = int(item) if isinstance(item, float) and item.is_integer() else item
        spelling[name] = key
    return fields, spelling


def _incomplete_semesters(fields: dict[str, object], pointer: str) -> list[Fault]:
    """A fault per missing field: a semester is given whole, the second one only after the first."""
    has_second = any(fields.get(name) is not None for name in SEMESTER_2)
    has_first = has_second or any(fields.get(name) is not None for name in SEMESTER_1)
    required = (SEMESTER_1 if has_first else ()) + (SEMESTER_2 if has_second else ())
    return [(join(pointer, name), HALF_SEMESTER) for name in required if fields.get(name) is None]


def encode_response(inputs: DecodedRequest, outputs: Outputs, context: Context) -> EncodedResponse:
    """One prediction per student, in the request's order; not an array if the request is a single student.

    Args:
        inputs: the decoded request.
        outputs: for each stage, the outputs of its graph.
        context: the served model and the request's language.
    """
    predictions = build_predictions(inputs.parsed, outputs, context)
    logged = [
        {
            "prediction": prediction.prediction,
            "probabilite_echec": prediction.probabilite_echec,
            "etape": prediction.etape,
        }
        for prediction in predictions
    ]
    return EncodedResponse(predictions, logged) if inputs.parsed.many else EncodedResponse(predictions[0], logged[0])


def log_payload(value: Any, redacted: bool) -> object:  # noqa: FBT001
    """The payload of a log line; if redacted, only the fields that the model reads, where their values are valid."""
    if not redacted:
        return value
    rows = [_redact(row) for row in (value if isinstance(value, list) else [value]) if isinstance(row, dict)]
    return rows if isinstance(value, list) else rows[0] if rows else None


def _redact(row: dict[str, object]) -> dict[str, float]:
    return allowed({key if key in _FIELDS else snake_case(key): item for key, item in row.items()}, LOGGED)


def redacted_payload(inputs: DecodedRequest) -> object:
    """The payload of a redacted log line, from the decoded students, with rounded numbers."""
    rows = FIELD_ROWS.to_rows(inputs.parsed.values, DECIMALS)
    return rows if inputs.parsed.many else rows[0]


PREDICT = Codec(
    request=Student | Annotated[list[Student], Meta(min_length=1)],
    response=Prediction | list[Prediction],
    decode_request=decode_request,
    encode_response=encode_response,
    log_payload=log_payload,
    fast_path=FastPath(decode_fast, redacted_payload),
)
