"""The fields of a student, with their types, ranges and labels, by stage.

Source: Realinho, Vieira Martins, Machado, Baptista, "Predict Students' Dropout and Academic Success", UCI 697,
doi:10.24432/C5MC89. The field names are those of the dataset, in snake_case; the codes are those of the dataset.
"""

import functools
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta, Struct

from shared.errors import Text
from shared.model.columns import RowDecoder

from .code_labels import APPLICATION_MODE, ATTENDANCE, COURSE, PREVIOUS_QUALIFICATION, YES_NO, CodeLabels

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
"""Sensitive columns: accepted, never read."""

IGNORED = SENSITIVE | {"target"}
"""Columns that are never read; with the dataset's `target`, so that a row of its file may be sent unchanged."""

CODED = ("application_mode", "course", "previous_qualification")
"""Columns whose numbers are codes, not quantities."""


def _meta(
    title: Text,
    bounds: tuple[float, float] | None = None,
    *,
    unit: Text | None = None,
    help_text: Text | None = None,
    codes: CodeLabels | None = None,
) -> Meta:
    """Title, inclusive bounds, unit, help text and code labels of a field; the English texts are in `x-...-en`."""
    extra: dict[str, Any] = {"x-title-en": title[1]}
    if unit:
        extra |= {"x-unit": unit[0], "x-unit-en": unit[1]}
    if help_text:
        extra["x-description-en"] = help_text[1]
    if codes:
        extra["oneOf"] = [{"const": code, "title": label[0], "x-title-en": label[1]} for code, label in codes.items()]
    low, high = bounds or (None, None)
    return Meta(
        ge=low, le=high, title=title[0], description=help_text[0] if help_text else None, extra_json_schema=extra
    )


def _units(title: Text, help_text: Text) -> Meta:
    return _meta(title, (0, 60), unit=("UE", "units"), help_text=help_text)


def _evaluations(title: Text) -> Meta:
    return _meta(title, (0, 120), unit=("évaluations", "evaluations"), help_text=_TAKEN)


def _mean(title: Text) -> Meta:
    return _meta(title, (0, 20), unit=("/20", "/20"), help_text=_MEAN)


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
        _meta(("Note du diplôme précédent", "Previous qualification grade"), (0, 200), unit=_POINTS, help_text=_SCALE),
    ]
    admission_grade: Annotated[
        float, _meta(("Note d'admission", "Admission grade"), (0, 200), unit=_POINTS, help_text=_SCALE)
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
        float, _meta(("Taux de chômage du pays", "Unemployment rate"), (0, 100), unit=_PERCENT, help_text=_COUNTRY)
    ]
    inflation_rate: Annotated[
        float, _meta(("Taux d'inflation du pays", "Inflation rate"), (-50, 100), unit=_PERCENT, help_text=_COUNTRY)
    ]
    gdp: Annotated[
        float, _meta(("Croissance du PIB du pays", "GDP growth"), (-50, 50), unit=_PERCENT, help_text=_COUNTRY)
    ]

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
"""Columns that the graph of each stage reads, in order."""


def _meta_of(annotation: Any) -> Meta:
    metadata = getattr(annotation, "__metadata__", None) or get_args(annotation)[0].__metadata__
    meta: Meta = metadata[0]
    return meta


LABELS = {
    name: (str(meta.title), str((meta.extra_json_schema or {})["x-title-en"]))
    for name, meta in ((name, _meta_of(annotation)) for name, annotation in Student.__annotations__.items())
}
"""Label of each field, in French and in English."""


def snake_case(name: str) -> str:
    """The field name of a column of the dataset: `Mother's qualification` becomes `mothers_qualification`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower().replace("'", "")).strip("_")


def _columns(names: str, template: str = "{}") -> list[str]:
    return [template.format(name) for name in names.split(", ")]


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
"""Column name in the dataset, by field."""

TRAILING_TAB = (b'attendance\\t"', b'attendance"')
"""One column name of the dataset ends in a tab: its end in JSON, with the tab and without."""

FIELD_ROWS = RowDecoder(Student, ignored=sorted(IGNORED))
"""Rows under the field names; accepts the ignored columns."""


@functools.cache
def _dataset_rows() -> RowDecoder:
    """Rows under the column names of the dataset, built at their first use."""
    return RowDecoder(
        Student,
        {field: name for field, name in DATASET_NAMES.items() if field not in IGNORED},
        [name for field, name in DATASET_NAMES.items() if field in IGNORED],
    )


def row_formats() -> Iterator[RowDecoder]:
    """The formats of rows that the fast path tries, the most common first."""
    yield FIELD_ROWS
    yield _dataset_rows()
    yield FIELD_ROWS.as_table
    yield _dataset_rows().as_table
