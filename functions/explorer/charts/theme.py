"""Colours of the pictures, light and dark, the same as the page's."""

from typing import Any

import msgspec
import seaborn as sns
from cycler import cycler


class Theme(msgspec.Struct, frozen=True):
    """Colours of a picture.

    Attributes:
        ink: text and lines.
        grid: grid lines and frames.
        page: background.
        colours: groups, in order.
        ends: the two ends of a scale around zero.
    """

    ink: str
    grid: str
    page: str
    colours: tuple[str, ...]
    ends: tuple[str, str]


THEMES = {
    "light": Theme(
        "#26232f",
        "#dcd9e3",
        "#ffffff",
        ("#5b3fb5", "#d1751f", "#1d8a78", "#b5376b", "#3b7dd8", "#8a8d1d", "#7a5c4a", "#6b6b76"),
        ("#d1751f", "#5b3fb5"),
    ),
    "dark": Theme(
        "#ebe8f4",
        "#3d394b",
        "#14121b",
        ("#a78bfa", "#f2a65a", "#4fd1b5", "#f27aa8", "#7fb2f5", "#d3d65c", "#c9a58f", "#b4b1c2"),
        ("#b3621a", "#6d4fd1"),
    ),
}
"""Themes by the name of Streamlit's theme type. The colours stay distinct for colour-blind people."""


class Style(msgspec.Struct, frozen=True):
    """How a picture looks to the reader: `mode` is `light` or `dark`, `language` is `fr` or `en`."""

    mode: str
    language: str

    @property
    def theme(self) -> Theme:
        """The colours."""
        return THEMES[self.mode]


def palette(theme: Theme, count: int) -> list[str]:
    """`count` distinct colours."""
    colours = list(theme.colours)
    return colours[:count] if count <= len(colours) else sns.color_palette("husl", count).as_hex()


def diverging(theme: Theme) -> Any:
    """A matplotlib colour map for values around zero."""
    return sns.blend_palette([theme.ends[0], theme.page, theme.ends[1]], as_cmap=True)


def rc_params(theme: Theme) -> dict[Any, Any]:
    """Settings of matplotlib for a picture."""
    return {
        "axes.axisbelow": True,
        "axes.edgecolor": theme.grid,
        "axes.facecolor": theme.page,
        "axes.grid": True,
        "axes.labelcolor": theme.ink,
        "axes.prop_cycle": cycler(color=theme.colours),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": theme.ink,
        "figure.facecolor": theme.page,
        "font.family": "DejaVu Sans",
        "font.size": 10,
        "grid.color": theme.grid,
        "grid.linewidth": 0.6,
        "legend.edgecolor": theme.grid,
        "legend.facecolor": theme.page,
        "legend.framealpha": 0.9,
        "legend.labelcolor": theme.ink,
        "patch.edgecolor": theme.page,
        "text.color": theme.ink,
        "text.parse_math": False,  # a column's name may hold two dollar signs
        "xtick.color": theme.ink,
        "ytick.color": theme.ink,
    }
