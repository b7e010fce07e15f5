"""What a training is asked and what it gives: the contract between the command line and `models/NAME/train.py`."""

import re
from dataclasses import dataclass, field

import msgspec

from shared.model.bundle import Data, Graph


@dataclass(frozen=True, slots=True)
class Options:
    """How to train. `quick` trains a reduced model in seconds, to try the path and not to serve."""

    seed: int = 0
    quick: bool = False

    def command(self, name: str) -> str:
        """What to type to train the same bundle again."""
        return f"python -m models train {name} --seed {self.seed}" + (" --quick" if self.quick else "")


def options_of(command: str) -> Options:
    """The options that a manifest's command was made from."""
    seed = re.search(r"--seed (\d+)", command)
    return Options(seed=int(seed[1]) if seed else 0, quick="--quick" in command)


@dataclass(frozen=True, slots=True)
class Trained:
    """All that a bundle holds, before it has a name, a version and a place.

    Attributes:
        classes: what each column of `probabilities` stands for.
        graphs: the facts of each graph, by role.
        contents: the bytes of each graph and of the reference of drift, by file name.
        thresholds: decision limits, as probabilities.
        data: what it was trained on.
        card: the text of CARD.md.
        plots: the pictures that the card shows, as PNG bytes, by file name.
        parameters: of the estimators, as MLflow shows them (`training.export.parameters_of`).
        compared: the figures of the models that the chosen one was compared with, and its own, by the model's name.
    """

    classes: tuple[str, ...]
    graphs: dict[str, Graph]
    contents: dict[str, bytes]
    thresholds: dict[str, float]
    data: Data
    card: str
    plots: dict[str, bytes] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    compared: dict[str, dict[str, float]] = field(default_factory=dict)


class Check(msgspec.Struct, frozen=True):
    """A figure of the manifest measured again. They agree when they differ by `tolerance` at most."""

    what: str
    expected: float
    measured: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """False for NaN too."""
        return abs(self.measured - self.expected) <= self.tolerance


def checks(prefix: str, expected: dict[str, float], measured: dict[str, float], tolerance: float) -> list[Check]:
    """One check for each figure of the manifest, and each that was measured; what only one of them has never agrees."""
    lacking = float("nan")
    return [
        Check(f"{prefix} {name}", expected.get(name, lacking), measured.get(name, lacking), tolerance)
        for name in measured | expected
    ]
