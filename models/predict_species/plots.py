"""Plots of the iris card and notebook."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.plots import COLOURS, confusion, drawn, png, reliability, style

from .data import CLASSES, FRENCH, Flowers
from .recipe import OutOfFold

SPECIES = "espèce"
PALETTE = dict(zip(CLASSES, COLOURS, strict=False))


def plots(flowers: Flowers, predictions: OutOfFold) -> dict[str, bytes]:
    """Every plot of the card, as PNG bytes, by file name."""
    return {
        "violons.png": png(violins(flowers)),
        "paires.png": png(pairs(flowers)),
        "confusion.png": png(
            drawn(confusion, predictions.labels, predictions.probabilities.argmax(axis=1), CLASSES, size=(4, 3.6))
        ),
        "fiabilite.png": png(drawn(draw_reliability, predictions, size=(5, 4))),
    }


def frame(flowers: Flowers) -> pd.DataFrame:
    """The flowers as a table (150, 5): four measurements in cm under their French names, and the species."""
    table = pd.DataFrame(flowers.rows, columns=list(FRENCH))
    return table.assign(**{SPECIES: [CLASSES[label] for label in flowers.labels]})


def violins(flowers: Flowers) -> Figure:
    """The distribution of each measurement in each species; a point is a flower."""
    table = frame(flowers)
    with style():
        figure = Figure(figsize=(7, 5.4), layout="constrained")
        for axes, measure in zip(figure.subplots(2, 2).flat, FRENCH, strict=True):
            _violin(axes, table, measure)
    return figure


def _violin(axes: Axes, table: pd.DataFrame, measure: str) -> None:
    shared = {"data": table, "x": SPECIES, "y": measure, "hue": SPECIES, "palette": PALETTE, "ax": axes}
    sns.violinplot(**shared, inner="quart", cut=0, linewidth=0.9, alpha=0.45, legend=False)
    sns.swarmplot(**shared, size=1.8, alpha=0.9, legend=False)
    axes.set(title=measure, xlabel="", ylabel="")
    axes.grid(visible=False, axis="x")


def pairs(flowers: Flowers) -> Figure:
    """Each measurement against each other, in cm; distributions on the diagonal."""
    with style():
        grid = sns.pairplot(
            frame(flowers), hue=SPECIES, palette=PALETTE, corner=True, height=1.8, plot_kws={"s": 14, "alpha": 0.75}
        )
        sns.move_legend(grid, "center", bbox_to_anchor=(0.7, 0.8), markerscale=1.6)
        grid.figure.set_layout_engine("constrained")
        plt.close(grid.figure)
    figure: Figure = grid.figure
    return figure


def draw_reliability(axes: Axes, predictions: OutOfFold) -> None:
    """Draw the calibration of the out-of-fold probabilities, the three species pooled."""
    outcomes = np.eye(len(CLASSES), dtype=bool)[predictions.labels]
    reliability(axes, {"les trois espèces réunies": (outcomes.ravel(), predictions.probabilities.ravel())})
