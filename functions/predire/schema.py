"""Requests and answers of `predire`: one student or many in; failure or success, how sure, and why, out."""

import operator
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from shared.errors import Fault
from shared.i18n import pick
from shared.operation import Context, Inputs, Matrix, Needs, Operation, Outcome, Outputs
from shared.redaction import allowed
from shared.validation import MAX_FAULTS, check_rows, find_faults, join, mismatch, reject

from .student import IGNORED, LABELS, SEMESTER_1, SEMESTER_2, STAGES, Student, snake_case

FACTORS = 5
"""How many factors an answer names, those that weigh most."""

CLASSES = ("reussite", "echec")
NEEDS = Needs(
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
Row = NDArray[np.float32]
_COLUMNS = {stage: operator.attrgetter(*names) for stage, names in STAGES.items()}
_FIELDS = frozenset(Student.__struct_fields__)
LOGGED = Student
"""What a redacted line may keep of a student: what the model reads, and nothing that says who it is."""


class Model(Struct, frozen=True):
    """Which model answered."""

    nom: str
    version: str


class Factor(Struct, frozen=True):
    """What one value adds to the log-odds of failing, beside the average student of the training data."""

    variable: str
    libelle: str
    valeur: float
    contribution: float
    sens: str


class Prediction(Struct, frozen=True):
    """The answer for one student. `a_verifier`: too close to call, a person must look."""

    prediction: str
    probabilite_echec: float
    probabilite_reussite: float
    etape: str
    a_verifier: bool
    facteurs: list[Factor]
    modele: Model


class Students(Struct, frozen=True):
    """The students of a request, in its order, with the stage of each; `many` where they came as an array."""

    rows: list[Student]
    stages: list[str]
    many: bool


def parse(value: Any, context: Context) -> Inputs:
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
    students = [student for student in read if student is not None]
    subject = Students(students, [_stage(student) for student in students], many)
    return Inputs({stage: _matrix(subject, stage) for stage in sorted(set(subject.stages))}, subject)


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


def _stage(student: Student) -> str:
    if student.curricular_units_2nd_sem_grade is not None:
        return "semestre_2"
    return "inscription" if student.curricular_units_1st_sem_grade is None else "semestre_1"


def _matrix(students: Students, stage: str) -> Matrix:
    rows = [_COLUMNS[stage](row) for row, own in zip(students.rows, students.stages, strict=True) if own == stage]
    return np.array(rows, dtype=np.float32)


def encode(inputs: Inputs, outputs: Outputs, context: Context) -> Outcome:
    """One prediction a student, in the request's order; a single student's stands alone."""
    predictions = predict_all(inputs.subject, outputs, context)
    logged = [
        {"prediction": one.prediction, "probabilite_echec": one.probabilite_echec, "etape": one.etape}
        for one in predictions
    ]
    return Outcome(predictions, logged) if inputs.subject.many else Outcome(predictions[0], logged[0])


def predict_all(students: Students, outputs: Outputs, context: Context, factors: int = FACTORS) -> list[Prediction]:
    """The prediction of each student, with this many factors at most."""
    taken = dict.fromkeys(outputs, 0)
    predictions = []
    for student, stage in zip(students.rows, students.stages, strict=True):
        at = taken[stage]
        taken[stage] += 1
        numbers = {name: matrix[at] for name, matrix in outputs[stage].items()}
        predictions.append(_prediction(student, stage, numbers, context, factors))
    return predictions


def _prediction(student: Student, stage: str, numbers: Mapping[str, Row], context: Context, factors: int) -> Prediction:
    failure = float(numbers["probabilities"][CLASSES.index("echec")])
    contributions = numbers["contributions"]
    low, high = abstention_band(context)
    strongest = np.argsort(-np.abs(contributions), kind="stable")[:factors]
    return Prediction(
        prediction="echec" if failure >= 0.5 else "reussite",
        probabilite_echec=round(failure, 6),
        probabilite_reussite=round(1 - failure, 6),
        etape=stage,
        a_verifier=low <= failure <= high,
        facteurs=[_factor(student, STAGES[stage][i], float(contributions[i]), context.language) for i in strongest],
        modele=Model(context.manifest.name, context.manifest.version),
    )


def abstention_band(context: Context) -> tuple[float, float]:
    """The probabilities of failing between which a person must look."""
    thresholds = context.manifest.thresholds
    return thresholds["abstention_low"], thresholds["abstention_high"]


def _factor(student: Student, name: str, contribution: float, language: str) -> Factor:
    return Factor(
        variable=name,
        libelle=pick(LABELS[name], language),
        valeur=getattr(student, name),
        contribution=round(contribution, 6),
        sens="augmente" if contribution > 0 else "diminue",
    )


def loggable(value: Any, redacted: bool) -> object:  # noqa: FBT001
    """A request as its line may keep it; redacted, only what the model reads, where it is what the model expects."""
    if not redacted:
        return value
    rows = [_allowed(row) for row in (value if isinstance(value, list) else [value]) if isinstance(row, dict)]
    return rows if isinstance(value, list) else rows[0] if rows else None


def _allowed(row: dict[str, object]) -> dict[str, float]:
    return allowed({key if key in _FIELDS else snake_case(key): item for key, item in row.items()}, LOGGED)


PREDICT = Operation(
    request=Student | Annotated[list[Student], Meta(min_length=1)],
    response=Prediction | list[Prediction],
    parse=parse,
    encode=encode,
    loggable=loggable,
)
