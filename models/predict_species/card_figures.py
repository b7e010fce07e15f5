"""The figures of the iris card."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from training.card_text import decimal, interval, percent, render, table
from training.contract import Options

from .candidates import CHOSEN
from .recipe import FOLDS, Unseen, repeats

SURE = 0.95


def card(figures: Mapping[str, Mapping[str, float]], unseen: Unseen, options: Options) -> str:
    """The model card, from the figures of every candidate and what the chosen one said of flowers that it never saw."""
    ends = unseen.intervals(options.seed)
    right = unseen.probabilities.argmax(axis=1) == unseen.labels
    sure = unseen.probabilities.max(axis=1) >= SURE
    words = {
        "comparison": comparison(figures),
        "chosen": CHOSEN,
        "folds": f"{FOLDS} plis, répétée {repeats(options)} fois",
        "flowers": str(len(np.unique(unseen.places))),
        "repeats": str(repeats(options)),
        "sure": percent(sure.mean()),
        "sure_errors": percent((~right[sure]).mean()),
        "accuracy": percent(figures[CHOSEN]["accuracy"]),
        "accuracy_interval": interval(ends["accuracy"], percent),
    }
    for name in ("log_loss", "ece"):
        words |= {name: decimal(figures[CHOSEN][name]), f"{name}_interval": interval(ends[name])}
    return render(Path(__file__).with_name("card.template.md"), words)


def comparison(figures: Mapping[str, Mapping[str, float]]) -> str:
    """One line a candidate, the lowest log-loss first, the chosen one in bold."""
    ranked = sorted(figures.items(), key=lambda item: item[1]["log_loss"])
    return table(
        ("modèle", "exactitude", "perte logarithmique", "ECE"),
        [
            (
                f"**{name}**" if name == CHOSEN else name,
                percent(found["accuracy"]),
                decimal(found["log_loss"]),
                decimal(found["ece"]),
            )
            for name, found in ranked
        ],
    )
