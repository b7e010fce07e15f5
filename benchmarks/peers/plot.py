"""A race as a picture: answers a second and first answers, as horizontal bars on a ground of their own."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.layout_engine import ConstrainedLayoutEngine

from benchmarks.figures import BY_KEY
from benchmarks.peers.record import Entry, Record

PANELS = (
    ("rate16", "Answers a second", "16 clients; more is better"),
    ("first", "First answer", "seconds; less is better"),
)
OURS, FLOOR, OTHERS = "#1b6ca8", "#6b7280", "#aeb7c2"
GROUND, INK, FAINT = "#ffffff", "#1f2328", "#59636e"
EDGE = 0.2
"""Space around the panels, inches."""


def draw(record: Record, file: Path) -> None:
    """Write the picture. Its ground is opaque, so that it reads the same on a light page and on a dark one."""
    with mpl.rc_context({"font.size": 11, "font.family": "DejaVu Sans"}):
        layout = ConstrainedLayoutEngine(w_pad=EDGE, h_pad=EDGE)
        canvas = Canvas(figsize=(11.5, 0.4 * len(record.entries) + 1.9), facecolor=GROUND, layout=layout)
        for axes, (key, title, about) in zip(canvas.subplots(1, 2), PANELS, strict=True):
            _panel(axes, record.entries, key)
            axes.set_title(f"{title}\n", color=INK, loc="left", fontsize=13, fontweight="bold")
            axes.text(0, 1.02, about, color=FAINT, fontsize=10, transform=axes.transAxes)
        made = f"{record.date}; {record.machine}; the server on one processor; {record.count} rounds, medians"
        canvas.supxlabel(made, color=FAINT, fontsize=9)
        canvas.savefig(file, dpi=150, facecolor=GROUND)


def _panel(axes: Axes, entries: list[Entry], key: str) -> None:
    """One figure of all servers that have it, the best one on top."""
    known = [one for one in entries if one.figures.get(key, -1) > 0]
    ordered = sorted(known, key=lambda one: one.figures[key], reverse=key == "first")
    values = [one.figures[key] for one in ordered]
    bars = axes.barh([one.title for one in ordered], values, color=[_colour(one.name) for one in ordered], height=0.68)
    axes.bar_label(bars, [_label(key, value) for value in values], padding=4, color=INK)
    axes.set_xlim(0, 1.16 * max(values, default=1))
    axes.xaxis.set_visible(False)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines[:].set_visible(False)
    axes.set_facecolor(GROUND)
    for text, one in zip(axes.get_yticklabels(), ordered, strict=True):
        text.set_fontweight("bold" if one.name == "predict_species" else "normal")


def _colour(name: str) -> str:
    return {"predict_species": OURS, "hello": FLOOR}.get(name, OTHERS)


def _label(key: str, value: float) -> str:
    return f"{value:.2f}" if key == "first" else BY_KEY[key].text(value)
