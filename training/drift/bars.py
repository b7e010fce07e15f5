"""Horizontal bars of a drift: the stability index of each column beside the threshold. Needs nothing that trains."""

import msgspec
from matplotlib.axes import Axes

from training.drift.comparison import Drift


class BarStyle(msgspec.Struct, frozen=True):
    """Colours and words of the bars.

    Attributes:
        below: colour of the columns that have not drifted.
        above: colour of the columns above the threshold.
        ink: colour of the threshold's line.
        index_label: name of the horizontal axis.
        threshold_label: name of the line, in the legend.
    """

    below: str
    above: str
    ink: str
    index_label: str
    threshold_label: str


def draw_bars(axes: Axes, drift: Drift, style: BarStyle, limit: int | None = None) -> None:
    """Draw one bar for each compared column, the largest index at the top.

    Args:
        axes: empty axes.
        drift: the comparison, sorted by falling index.
        style: colours and words.
        limit: how many columns to draw, from the largest index on; None draws all.
    """
    shifts = drift.shifts[:limit][::-1]
    several_graphs = len({shift.graph for shift in shifts}) > 1
    names = [f"{shift.name} ({shift.graph})" if several_graphs else shift.name for shift in shifts]
    colours = [style.above if shift in drift.past else style.below for shift in shifts]
    axes.barh(range(len(shifts)), [shift.psi for shift in shifts], color=colours)
    axes.set_yticks(range(len(shifts)), names)
    axes.axvline(drift.threshold, color=style.ink, linewidth=0.8, linestyle=":", label=style.threshold_label)
    axes.set(xlabel=style.index_label, ylim=(-0.6, len(shifts) - 0.4))
    # Above the axes, because a legend inside could hide a bar.
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0, frameon=False)
    axes.grid(visible=False, axis="y")
