"""Plots of the model cards and notebooks: one style, French labels, reproducible bytes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter
from PIL import Image
from sklearn.metrics import confusion_matrix, roc_curve

from training.metrics import BINS, Flags, Floats, Integers

COLOURS = ("#5b3fb5", "#d1751f", "#1d8a78", "#b5376b")
"""Colour-blind safe, on white and on dark pages."""
INK, GRID = "#33303f", "#dcd9e3"
STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GRID,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "figure.dpi": 110,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
SHADES = 64
"""Colours of a PNG."""

Curves = Mapping[str, tuple[Flags, Floats]]
"""By name: outcomes (n,), and their predicted probabilities (n,)."""


class DecimalComma(ScalarFormatter):
    """Axis labels with a decimal comma."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of the tick at `x`."""
        return super().__call__(x, pos).replace(".", ",")


def french(figure: Figure) -> Figure:
    """Put decimal commas on the axes of a figure; `png` does it for every figure."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(DecimalComma())
    return figure


@contextmanager
def style() -> Iterator[None]:
    """Apply the style of every plot inside the block."""
    with mpl.rc_context(STYLE):
        yield


def drawn(draw: Callable[..., None], *arguments: object, size: tuple[float, float] = (5, 4)) -> Figure:
    """A figure with one pair of axes.

    Args:
        draw: draws on the axes, its first argument.
        arguments: the other arguments of `draw`.
        size: width and height, in inches.
    """
    with style():
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.add_subplot(), *arguments)
        french(figure).canvas.draw()
    return figure


def png(figure: Figure) -> bytes:
    """The figure as a PNG of 64 colours, a third of the usual size; the same figure gives the same bytes."""
    plain, small = BytesIO(), BytesIO()
    with style():
        french(figure).savefig(plain, format="png", metadata={"Software": None})
    picture = Image.open(plain).convert("RGB").quantize(SHADES, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    picture.save(small, format="png", optimize=True)
    return small.getvalue()


def reliability(axes: Axes, curves: Curves) -> None:
    """Draw predicted against observed frequency, over bins of equal width; a point's area is the share of its bin."""
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":", label="calibration parfaite")
    for name, (outcome, probability) in curves.items():
        bins = np.minimum((probability * BINS).astype(int), BINS - 1)
        sizes = np.bincount(bins, minlength=BINS)
        full = sizes > 0
        announced = np.bincount(bins, weights=probability, minlength=BINS)[full] / sizes[full]
        observed = np.bincount(bins, weights=outcome, minlength=BINS)[full] / sizes[full]
        (line,) = axes.plot(announced, observed, linewidth=1, label=name)
        axes.scatter(announced, observed, s=10 + 190 * sizes[full] / sizes.sum(), color=line.get_color(), alpha=0.6)
    axes.set(xlabel="probabilité annoncée", ylabel="fréquence observée", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.legend(loc="lower right")


def roc(axes: Axes, curves: Curves) -> None:
    """Draw ROC curves: true positive rate against false positive rate."""
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":", label="au hasard")
    for name, (outcome, probability) in curves.items():
        false, true, _ = roc_curve(outcome, probability)
        axes.plot(false, true, linewidth=1.4, label=name)
    axes.set(xlabel="fausses alertes", ylabel="échecs repérés", xlim=(-0.01, 1), ylim=(0, 1.01))
    axes.legend(loc="lower right")


def confusion(axes: Axes, labels: Integers, predicted: Integers, names: Sequence[str]) -> None:
    """Draw a confusion matrix; the shade is the share of the row.

    Args:
        axes: to draw on.
        labels: (n,), true classes, the rows.
        predicted: (n,), the columns.
        names: of the classes, in order.
    """
    counts = confusion_matrix(labels, predicted, labels=np.arange(len(names)))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(np.sqrt(shares), cmap="Purples", vmin=0, vmax=1.1)
    for row, column in np.ndindex(counts.shape):
        colour = "white" if shares[row, column] > 0.4 else INK
        axes.text(column, row, str(counts[row, column] or "·"), ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="réponse du modèle", ylabel="vraie classe")
    axes.grid(visible=False)
