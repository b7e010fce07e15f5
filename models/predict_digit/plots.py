"""Plots of the digit card and notebook."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from functions.predict_digit.preprocessing import SIDE
from training.card_text import percent
from training.metrics import CERTAINTY
from training.plots import COLOURS, confusion, drawn, png, reliability, style

from .features import FeatureExtractor
from .measure import Evaluation, Predictions

DIGITS = tuple("0123456789")
SHOWN = 24
"""Largest number of pictures of a gallery of errors."""
ACROSS = 12
"""Pictures in a row."""


def plots(evaluation: Evaluation, extractor: FeatureExtractor) -> dict[str, bytes]:
    """Every plot of the card, as PNG bytes, by file name."""
    scanned = evaluation.scanned
    return {
        "confusion.png": png(drawn(confusion, scanned.labels, scanned.probabilities.argmax(axis=1), DIGITS)),
        "fiabilite.png": png(drawn(_reliability, evaluation)),
        "variations.png": png(variations(evaluation)),
        "pires_scans.png": png(worst(scanned, len(scanned.labels))),
        "pires_traces.png": png(worst(evaluation.all_drawn(), evaluation.drawings)),
        "refus.png": png(refusals(evaluation)),
        "motifs.png": png(patterns(extractor)),
    }


def _reliability(axes: Axes, evaluation: Evaluation) -> None:
    sets = {"chiffres numérisés": evaluation.scanned, "chiffres tracés": evaluation.all_drawn()}
    reliability(axes, {name: (_right(one), one.probabilities.max(axis=1)) for name, one in sets.items()})
    axes.set(xlabel="certitude annoncée", ylabel="part de bonnes réponses")


def _right(predictions: Predictions) -> NDArray[np.bool_]:
    right: NDArray[np.bool_] = predictions.probabilities.argmax(axis=1) == predictions.labels
    return right


def variations(evaluation: Evaluation) -> Figure:
    """Error rate of drawn digits by line width, size and place."""
    titles = {"trait": "largeur du trait", "taille": "taille, part de la toile", "place": "place sur la toile"}
    with style():
        figure = Figure(figsize=(8, 2.8), layout="constrained")
        subplots = figure.subplots(1, 3, sharey=True)
        for axes, (what, variation) in zip(subplots, evaluation.drawn.items(), strict=True):
            errors = [100 * predictions.error for predictions in variation.values()]
            marks = axes.bar(range(len(variation)), errors, color=COLOURS[0], width=0.7)
            axes.bar_label(marks, [percent(one.error, 2) for one in variation.values()], fontsize=7, padding=1)
            labels = [name.replace(" pixels", "").replace(" à", "\nà") for name in variation]
            axes.set_xticks(range(len(variation)), labels)
            axes.set(title=titles[what])
            axes.tick_params(axis="x", labelsize=8)
            axes.grid(visible=False, axis="x")
        worst_error = max(one.error for variation in evaluation.drawn.values() for one in variation.values())
        axes.set_ylim(0, 1.15 * worst_error * 100)
        figure.supylabel("erreurs (%)", fontsize=9)
    return figure


def worst(predictions: Predictions, distinct: int) -> Figure:
    """The wrong predictions of highest certainty: the label, the prediction and its certainty.

    The rows repeat `distinct` digits, drawn otherwise each time: each digit is shown once.
    """
    certainty = predictions.probabilities.max(axis=1)
    wrong = np.flatnonzero(~_right(predictions))
    wrong = wrong[np.argsort(-certainty[wrong], kind="stable")]
    places = wrong[np.sort(np.unique(wrong % distinct, return_index=True)[1])][:SHOWN]
    read = predictions.probabilities.argmax(axis=1)
    titles = [
        f"{predictions.labels[place]} lu {read[place]}\n{percent(float(certainty[place]), 0)}" for place in places
    ]
    return gallery(predictions.rows[places], titles)


def refusals(evaluation: Evaluation) -> Figure:
    """Negatives of each kind, with the certainty of their prediction."""
    kinds = evaluation.negatives.values()
    each = 2 * ACROSS // len(kinds)
    rows = np.concatenate([negative.rows[:each] for negative in kinds])
    certainty = np.concatenate([negative.probabilities[:each].max(axis=1) for negative in kinds])
    titles = [f"{percent(float(value), 0)}" + ("\naccepté" if value >= CERTAINTY else "") for value in certainty]
    return gallery(rows, titles)


def patterns(extractor: FeatureExtractor) -> Figure:
    """The patterns of the feature extractor."""
    return gallery(extractor.filters.reshape(len(extractor.filters), -1), [""] * len(extractor.filters), across=16)


def gallery(rows: NDArray[np.float32], titles: Sequence[str], across: int = ACROSS) -> Figure:
    """Small pictures in a grid.

    Args:
        rows: (n, side * side), one picture per row.
        titles: the title above each picture.
        across: pictures in a row of the grid.
    """
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
