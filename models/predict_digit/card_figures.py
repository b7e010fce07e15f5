"""The figures of the digit card."""

from pathlib import Path

import numpy as np

from training.card_text import decimal, interval, percent, render, table
from training.metrics import Figures, Floats, Integers, Intervals, intervals

from .measure import Evaluation, Predictions, metrics_of

SHARES = ("error", "refused", "error_when_answered")
LABELS = {
    "error": "erreurs",
    "ece": "erreur de calibration (ECE) de la certitude",
    "log_loss": "perte logarithmique (nats)",
    "refused": "chiffres sous 60 % de certitude, refusés",
    "error_when_answered": "erreurs parmi les autres",
}
TITLES = {"trait": "largeur du trait", "taille": "taille du dessin", "place": "place du dessin"}


def card(evaluation: Evaluation, figures: Figures) -> str:
    """The text of CARD.md, from the test predictions and the metrics of the manifest."""
    drawn = evaluation.all_drawn()
    variations = sum(len(variation) for variation in evaluation.drawn.values())
    writers = np.tile(evaluation.writers, variations)
    words = {
        "results": _results(evaluation, np.arange(len(evaluation.scanned.labels)), writers),
        "by_writer": _by_writer(drawn, writers),
        "variations": _variations(evaluation),
        "others": _negatives(evaluation),
        "worst": percent(figures["pen_error_worst"], 2),
        "usual": percent(figures["pen_error_usual"], 2),
        "held_back_error": percent(figures["held_back_error"], 2),
        "drawings": f"{len(drawn.labels):,}".replace(",", " "),
    }
    return render(Path(__file__).with_name("card.template.md"), words)


def _results(evaluation: Evaluation, scans: Integers, writers: Integers) -> str:
    """Both sets side by side. Bootstrap units are scans and writers: drawings of one writer resemble each other."""
    drawn = evaluation.all_drawn()
    header = ("mesure", "chiffres numérisés (MNIST)", "intervalle à 95 %", "chiffres tracés", "intervalle à 95 %")
    columns = [
        (metrics_of(evaluation.scanned), _intervals(evaluation.scanned, scans)),
        (metrics_of(drawn), _intervals(drawn, writers)),
    ]
    return table(header, [(LABELS[name], *_cells(name, columns)) for name in LABELS])


def _cells(name: str, columns: list[tuple[Figures, Intervals]]) -> list[str]:
    write = _share if name in SHARES else _decimal
    return [cell for figures, ends in columns for cell in (write(figures[name]), interval(ends[name], write))]


def _share(value: float) -> str:
    return percent(value, 2)


def _decimal(value: float) -> str:
    return decimal(value, 4)


def _intervals(predictions: Predictions, units: Integers) -> Intervals:
    def resampled(indices: Integers) -> Figures:
        labels, probabilities = predictions.labels[indices], predictions.probabilities[indices]
        return metrics_of(Predictions(labels, probabilities, predictions.rows[:0]))

    return intervals(resampled, units)


def _by_writer(drawn: Predictions, writers: Integers) -> str:
    wrong = drawn.probabilities.argmax(axis=1) != drawn.labels
    shares = {int(writer): float(wrong[writers == writer].mean()) for writer in np.unique(writers)}
    return ", ".join(f"{percent(share, 2)} (n° {writer})" for writer, share in shares.items())


def _variations(evaluation: Evaluation) -> str:
    return table(
        ("ce qui varie", "erreurs"),
        [
            (f"{TITLES[what]} : {name}", percent(predictions.error, 2))
            for what, variation in evaluation.drawn.items()
            for name, predictions in variation.items()
        ],
    )


def _negatives(evaluation: Evaluation) -> str:
    rows = [
        (kind, percent(predictions.refused), _median(predictions.probabilities))
        for kind, predictions in evaluation.negatives.items()
    ]
    return table(("ce qui est montré", "refusé", "certitude médiane"), rows)


def _median(probabilities: Floats) -> str:
    return percent(float(np.median(probabilities.max(axis=1))), 0)
