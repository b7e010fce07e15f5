"""The models that there are: the folders of models/ that know how to train."""

from pathlib import Path

import click

MODELS = Path(__file__).resolve().parents[1] / "models"


def names() -> list[str]:
    """Every folder of models/ that knows how to train."""
    return sorted(file.parent.name for file in MODELS.glob("*/train.py"))


def bundle_of(name: str) -> Path:
    """Where the model's committed bundle is."""
    return MODELS / name / "bundle"


class KnownName(click.ParamType[str]):
    """The name of a folder of models/, looked up when a command is given and not before."""

    name = "modèle"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse a name that no folder has, naming those that there are."""
        if value not in names():
            self.fail(f"modèle inconnu : {value!r}. Modèles connus : {', '.join(names())}.", param, ctx)
        return value
