"""What is known of a student: the fields, their types, ranges and labels, stage by stage.

Source: Realinho, Vieira Martins, Machado, Baptista, "Predict Students' Dropout and Academic Success", UCI 697,
doi:10.24432/C5MC89. The field names are the dataset's own, in snake_case; so are the codes of the coded columns.
"""

import functools
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta, Struct

from shared.errors import Text
from shared.model.columns import RowDecoder

from .codes import APPLICATION_MODE, ATTENDANCE, COURSE, PREVIOUS_QUALIFICATION, YES_NO, Codes

SENSITIVE = frozenset(
    {
        "displaced",
        "educational_special_needs",
        "fathers_occupation",
        "fathers_qualification",
        "gender",
        "international",
        "marital_status",
        "mothers_occupation",
        "mothers_qualification",
        "nacionality",
        "nationality",
    }
)
"""Columns about who the student is and not what the student does: accepted, never read."""

IGNORED = SENSITIVE | {"target"}
"""`target` is the dataset's answer: a row of the file may be sent as it is."""

CODED = ("application_mode", "course", "previous_qualification")
"""Columns whose numbers are codes and not quantities."""


def _meta(
    title: Text,
    span: tuple[float, float] | None = None,
    *,
    unit: Text | None = None,
    about: Text | None = None,
    codes: Codes | None = None,
) -> Meta:
    """What a field is called, its range, its unit, a word of help, the meaning of its codes; English as `x-...-en`."""
    extra: dict[str, Any] = {"x-title-en": title[1]}
    if unit:
        extra |= {"x-unit": unit[0], "x-unit-en": unit[1]}
    if about:
        extra["x-description-en"] = about[1]
    if codes:
        extra["oneOf"] = [{"const": code, "title": name[0], "x-title-en": name[1]} for code, name in codes.items()]
    low, high = span or (None, None)
    return Meta(ge=low, le=high, title=title[0], description=about[0] if about else None, extra_json_schema=extra)


def _units(title: Text, about: Text) -> Meta:
    return _meta(title, (0, 60), unit=("UE", "units"), about=about)


def _evaluations(title: Text) -> Meta:
    return _meta(title, (0, 120), unit=("évaluations", "evaluations"), about=_TAKEN)


def _mean(title: Text) -> Meta:
    return _meta(title, (0, 20), unit=("/20", "/20"), about=_MEAN)


_CREDITED = ("Acquises ailleurs, reconnues ici", "Earned elsewhere, recognised here")
_ENROLLED = ("UE : unités d'enseignement", "Curricular units")
_TAKEN = ("Épreuves passées", "Examinations taken")
_APPROVED = ("Équivalences comprises", "Credited units included")
_MEAN = ("0 si aucune UE n'est réussie", "0 where no unit is approved")
_WITHOUT = ("Aucune épreuve passée", "No examination taken")
_SCALE = ("Note portugaise", "Portuguese grade")
_COUNTRY = ("Au Portugal", "In Portugal")
_POINTS = ("/200", "/200")
_PERCENT = ("%", "%")


class Student(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One student. The last twelve fields come semester by semester, six at a time."""

    application_mode: Annotated[
        Literal[1, 2, 5, 7, 10, 15, 16, 17, 18, 26, 27, 39, 42, 43, 44, 51, 53, 57],
        _meta(("Voie d'admission", "Application mode"), codes=APPLICATION_MODE),
    ]
    application_order: Annotated[int, _meta(("Rang du vœu (0 = premier)", "Application order (0 = first)"), (0, 9))]
    course: Annotated[
        Literal[33, 171, 8014, 9003, 9070, 9085, 9119, 9130, 9147, 9238, 9254, 9500, 9556, 9670, 9773, 9853, 9991],
        _meta(("Formation", "Course"), codes=COURSE),
    ]
    daytime_evening_attendance: Annotated[Literal[0, 1], _meta(("Horaire des cours", "Attendance"), codes=ATTENDANCE)]
    previous_qualification: Annotated[
        Literal[1, 2, 3, 4, 5, 6, 9, 10, 12, 14, 15, 19, 38, 39, 40, 42, 43],
        _meta(("Diplôme précédent", "Previous qualification"), codes=PREVIOUS_QUALIFICATION),
    ]
    previous_qualification_grade: Annotated[
        float,
        _meta(("Note du diplôme précédent", "Previous qualification grade"), (0, 200), unit=_POINTS, about=_SCALE),
    ]
    admission_grade: Annotated[
        float, _meta(("Note d'admission", "Admission grade"), (0, 200), unit=_POINTS, about=_SCALE)
    ]
    debtor: Annotated[Literal[0, 1], _meta(("A une dette envers l'établissement", "Debtor"), codes=YES_NO)]
    tuition_fees_up_to_date: Annotated[
        Literal[0, 1], _meta(("Frais d'inscription à jour", "Tuition fees up to date"), codes=YES_NO)
    ]
    scholarship_holder: Annotated[Literal[0, 1], _meta(("Boursier", "Scholarship holder"), codes=YES_NO)]
    age_at_enrollment: Annotated[
        int, _meta(("Âge à l'inscription", "Age at enrolment"), (15, 100), unit=("ans", "years"))
    ]
    unemployment_rate: Annotated[
        float, _meta(("Taux de chômage du pays", "Unemployment rate"), (0, 100), unit=_PERCENT, about=_COUNTRY)
    ]
    inflation_rate: Annotated[
        float, _meta(("Taux d'inflation du pays", "Inflation rate"), (-50, 100), unit=_PERCENT, about=_COUNTRY)
    ]
    gdp: Annotated[float, _meta(("Croissance du PIB du pays", "GDP growth"), (-50, 50), unit=_PERCENT, about=_COUNTRY)]

    curricular_units_1st_sem_credited: (
        Annotated[int, _units(("UE du semestre 1 validées par équivalence", "Semester 1 units credited"), _CREDITED)]
        | None
    ) = None
    curricular_units_1st_sem_enrolled: (
        Annotated[int, _units(("UE du semestre 1 suivies", "Semester 1 units enrolled"), _ENROLLED)] | None
    ) = None
    curricular_units_1st_sem_evaluations: (
        Annotated[int, _evaluations(("Évaluations du semestre 1", "Semester 1 evaluations"))] | None
    ) = None
    curricular_units_1st_sem_approved: (
        Annotated[int, _units(("UE du semestre 1 réussies", "Semester 1 units approved"), _APPROVED)] | None
    ) = None
    curricular_units_1st_sem_grade: (
        Annotated[float, _mean(("Moyenne du semestre 1", "Semester 1 mean grade"))] | None
    ) = None
    curricular_units_1st_sem_without_evaluations: (
        Annotated[int, _units(("UE du semestre 1 sans évaluation", "Semester 1 units without evaluations"), _WITHOUT)]
        | None
    ) = None

    curricular_units_2nd_sem_credited: (
        Annotated[int, _units(("UE du semestre 2 validées par équivalence", "Semester 2 units credited"), _CREDITED)]
        | None
    ) = None
    curricular_units_2nd_sem_enrolled: (
        Annotated[int, _units(("UE du semestre 2 suivies", "Semester 2 units enrolled"), _ENROLLED)] | None
    ) = None
    curricular_units_2nd_sem_evaluations: (
        Annotated[int, _evaluations(("Évaluations du semestre 2", "Semester 2 evaluations"))] | None
    ) = None
    curricular_units_2nd_sem_approved: (
        Annotated[int, _units(("UE du semestre 2 réussies", "Semester 2 units approved"), _APPROVED)] | None
    ) = None
    curricular_units_2nd_sem_grade: (
        Annotated[float, _mean(("Moyenne du semestre 2", "Semester 2 mean grade"))] | None
    ) = None
    curricular_units_2nd_sem_without_evaluations: (
        Annotated[int, _units(("UE du semestre 2 sans évaluation", "Semester 2 units without evaluations"), _WITHOUT)]
        | None
    ) = None


_FIELDS = Student.__struct_fields__
ENROLMENT = _FIELDS[:14]
SEMESTER_1 = _FIELDS[14:20]
SEMESTER_2 = _FIELDS[20:]

STAGES = {
    "inscription": ENROLMENT,
    "semestre_1": ENROLMENT + SEMESTER_1,
    "semestre_2": ENROLMENT + SEMESTER_1 + SEMESTER_2,
}
"""The columns that each stage's graph reads, in order."""


def _meta_of(annotation: Any) -> Meta:
    found = getattr(annotation, "__metadata__", None) or get_args(annotation)[0].__metadata__
    meta: Meta = found[0]
    return meta


LABELS = {
    name: (str(meta.title), str((meta.extra_json_schema or {})["x-title-en"]))
    for name, meta in ((name, _meta_of(annotation)) for name, annotation in Student.__annotations__.items())
}
"""What each field is called, in French and in English."""


def snake_case(name: str) -> str:
    """The field that a column of the dataset stands for: `Mother's qualification` is `mothers_qualification`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower().replace("'", "")).strip("_")


def _columns(names: str, form: str = "{}") -> list[str]:
    return [form.format(name) for name in names.split(", ")]


_UNITS = "credited, enrolled, evaluations, approved, grade, without evaluations"
DATASET_NAMES = {
    snake_case(name): name
    for name in (
        *_columns("Marital status, Application mode, Application order, Course, Daytime/evening attendance"),
        *_columns("Previous qualification, Previous qualification (grade), Nacionality"),
        *_columns("qualification, occupation", "Mother's {}"),
        *_columns("qualification, occupation", "Father's {}"),
        *_columns("Admission grade, Displaced, Educational special needs, Debtor, Tuition fees up to date, Gender"),
        *_columns("Scholarship holder, Age at enrollment, International"),
        *_columns(_UNITS, "Curricular units 1st sem ({})"),
        *_columns(_UNITS, "Curricular units 2nd sem ({})"),
        *_columns("Unemployment rate, Inflation rate, GDP, Target"),
    )
}
"""The names of the data set's columns, by field."""

TAB = (b'attendance\\t"', b'attendance"')
"""The end of the one name that ends in a tab in the data set, as JSON writes it, and without the tab."""

STUDENTS = RowDecoder(Student, ignored=sorted(IGNORED))
"""The rows of `Student`, with the columns that may come along and are not read."""


@functools.cache
def _of_dataset() -> RowDecoder:
    """The same rows under the names of the data set; made when they are first sent."""
    return RowDecoder(
        Student,
        {field: name for field, name in DATASET_NAMES.items() if field not in IGNORED},
        [name for field, name in DATASET_NAMES.items() if field in IGNORED],
    )


def known_rows() -> Iterator[RowDecoder]:
    """The ways in which a request of students is usually written, the most usual first."""
    yield STUDENTS
    yield _of_dataset()
    yield STUDENTS.as_table
    yield _of_dataset().as_table
