"""Plots of the student card and notebook."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from functions.predire.student import LABELS
from training.plots import GRID, INK, confusion, drawn, png, reliability, roc

from . import abstention
from .additive import Additive
from .data import OUTCOMES
from .fairness import Group
from .study import LAST, Study
from .waterfall import waterfall

STAGE_NAMES = {"inscription": "inscription", "semestre_1": "semestre 1", "semestre_2": "semestre 2"}
PERCENT = PercentFormatter(1, decimals=0, symbol=" %")


def plots(studies: Mapping[str, Study], low: float, groups: Sequence[Group]) -> dict[str, bytes]:
    """Every plot of the card, as PNG bytes, by file name.

    Args:
        studies: the result of each stage.
        low: low end of the abstention band.
        groups: the error rates of each group.
    """
    curves = {STAGE_NAMES[stage]: (study.students.failed, study.out_of_fold) for stage, study in studies.items()}
    last = studies[LAST]
    return {
        "roc.png": png(drawn(roc, curves)),
        "calibration.png": png(drawn(reliability, curves)),
        "confusion.png": png(confusion_of(last)),
        "etudiant.png": png(student_of(last)),
        "courbes.png": png(drawn(curve_of, last.estimator, size=(6, 3.6))),
        "groupes.png": png(drawn(rates, groups, size=(7.5, 7))),
        "inscrits.png": png(drawn(undecided, studies, low, size=(6, 3.6))),
    }


def confusion_of(study: Study) -> Figure:
    """The confusion matrix of a stage, predicting failure above 50 %."""
    predicted = (study.out_of_fold > 0.5).astype(int)
    return drawn(confusion, study.students.failed.astype(int), predicted, ("réussite", "échec"), size=(3.6, 3.2))


def example(study: Study) -> int:
    """The index of the student to explain: a failure whose probability is nearest to 80 %."""
    distance = np.where(study.students.failed, np.abs(study.out_of_fold - 0.8), np.inf)
    return int(np.argmin(distance))


def student_of(study: Study) -> Figure:
    """The waterfall of one real student."""
    return drawn(waterfall, study.estimator, study.students.rows[example(study)], size=(7.5, 4.4))


def approved(axes: Axes, frame: pd.DataFrame) -> None:
    """Draw histograms of the approved units of semester 2, of graduates and of dropouts."""
    name = "curricular_units_2nd_sem_approved"
    for outcome, failed in {"diplôme": False, "abandon": True}.items():
        units = frame.loc[frame["target"].map(OUTCOMES) == failed, name]
        axes.hist(units, bins=np.arange(-0.5, 15).tolist(), alpha=0.6, label=outcome)
    axes.set(xlabel=LABELS[name][0], ylabel="étudiants")
    axes.legend()


def curve_of(axes: Axes, estimator: Additive) -> None:
    """Draw the contribution of each number of approved units to the log-odds: curves that never rise."""
    for term in ("1st", "2nd"):
        name = f"curricular_units_{term}_sem_approved"
        column = [feature.name for feature in estimator.inputs].index(name)
        rows = np.zeros((16, len(estimator.inputs)), dtype=np.float32)
        rows[:, column] = np.arange(16)
        axes.plot(rows[:, column], estimator.contributions(rows)[:, column], marker="o", label=LABELS[name][0])
    axes.set(xlabel="nombre d'UE réussies", ylabel="contribution (log-cote d'échec)")
    axes.legend()


def rates(axes: Axes, groups: Sequence[Group]) -> None:
    """Draw the false alarms and missed failures of each group, with their 95 % intervals."""
    labels = [f"{group.name} ({group.failing.total_text})" for group in groups]
    for shift, (name, shares) in enumerate(
        {
            "fausses alertes (parmi les diplômés)": [group.false_alarms for group in groups],
            "échecs manqués (parmi les abandons)": [group.missed for group in groups],
        }.items()
    ):
        places = np.arange(len(groups)) + 0.3 * shift - 0.15
        values = np.array([share.value for share in shares])
        low, high = np.array([share.ends for share in shares]).T
        gaps = np.maximum([values - low, high - values], 0)
        axes.errorbar(values, places, xerr=gaps, fmt="o", markersize=4, linewidth=1, label=name)
    for place in range(1, len(groups)):
        if groups[place].criterion != groups[place - 1].criterion:
            axes.axhline(place - 0.5, color=INK, linewidth=0.6)
    axes.set_yticks(range(len(groups)), labels)
    axes.xaxis.set_major_formatter(PERCENT)
    axes.set(xlim=(-0.02, 1.02), ylim=(len(groups) - 0.4, -0.6), xlabel="part des étudiants du groupe")
    axes.legend(loc="upper right")


def undecided(axes: Axes, studies: Mapping[str, Study], low: float) -> None:
    """Draw histograms of the probabilities of students without an outcome.

    Args:
        axes: to draw on.
        studies: the result of each stage.
        low: low end of the abstention band.
    """
    low, high = abstention.thresholds(low).values()
    axes.axvspan(low, high, color=GRID, alpha=0.5, label="bande à vérifier")
    for stage, study in studies.items():
        axes.hist(study.enrolled, bins=20, range=(0, 1), histtype="step", linewidth=1.5, label=STAGE_NAMES[stage])
    axes.set(xlabel="probabilité d'échec annoncée", ylabel="étudiants encore inscrits", xlim=(0, 1))
    axes.legend(loc="upper center")
