"""The students of a day who risk most, and why."""

from datetime import timedelta

import streamlit as st

from functions.explorer import log_texts
from functions.explorer.bundles.discovery import Origin
from functions.explorer.charts import log as pictures
from functions.explorer.charts import theme
from functions.explorer.charts.draw import Style
from functions.explorer.errors import Refused
from functions.explorer.journal import riskiest
from functions.explorer.journal.riskiest import Student
from functions.explorer.session import language, page_theme, percent, say, significant, whole
from functions.explorer.views.log_source import Log
from functions.explorer.views.versions import choices, predictor

MOST = 20
"""Students that are shown."""


def show(log: Log) -> None:
    """A student each, the riskiest first."""
    own = log.of(riskiest.FUNCTION)
    if not own.lines:
        raise Refused(log_texts.NO_STUDENTS)
    newest = own.times[-1].date()
    left, right = st.columns(2)
    day = left.date_input(
        say(log_texts.DAY), newest, own.times[0].date(), newest + timedelta(days=1), format="DD/MM/YYYY"
    )
    count = right.slider(say(log_texts.HOW_MANY_STUDENTS), 1, MOST, 5, key="students", persist_state="session")
    students = riskiest.of_day(own.lines, own.times, day)
    if not students:
        raise Refused(log_texts.NOBODY_THAT_DAY)
    st.caption(say(log_texts.OF_STUDENTS, count=whole(len(students))))
    origins = choices(riskiest.FUNCTION)
    for rank, student in enumerate(students[:count], start=1):
        _student(rank, student, origins)
    st.info(say(log_texts.A_PERSON_DECIDES), icon=":material/person:")


def _student(rank: int, student: Student, origins: list[Origin]) -> None:
    risk, time = percent(student.risk), f"{student.time:%H:%M:%S}"
    title = say(
        log_texts.STUDENT, rank=rank, risk=risk, stage=say(log_texts.STAGES.get(student.stage, (student.stage,) * 2))
    )
    with st.expander(title, expanded=rank == 1):
        st.caption(say(log_texts.ASKED_AT, time=time, request=student.request, place=student.place + 1))
        origin = next((one for one in origins if one.version == student.version), origins[0])
        if origin.version != student.version:
            st.caption(say(log_texts.BY_ANOTHER, version=student.version, other=origin.version))
        _factors(student, origin)


def _factors(student: Student, origin: Origin) -> None:
    found, refusal = riskiest.factors(student, predictor(origin), language())
    if not found:
        st.caption(say(refusal or log_texts.NO_PAYLOAD))
        return
    style = Style(page_theme(), language())
    labels = [f"{one.libelle} = {significant(one.valeur)}" for one in found]
    values = [one.contribution for one in found]
    png = theme.picture(
        lambda figure: pictures.factors(figure, labels, values, style), style.theme, style.language, (6.4, 2.3)
    )
    st.image(png, alt=", ".join(f"{label} : {value:+.2f}" for label, value in zip(labels, values, strict=True)))
