"""The picture that `python -m models drift --plot` writes: the bars of a drift, in French and on white."""

from training.drift.bars import BarStyle, draw_bars
from training.drift.comparison import Drift
from training.plots import COLOURS, INK, drawn, png

WIDTH = 7.0
"""Width of the picture, in inches."""
ROW_HEIGHT = 0.24
"""Height of one bar, in inches."""
STYLE = BarStyle(
    below=COLOURS[0],
    above=COLOURS[1],
    ink=INK,
    index_label="indice de stabilité de la population",
    threshold_label="seuil",
)


def picture(drift: Drift) -> bytes:
    """The bars of every compared column as a PNG."""
    return png(drawn(draw_bars, drift, STYLE, size=(WIDTH, 1.2 + ROW_HEIGHT * len(drift.shifts))))
