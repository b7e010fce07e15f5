"""The folders of `models/`, and the typed functions that the command line calls in them."""

from importlib import import_module
from pathlib import Path

import click

from shared.terminal import say
from training.contract import Evaluate, LogRows, Train

MODELS = Path(__file__).resolve().parents[1] / "models"


def names() -> list[str]:
    """The models that can be trained: folders with a `train.py`, in alphabetical order."""
    return sorted(file.parent.name for file in MODELS.glob("*/train.py"))


def bundle_of(name: str) -> Path:
    """The folder of the model's committed bundle."""
    return MODELS / name / "bundle"


def train_of(name: str) -> Train:
    """`train` of the model."""
    train: Train = import_module(f"models.{name}.train").train
    return train


def evaluate_of(name: str) -> Evaluate:
    """`evaluate` of the model."""
    evaluate: Evaluate = import_module(f"models.{name}.evaluate").evaluate
    return evaluate


def log_rows_of(name: str) -> LogRows:
    """`log_rows` of the model. Imports neither scikit-learn nor the training code."""
    log_rows: LogRows = import_module(f"models.{name}.log_rows").log_rows
    return log_rows


class ModelName(click.ParamType[str]):
    """The name of a model, checked against the folders that exist when the command runs."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse an unknown name with the list of known ones."""
        if value not in (known := names()):
            text = (
                "modèle inconnu : {value!r}. Modèles connus : {known}.",
                "unknown model: {value!r}. Known models: {known}.",
            )
            self.fail(say(text, value=value, known=", ".join(known)), param, ctx)
        return value
