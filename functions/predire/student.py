"""What is known of a student: the fields, their types, ranges and labels, stage by stage.

Source: Realinho, Vieira Martins, Machado, Baptista, "Predict Students' Dropout and Academic Success", UCI 697,
doi:10.24432/C5MC89. The field names are the dataset's own, in snake_case; so are the codes of the coded columns.
"""

import re
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta, Struct

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


def _meta(french: str, english: str, unit: str = "", low: float | None = None, high: float | None = None) -> Meta:
    extra = {"x-title-en": english, "x-unit": unit} if unit else {"x-title-en": english}
    return Meta(ge=low, le=high, title=french, extra_json_schema=extra)


def _units(french: str, english: str) -> Meta:
    return _meta(french, english, "UE", 0, 60)


class Student(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One student. The last twelve fields come semester by semester, six at a time."""

    application_mode: Annotated[
        Literal[1, 2, 5, 7, 10, 15, 16, 17, 18, 26, 27, 39, 42, 43, 44, 51, 53, 57],
        _meta("Voie d'admission (code)", "Application mode (code)"),
    ]
    application_order: Annotated[int, _meta("Rang du vœu (0 = premier)", "Application order (0 = first)", "", 0, 9)]
    course: Annotated[
        Literal[33, 171, 8014, 9003, 9070, 9085, 9119, 9130, 9147, 9238, 9254, 9500, 9556, 9670, 9773, 9853, 9991],
        _meta("Formation (code)", "Course (code)"),
    ]
    daytime_evening_attendance: Annotated[
        Literal[0, 1], _meta("Cours de jour (1) ou du soir (0)", "Daytime (1) or evening (0) attendance")
    ]
    previous_qualification: Annotated[
        Literal[1, 2, 3, 4, 5, 6, 9, 10, 12, 14, 15, 19, 38, 39, 40, 42, 43],
        _meta("Diplôme précédent (code)", "Previous qualification (code)"),
    ]
    previous_qualification_grade: Annotated[
        float, _meta("Note du diplôme précédent", "Previous qualification grade", "/200", 0, 200)
    ]
    admission_grade: Annotated[float, _meta("Note d'admission", "Admission grade", "/200", 0, 200)]
    debtor: Annotated[Literal[0, 1], _meta("A une dette envers l'établissement", "Debtor")]
    tuition_fees_up_to_date: Annotated[Literal[0, 1], _meta("Frais d'inscription à jour", "Tuition fees up to date")]
    scholarship_holder: Annotated[Literal[0, 1], _meta("Boursier", "Scholarship holder")]
    age_at_enrollment: Annotated[int, _meta("Âge à l'inscription", "Age at enrolment", "ans", 15, 100)]
    unemployment_rate: Annotated[float, _meta("Taux de chômage du pays", "Unemployment rate", "%", 0, 100)]
    inflation_rate: Annotated[float, _meta("Taux d'inflation du pays", "Inflation rate", "%", -50, 100)]
    gdp: Annotated[float, _meta("Croissance du PIB du pays", "GDP growth", "%", -50, 50)]

    curricular_units_1st_sem_credited: (
        Annotated[int, _units("UE du semestre 1 validées par équivalence", "Semester 1 units credited")] | None
    ) = None
    curricular_units_1st_sem_enrolled: (
        Annotated[int, _units("UE du semestre 1 suivies", "Semester 1 units enrolled")] | None
    ) = None
    curricular_units_1st_sem_evaluations: (
        Annotated[int, _meta("Évaluations du semestre 1", "Semester 1 evaluations", "évaluations", 0, 120)] | None
    ) = None
    curricular_units_1st_sem_approved: (
        Annotated[int, _units("UE du semestre 1 réussies", "Semester 1 units approved")] | None
    ) = None
    curricular_units_1st_sem_grade: (
        Annotated[float, _meta("Moyenne du semestre 1", "Semester 1 mean grade", "/20", 0, 20)] | None
    ) = None
    curricular_units_1st_sem_without_evaluations: (
        Annotated[int, _units("UE du semestre 1 sans évaluation", "Semester 1 units without evaluations")] | None
    ) = None

    curricular_units_2nd_sem_credited: (
        Annotated[int, _units("UE du semestre 2 validées par équivalence", "Semester 2 units credited")] | None
    ) = None
    curricular_units_2nd_sem_enrolled: (
        Annotated[int, _units("UE du semestre 2 suivies", "Semester 2 units enrolled")] | None
    ) = None
    curricular_units_2nd_sem_evaluations: (
        Annotated[int, _meta("Évaluations du semestre 2", "Semester 2 evaluations", "évaluations", 0, 120)] | None
    ) = None
    curricular_units_2nd_sem_approved: (
        Annotated[int, _units("UE du semestre 2 réussies", "Semester 2 units approved")] | None
    ) = None
    curricular_units_2nd_sem_grade: (
        Annotated[float, _meta("Moyenne du semestre 2", "Semester 2 mean grade", "/20", 0, 20)] | None
    ) = None
    curricular_units_2nd_sem_without_evaluations: (
        Annotated[int, _units("UE du semestre 2 sans évaluation", "Semester 2 units without evaluations")] | None
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
