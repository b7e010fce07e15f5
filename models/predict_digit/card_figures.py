"""The words and figures of the digit card."""

from pathlib import Path

import numpy as np

from training.card_text import decimal, interval, percent, render, table
from training.metrics import Figures, Floats, Integers, Intervals, intervals

from .measure import Answers, Examined, of

SHARES = ("error", "refused", "error_when_answered")
LABELS = {
    "error": "erreurs",
    "ece": "erreur de calibration (ECE) de la certitude",
    "log_loss": "perte logarithmique (nats)",
    "refused": "chiffres sous 60 % de certitude, refusés",
    "error_when_answered": "erreurs parmi les autres",
}
TITLES = {"trait": "largeur du trait", "taille": "taille du dessin", "place": "place du dessin"}


def card(found: Examined, figures: Figures) -> str:
    """The model card."""
    drawn = found.all_drawn()
    variations = sum(len(varied) for varied in found.drawn.values())
    words = {
        "results": _results(found, np.arange(len(found.scanned.labels)), np.tile(found.writers, variations)),
        "by_writer": _by_writer(drawn, np.tile(found.writers, variations)),
        "variations": _variations(found),
        "others": _others(found),
        "worst": percent(figures["pen_error_worst"], 2),
        "usual": percent(figures["pen_error_usual"], 2),
        "held_back_error": percent(figures["held_back_error"], 2),
        "drawings": f"{len(drawn.labels):,}".replace(",", " "),
    }
    return render(Path(__file__).with_name("card.template.md"), words)


def _results(found: Examined, scans: Integers, writers: Integers) -> str:
    """Both sets side by side; the drawings of one writer resemble each other, so writers are drawn again whole."""
    drawn = found.all_drawn()
    header = ("mesure", "chiffres numérisés (MNIST)", "intervalle à 95 %", "chiffres tracés", "intervalle à 95 %")
    columns = [(of(found.scanned), _ends(found.scanned, scans)), (of(drawn), _ends(drawn, writers))]
    return table(header, [(LABELS[name], *_cells(name, columns)) for name in LABELS])


def _cells(name: str, columns: list[tuple[Figures, Intervals]]) -> list[str]:
    write = _share if name in SHARES else _decimal
    return [cell for figures, ends in columns for cell in (write(figures[name]), interval(ends[name], write))]


def _share(value: float) -> str:
    return percent(value, 2)


def _decimal(value: float) -> str:
    return decimal(value, 4)


def _ends(answers: Answers, units: Integers) -> Intervals:
    def figures(places: Integers) -> Figures:
        return of(Answers(answers.labels[places], answers.probabilities[places], answers.rows[:0]))

    return intervals(figures, units)


def _by_writer(drawn: Answers, writers: Integers) -> str:
    wrong = drawn.probabilities.argmax(axis=1) != drawn.labels
    shares = {int(writer): float(wrong[writers == writer].mean()) for writer in np.unique(writers)}
    return ", ".join(f"{percent(share, 2)} (n° {writer})" for writer, share in shares.items())


def _variations(found: Examined) -> str:
    return table(
        ("ce qui varie", "erreurs"),
        [
            (f"{TITLES[what]} : {name}", percent(answers.error, 2))
            for what, varied in found.drawn.items()
            for name, answers in varied.items()
        ],
    )


def _others(found: Examined) -> str:
    rows = [(kind, percent(shown.refused), _median(shown.probabilities)) for kind, shown in found.others.items()]
    return table(("ce qui est montré", "refusé", "certitude médiane"), rows)


def _median(probabilities: Floats) -> str:
    return percent(float(np.median(probabilities.max(axis=1))), 0)
