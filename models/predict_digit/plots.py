"""The pictures of the digit card and notebook."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from functions.predict_digit.preprocessing import SIDE
from training.card_text import percent
from training.metrics import CERTAINTY
from training.plots import COLOURS, confusion, drawn, png, reliability, style

from .features import Front
from .measure import Answers, Examined

DIGITS = tuple("0123456789")
SHOWN = 24
ACROSS = 12


def plots(found: Examined, front: Front) -> dict[str, bytes]:
    """Every picture, by file name."""
    scanned = found.scanned
    return {
        "confusion.png": png(drawn(confusion, scanned.labels, scanned.probabilities.argmax(axis=1), DIGITS)),
        "fiabilite.png": png(drawn(_reliability, found)),
        "variations.png": png(variations(found)),
        "pires_scans.png": png(worst(scanned, len(scanned.labels))),
        "pires_traces.png": png(worst(found.all_drawn(), found.drawings)),
        "refus.png": png(refusals(found)),
        "motifs.png": png(patterns(front)),
    }


def _reliability(axes: Axes, found: Examined) -> None:
    sets = {"chiffres numérisés": found.scanned, "chiffres tracés": found.all_drawn()}
    reliability(axes, {name: (_right(answers), answers.probabilities.max(axis=1)) for name, answers in sets.items()})
    axes.set(xlabel="certitude annoncée", ylabel="part de bonnes réponses")


def _right(answers: Answers) -> NDArray[np.bool_]:
    right: NDArray[np.bool_] = answers.probabilities.argmax(axis=1) == answers.labels
    return right


def variations(found: Examined) -> Figure:
    """The error of drawn digits as the line, the size and the place vary."""
    titles = {"trait": "largeur du trait", "taille": "taille, part de la toile", "place": "place sur la toile"}
    with style():
        figure = Figure(figsize=(8, 2.8), layout="constrained")
        for axes, (what, varied) in zip(figure.subplots(1, 3, sharey=True), found.drawn.items(), strict=True):
            errors = [100 * answers.error for answers in varied.values()]
            marks = axes.bar(range(len(varied)), errors, color=COLOURS[0], width=0.7)
            axes.bar_label(marks, [percent(answers.error, 2) for answers in varied.values()], fontsize=7, padding=1)
            axes.set_xticks(range(len(varied)), [name.replace(" pixels", "").replace(" à", "\nà") for name in varied])
            axes.set(title=titles[what])
            axes.tick_params(axis="x", labelsize=8)
            axes.grid(visible=False, axis="x")
        axes.set_ylim(
            0, 1.15 * max(answers.error for varied in found.drawn.values() for answers in varied.values()) * 100
        )
        figure.supylabel("erreurs (%)", fontsize=9)
    return figure


def worst(answers: Answers, different: int) -> Figure:
    """The digits read wrong with the most certainty: the right digit, then the answer and its certainty.

    `different` digits come again and again, each time drawn otherwise: each is shown once.
    """
    certainty = answers.probabilities.max(axis=1)
    wrong = np.flatnonzero(~_right(answers))
    wrong = wrong[np.argsort(-certainty[wrong], kind="stable")]
    places = wrong[np.sort(np.unique(wrong % different, return_index=True)[1])][:SHOWN]
    titles = [
        f"{answers.labels[place]} lu {answers.probabilities[place].argmax()}\n{percent(float(certainty[place]), 0)}"
        for place in places
    ]
    return gallery(answers.rows[places], titles)


def refusals(found: Examined) -> Figure:
    """Pictures of no digit, as many of each kind, with the certainty that they were given."""
    each = 2 * ACROSS // len(found.others)
    rows = np.concatenate([shown.rows[:each] for shown in found.others.values()])
    certainty = np.concatenate([shown.probabilities[:each].max(axis=1) for shown in found.others.values()])
    titles = [f"{percent(float(value), 0)}" + ("\naccepté" if value >= CERTAINTY else "") for value in certainty]
    return gallery(rows, titles)


def patterns(front: Front) -> Figure:
    """The patterns that the network looks for."""
    return gallery(front.filters.reshape(len(front.filters), -1), [""] * len(front.filters), across=16)


def gallery(rows: NDArray[np.float32], titles: Sequence[str], across: int = ACROSS) -> Figure:
    """Small pictures in a grid, each under its title."""
    lines = max(1, -(-len(rows) // across))
    with style():
        figure = Figure(figsize=(8, (8 / across + (0.36 if any(titles) else 0.05)) * lines), layout="constrained")
        for axes in (grid := figure.subplots(lines, across, squeeze=False)).flat:
            axes.axis("off")
        for axes, row, title in zip(grid.flat, rows, titles, strict=False):
            side = round(len(row) ** 0.5)
            axes.imshow(row.reshape(side, side), cmap="Greys" if side == SIDE else "PuOr")
            axes.set_title(title, fontsize=7.5, pad=2)
    return figure
