"""Section "Réponses": the predictions of a version along time, one picture per quantity."""

from functools import partial

import msgspec
import pandas as pd
import streamlit as st

from functions.explorer import log_messages
from functions.explorer.charts import log_plots
from functions.explorer.errors import ExplorerError
from functions.explorer.request_log import predictions
from functions.explorer.session import escape_markdown, format_count, translate
from functions.explorer.views.log_sections.source import Log, choose_model
from functions.explorer.widgets.charts import render_picture, show_picture
from shared.model.bundle import Bundle
from training.drift import reference
from training.drift.reference import Column, Reference


def show(log: Log) -> None:
    """Show the section."""
    of_function, function, bundle = choose_model(log)
    of_version = of_function.of_version(bundle.manifest.version)
    rows = predictions.predictions(of_version.lines, of_version.times, predictions.log_rows_of(function))
    if rows.empty:
        raise ExplorerError(log_messages.NO_PREDICTION)
    columns = _reference_columns(bundle)
    for name, values in rows.groupby("quantity", sort=False):
        st.subheader(escape_markdown(str(name)))
        st.caption(translate(log_messages.PREDICTION_COUNT, count=format_count(len(values))))
        is_class = name in columns and bool(columns[str(name)].codes or columns[str(name)].texts)
        _show_quantity(values, str(name), predictions.class_names(bundle.manifest) if is_class else None)


def _reference_columns(bundle: Bundle) -> dict[str, Column]:
    content = bundle.files.get(reference.FILE)
    return predictions.reference_columns(msgspec.json.decode(content, type=Reference)) if content else {}


def _show_quantity(values: pd.DataFrame, name: str, classes: dict[str, str] | None) -> None:
    """Show the counts of each class, or the quantiles of a number (`classes` is None)."""
    if classes is None:
        draw = partial(log_plots.quantiles, values=predictions.quantiles(values))
    else:
        draw = partial(log_plots.classes, counts=predictions.count_classes(values, classes))
    png = render_picture(lambda figure, style: draw(figure, style=style), log_plots.WIDE)
    show_picture(png, name, f"answers-{name}")
