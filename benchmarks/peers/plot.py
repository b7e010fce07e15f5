"""Draws a race: responses per second and time to the first response, as horizontal bars."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.layout_engine import ConstrainedLayoutEngine

from benchmarks.figures import BY_KEY
from benchmarks.peers.record import Entry, Race

PANELS = (
    ("rate16", "Answers a second", "16 clients; more is better"),
    ("first", "First answer", "seconds; less is better"),
)
OURS, FLOOR, OTHERS = "#1b6ca8", "#6b7280", "#aeb7c2"
BACKGROUND, INK, FAINT = "#ffffff", "#1f2328", "#59636e"
MARGIN = 0.2
"""Space around the panels, inches."""


def draw(race: Race, file: Path) -> None:
    """Write the plot as a PNG file. Its background is opaque, so that it is legible on light and dark pages."""
    with mpl.rc_context({"font.size": 11, "font.family": "DejaVu Sans"}):
        layout = ConstrainedLayoutEngine(w_pad=MARGIN, h_pad=MARGIN)
        canvas = Canvas(figsize=(11.5, 0.4 * len(race.entries) + 1.9), facecolor=BACKGROUND, layout=layout)
        for axes, (key, title, about) in zip(canvas.subplots(1, 2), PANELS, strict=True):
            _panel(axes, race.entries, key)
            axes.set_title(f"{title}\n", color=INK, loc="left", fontsize=13, fontweight="bold")
            axes.text(0, 1.02, about, color=FAINT, fontsize=10, transform=axes.transAxes)
        caption = f"{race.date}; {race.machine}; the server on one processor; {race.count} rounds, medians"
        canvas.supxlabel(caption, color=FAINT, fontsize=9)
        canvas.savefig(file, dpi=150, facecolor=BACKGROUND)


def _panel(axes: Axes, entries: list[Entry], key: str) -> None:
    """Bars for one figure, the best server on top."""
    measured = [entry for entry in entries if entry.figures.get(key, -1) > 0]
    ordered = sorted(measured, key=lambda entry: entry.figures[key], reverse=key == "first")
    values = [entry.figures[key] for entry in ordered]
    bars = axes.barh(
        [entry.title for entry in ordered], values, color=[_colour(entry.name) for entry in ordered], height=0.68
    )
    axes.bar_label(bars, [_label(key, value) for value in values], padding=4, color=INK)
    axes.set_xlim(0, 1.16 * max(values, default=1))
    axes.xaxis.set_visible(False)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines[:].set_visible(False)
    axes.set_facecolor(BACKGROUND)
    for text, entry in zip(axes.get_yticklabels(), ordered, strict=True):
        text.set_fontweight("bold" if entry.name == "predict_species" else "normal")


def _colour(name: str) -> str:
    return {"predict_species": OURS, "hello": FLOOR}.get(name, OTHERS)


def _label(key: str, value: float) -> str:
    return f"{value:.2f}" if key == "first" else BY_KEY[key].text(value)[1]
