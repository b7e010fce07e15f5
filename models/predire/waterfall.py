"""The explanation of one prediction as a waterfall chart of contributions, from the average student."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from functions.predire.student import CODED, LABELS
from training.card_text import decimal
from training.plots import COLOURS, GRID, INK

from .additive import Additive
from .fairness import COURSES

SHOWN = 10
"""Number of contributions drawn one by one."""
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
YES_NO = frozenset({"debtor", "tuition_fees_up_to_date", "scholarship_holder"})


def waterfall(axes: Axes, estimator: Additive, row: NDArray[np.float32]) -> None:
    """Draw the contributions, strongest first, the rest as one bar.

    Args:
        axes: to draw on.
        estimator: fitted.
        row: (columns,), the student.
    """
    contributions, baseline = estimator.contributions(row[None, :])[0], estimator.baseline
    order = np.argsort(-np.abs(contributions), kind="stable")
    steps = [*contributions[order[:SHOWN]], contributions[order[SHOWN:]].sum()]
    names = [described(estimator.inputs[place].name, float(row[place])) for place in order[:SHOWN]]
    names.append(f"les {len(order) - SHOWN} autres variables")
    ends = baseline + np.cumsum(steps)
    places = range(len(steps))
    colours = [COLOURS[1] if step > 0 else COLOURS[2] for step in steps]
    axes.barh(places, steps, left=ends - steps, color=colours, height=0.62)
    for place, step, end in zip(places, steps, ends, strict=True):
        side = "left" if step > 0 else "right"
        gap = 0.012 * np.ptp(ends) * (1 if step > 0 else -1)
        axes.text(end + gap, place, signed(step), ha=side, va="center", fontsize=8, bbox=PAPER, zorder=4)
    axes.axvline(baseline, color=INK, linewidth=0.8, linestyle=":", label=f"étudiant moyen ({signed(baseline)})")
    axes.axvline(ends[-1], color=INK, linewidth=1, label=f"cet étudiant ({signed(ends[-1])})")
    axes.axvline(0, color=GRID, linewidth=1.5)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlim(min(baseline, 0, *ends) - 0.2 * np.ptp(ends), max(baseline, 0, *ends) + 0.2 * np.ptp(ends))
    axes.set(xlabel="logarithme de la cote d'échec (0 = 50 %)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.45, 1.13), ncols=2)
    axes.grid(visible=False, axis="y")


def described(name: str, value: float) -> str:
    """A value in French: `Frais d'inscription à jour : oui`."""
    label = LABELS[name][0]
    if name == "course":
        return f"{label} : {COURSES[int(value)]}"
    if name == "daytime_evening_attendance":
        return f"Cours : {'de jour' if value else 'du soir'}"
    if name in YES_NO:
        return f"{label} : {'oui' if value else 'non'}"
    if name in CODED or value.is_integer():
        return f"{label} : {value:.0f}"
    return f"{label} : {decimal(value, 1)}"


def signed(value: float) -> str:
    """A number with its sign and a decimal comma."""
    return f"{'−' if value < 0 else '+'}{decimal(abs(value), 2)}"
