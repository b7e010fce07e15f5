"""Renders a matplotlib figure as PNG, in the reader's theme and language."""

import threading
import warnings
from collections.abc import Callable
from io import BytesIO

import matplotlib as mpl
import numpy as np
from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator, DateFormatter, DateLocator
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from functions.explorer.charts.theme import Style, rc_params

mpl.use("Agg")

DPI = 160
"""Resolution, in pixels per inch."""
LOCK = threading.Lock()
"""Held while a picture is drawn: matplotlib's settings are global, and Streamlit runs each session in a thread."""


def render_png(draw: Callable[[Figure, Style], None], style: Style, size: tuple[float, float] = (5.8, 3.7)) -> bytes:
    """A picture as PNG.

    Args:
        draw: draws on an empty figure.
        style: the reader's theme and language.
        size: width and height in inches; `draw` may change them.
    """
    content = BytesIO()
    with LOCK, warnings.catch_warnings(action="ignore"), mpl.rc_context(rc_params(style.theme)):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure, style)
        _translate_axes(figure, style.language)
        figure.savefig(content, format="png", dpi=DPI, metadata={"Software": None})
    return content.getvalue()


class _DecimalComma(ScalarFormatter):
    """Formats an axis's numbers with a decimal comma."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of the tick at `x`."""
        return super().__call__(x, pos).replace(".", ",")


def _translate_axes(figure: Figure, language: str) -> None:
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_locator(), DateLocator):
                _format_dates(axis, language)
            elif language != "en" and type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(_DecimalComma())


def _format_dates(axis: Axis, language: str) -> None:
    """Dates in the order of the language, with the hour if a day has several ticks."""
    axis.set_major_locator(AutoDateLocator(minticks=3, maxticks=8))  # type: ignore[no-untyped-call]
    days = float(np.diff(axis.get_majorticklocs()[:2]).min(initial=400))  # between two ticks
    day = "%b %d" if language == "en" else "%d/%m"
    date_format = "%Y" if days > 360 else "%m/%Y" if days > 27 else day if days >= 1 else f"%H:%M\n{day}"
    axis.set_major_formatter(DateFormatter(date_format))  # type: ignore[no-untyped-call]
