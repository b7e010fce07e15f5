"""The figures of the iris card."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from training.card_text import decimal, interval, percent, render, table
from training.contract import Options

from .candidates import CHOSEN
from .recipe import FOLDS, OutOfFold, repeats

SURE = 0.95
"""Certainty from which a prediction counts as sure."""


def card(figures: Mapping[str, Mapping[str, float]], predictions: OutOfFold, options: Options) -> str:
    """The text of CARD.md.

    Args:
        figures: the metrics of every candidate, by name.
        predictions: the out-of-fold predictions of the chosen one.
        options: the options of the training.
    """
    ends = predictions.intervals(options.seed)
    right = predictions.probabilities.argmax(axis=1) == predictions.labels
    sure = predictions.probabilities.max(axis=1) >= SURE
    words = {
        "comparison": comparison(figures),
        "chosen": CHOSEN,
        "folds": f"{FOLDS} plis, répétée {repeats(options)} fois",
        "flowers": str(len(np.unique(predictions.indices))),
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
    """A table with one row per candidate, lowest log-loss first, the chosen one in bold."""
    ranked = sorted(figures.items(), key=lambda item: item[1]["log_loss"])
    return table(
        ("modèle", "exactitude", "perte logarithmique", "ECE"),
        [
            (
                f"**{name}**" if name == CHOSEN else name,
                percent(metrics["accuracy"]),
                decimal(metrics["log_loss"]),
                decimal(metrics["ece"]),
            )
            for name, metrics in ranked
        ],
    )
