"""What was answered along time, and whether it still looks like what the model learnt from."""

import msgspec
import pandas as pd
import streamlit as st

from functions.explorer import log_texts, texts
from functions.explorer.bundles import discovery
from functions.explorer.bundles.discovery import Origin
from functions.explorer.charts import log as pictures
from functions.explorer.charts import theme
from functions.explorer.charts.draw import Style
from functions.explorer.errors import Refused
from functions.explorer.journal import answers as reading
from functions.explorer.journal import drifts
from functions.explorer.session import decimal, language, page_theme, plain, say, whole
from functions.explorer.views import draw
from functions.explorer.views.grid import grid
from functions.explorer.views.log_source import Log
from functions.explorer.views.versions import choices, load
from shared.i18n import fill
from shared.model.bundle import Bundle
from training.drift import reference
from training.drift.reference import Column, Reference


def function_of(log: Log) -> str:
    """The function that is chosen, of those of the log that have a model here, the busiest first.

    Raises:
        Refused: there is none.
    """
    known = set(discovery.models())
    names = [name for name in log.frame["function"].value_counts().index if name in known]
    if not names:
        raise Refused(log_texts.NO_MODEL_HERE)
    return str(st.selectbox(say(log_texts.FUNCTION), names, key="function", persist_state="session"))


def version_of(log: Log, function: str) -> Origin:
    """The version that is chosen, of those that answered. Raises Refused: its bundle is not here."""
    written = log.frame["version"].dropna()
    if written.empty:
        raise Refused(log_texts.NO_MODEL_HERE)
    versions = list(dict.fromkeys(written[::-1]))
    version = st.selectbox(say(texts.VERSION), versions, key=f"answered:{function}", persist_state="session")
    for origin in choices(function):
        if origin.version == version:
            return origin
    raise Refused(fill(log_texts.VERSION_GONE, version=version))


def _chosen(log: Log) -> tuple[Log, str, Bundle]:
    left, right = st.columns(2)
    with left:
        function = function_of(log)
    own = log.of(function)
    with right:
        bundle = load(version_of(own, function))
    return own, function, bundle


def answers(log: Log) -> None:
    """One picture a predicted quantity."""
    own, function, bundle = _chosen(log)
    of_version = (own.frame["version"] == bundle.manifest.version).to_numpy()
    lines = [line for line, keep in zip(own.lines, of_version, strict=True) if keep]
    times = list(own.frame["time"][of_version])
    rows = reading.answers(lines, times, reading.log_rows_of(function))
    if rows.empty:
        raise Refused(log_texts.NO_ANSWER)
    known = _reference(bundle)
    for name, part in rows.groupby("quantity", sort=False):
        st.subheader(plain(str(name)))
        st.caption(say(log_texts.N_ANSWERS, count=whole(len(part))))
        coded = bool(known and name in known and known[str(name)].codes)
        _picture(part, str(name), bundle.manifest.classes if coded else None)


def _reference(bundle: Bundle) -> dict[str, Column] | None:
    content = bundle.files.get(reference.FILE)
    return reading.predicted(msgspec.json.decode(content, type=Reference)) if content else None


def _picture(part: pd.DataFrame, name: str, classes: tuple[str, ...] | None) -> None:
    style = Style(page_theme(), language())
    rows = reading.quantiles(part) if classes is None else reading.classes(part, classes)
    plot = pictures.quantiles if classes is None else pictures.classes
    png = theme.picture(lambda figure: plot(figure, rows, style), style.theme, style.language, pictures.WIDE)
    draw.show(png, name, f"answers-{name}")


def drift(log: Log) -> None:
    """The index of every quantity, against the reference of the version that answered."""
    own, function, bundle = _chosen(log)
    measured = drifts.measure(own.lines, reading.log_rows_of(function), bundle)
    past, style = len(measured.past), Style(page_theme(), language())
    values = {"past": past, "count": len(measured.shifts), "threshold": decimal(measured.threshold, 1)}
    (st.warning if past else st.success)(say(log_texts.DRIFT_SAID, **values), icon=":material/monitoring:")
    size = pictures.drift_size(measured)
    png = theme.picture(lambda figure: pictures.drift(figure, measured, style), style.theme, style.language, size)
    draw.show(png, say(log_texts.DRIFTED), "drift")
    grid(drifts.table(measured, language()), log_texts.DRIFTED)
    st.caption(say(log_texts.PSI))
