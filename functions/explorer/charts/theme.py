"""The look of every picture: the page's colours, light or dark, and numbers as the language writes them."""

import threading
import warnings
from collections.abc import Callable
from io import BytesIO
from typing import Any

import matplotlib as mpl
import msgspec
import numpy as np
import seaborn as sns
from cycler import cycler
from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator, DateFormatter, DateLocator
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

mpl.use("Agg")

DPI = 160
LOCK = threading.Lock()
"""matplotlib's settings are the process's, and pages are drawn in threads."""


class Look(msgspec.Struct, frozen=True):
    """Colours: of text, of lines behind, of the page, of groups in order, and the two ends of a scale around zero."""

    ink: str
    grid: str
    page: str
    colours: tuple[str, ...]
    ends: tuple[str, str]


LOOKS = {
    "light": Look(
        "#26232f",
        "#dcd9e3",
        "#ffffff",
        ("#5b3fb5", "#d1751f", "#1d8a78", "#b5376b", "#3b7dd8", "#8a8d1d", "#7a5c4a", "#6b6b76"),
        ("#d1751f", "#5b3fb5"),
    ),
    "dark": Look(
        "#ebe8f4",
        "#3d394b",
        "#14121b",
        ("#a78bfa", "#f2a65a", "#4fd1b5", "#f27aa8", "#7fb2f5", "#d3d65c", "#c9a58f", "#b4b1c2"),
        ("#b3621a", "#6d4fd1"),
    ),
}
"""By the type of the page's theme; the colours are told apart by people who do not see all of them."""


def palette(theme: str, count: int) -> list[str]:
    """So many colours."""
    colours = list(LOOKS[theme].colours)
    return colours[:count] if count <= len(colours) else sns.color_palette("husl", count).as_hex()


def diverging(theme: str) -> Any:
    """A colour map around zero."""
    look = LOOKS[theme]
    return sns.blend_palette([look.ends[0], look.page, look.ends[1]], as_cmap=True)


def picture(draw: Callable[[Figure], None], theme: str, language: str, size: tuple[float, float] = (5.8, 3.7)) -> bytes:
    """A PNG of this size in inches, drawn by `draw`."""
    content = BytesIO()
    with LOCK, warnings.catch_warnings(action="ignore"), mpl.rc_context(_style(LOOKS[theme])):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        _translate(figure, language)
        figure.savefig(content, format="png", dpi=DPI, metadata={"Software": None})
    return content.getvalue()


def _style(look: Look) -> dict[Any, Any]:
    return {
        "axes.axisbelow": True,
        "axes.edgecolor": look.grid,
        "axes.facecolor": look.page,
        "axes.grid": True,
        "axes.labelcolor": look.ink,
        "axes.prop_cycle": cycler(color=look.colours),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": look.ink,
        "figure.facecolor": look.page,
        "font.family": "DejaVu Sans",
        "font.size": 10,
        "grid.color": look.grid,
        "grid.linewidth": 0.6,
        "legend.edgecolor": look.grid,
        "legend.facecolor": look.page,
        "legend.framealpha": 0.9,
        "legend.labelcolor": look.ink,
        "patch.edgecolor": look.page,
        "text.color": look.ink,
        "text.parse_math": False,  # a name of a column may hold two dollars
        "xtick.color": look.ink,
        "ytick.color": look.ink,
    }


class _DecimalComma(ScalarFormatter):
    """The numbers of an axis as French writes them."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of the tick at `x`."""
        return super().__call__(x, pos).replace(".", ",")


def _translate(figure: Figure, language: str) -> None:
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_locator(), DateLocator):
                _dates(axis, language)
            elif language != "en" and type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(_DecimalComma())


def _dates(axis: Axis, language: str) -> None:
    """Days as the language writes them, with the hour where there are several ticks a day."""
    axis.set_major_locator(AutoDateLocator(minticks=3, maxticks=8))  # type: ignore[no-untyped-call]
    step = float(np.diff(axis.get_majorticklocs()[:2]).min(initial=400))
    day = "%b %d" if language == "en" else "%d/%m"
    form = "%Y" if step > 360 else "%m/%Y" if step > 27 else day if step >= 1 else f"%H:%M\n{day}"
    axis.set_major_formatter(DateFormatter(form))  # type: ignore[no-untyped-call]
