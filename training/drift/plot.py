"""The picture of a drift: every column's index beside the threshold."""

from matplotlib.axes import Axes

from training.drift.comparison import Drift
from training.plots import COLOURS, INK, drawn, png

ROW_INCHES = 0.24


def picture(drift: Drift) -> bytes:
    """A PNG."""
    return png(drawn(_bars, drift, size=(7, 1.2 + ROW_INCHES * len(drift.shifts))))


def _bars(axes: Axes, drift: Drift) -> None:
    shifts = drift.shifts[::-1]
    several = len({shift.graph for shift in shifts}) > 1
    names = [f"{shift.name} ({shift.graph})" if several else shift.name for shift in shifts]
    colours = [COLOURS[1] if shift in drift.past else COLOURS[0] for shift in shifts]
    axes.barh(range(len(shifts)), [shift.psi for shift in shifts], color=colours)
    axes.set_yticks(range(len(shifts)), names)
    axes.axvline(drift.threshold, color=INK, linewidth=0.8, linestyle=":", label="seuil")
    axes.set(xlabel="indice de stabilité de la population", ylim=(-0.6, len(shifts) - 0.4))
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)  # the line may be anywhere inside
    axes.grid(visible=False, axis="y")
