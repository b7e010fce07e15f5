"""Section "À suivre": the students of one day with the highest risk, and the factors of each risk."""

from datetime import timedelta

import streamlit as st

from functions.explorer import log_messages
from functions.explorer.bundles.discovery import Origin
from functions.explorer.charts import log_plots
from functions.explorer.errors import ExplorerError
from functions.explorer.request_log.students import FUNCTION, Factor, Student, factors, students_of_day
from functions.explorer.session import format_count, format_percent, format_significant, language, translate
from functions.explorer.views.log_sections.source import Log
from functions.explorer.widgets.charts import render_picture
from functions.explorer.widgets.versions import list_origins, load_predictor

MAX_STUDENTS = 20
"""Most students shown."""
PICTURE_SIZE = (6.4, 2.3)
"""Width and height of the picture of a student's factors, in inches."""


def show(log: Log) -> None:
    """Show one expander per student, the highest risk first."""
    of_function = log.of_function(FUNCTION)
    if not of_function.lines:
        raise ExplorerError(log_messages.NO_STUDENTS)
    first, last = of_function.times[0].date(), of_function.times[-1].date()
    left, right = st.columns(2)
    day = left.date_input(translate(log_messages.DAY), last, first, last + timedelta(days=1), format="DD/MM/YYYY")
    label = translate(log_messages.HOW_MANY_STUDENTS)
    count = right.slider(label, 1, MAX_STUDENTS, 5, key="students", persist_state="session")
    students = students_of_day(of_function.lines, of_function.times, day)
    if not students:
        raise ExplorerError(log_messages.NO_STUDENTS_THAT_DAY)
    st.caption(translate(log_messages.STUDENT_COUNT, count=format_count(len(students))))
    origins = list_origins(FUNCTION)
    for rank, student in enumerate(students[:count], start=1):
        _show_student(rank, student, origins)
    st.info(translate(log_messages.A_PERSON_DECIDES), icon=":material/person:")


def _show_student(rank: int, student: Student, origins: list[Origin]) -> None:
    stage = translate(log_messages.STAGES.get(student.stage, (student.stage,) * 2))
    title = translate(log_messages.STUDENT, rank=rank, risk=format_percent(student.risk), stage=stage)
    with st.expander(title, expanded=rank == 1):
        values = {"time": f"{student.time:%H:%M:%S}", "request": student.request, "place": student.index + 1}
        st.caption(translate(log_messages.STUDENT_REQUEST, **values))
        origin = next((one for one in origins if one.version == student.version), origins[0])
        if origin.version != student.version:
            st.caption(translate(log_messages.OTHER_VERSION, version=student.version, other=origin.version))
        main_factors, reason = factors(student, load_predictor(origin), language())
        if main_factors:
            _show_factors(main_factors)
        else:
            st.caption(translate(reason or log_messages.NO_PAYLOAD))


def _show_factors(main_factors: list[Factor]) -> None:
    labels = [f"{factor.libelle} = {format_significant(factor.valeur)}" for factor in main_factors]
    values = [factor.contribution for factor in main_factors]
    png = render_picture(lambda figure, style: log_plots.factors(figure, labels, values, style), PICTURE_SIZE)
    st.image(png, alt=", ".join(f"{label} : {value:+.2f}" for label, value in zip(labels, values, strict=True)))
