"""The contract between the command line and `models/NAME/`: options in, a trained model and its checks out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from shared.errors import BundleError
from shared.i18n import fill
from shared.model.bundle import Bundle, Data, Graph, Manifest
from shared.model.table import Table

if TYPE_CHECKING:  # numpy would slow down the help of a command
    from training.drift.reference import LoggedRow

OTHER_OPTIONS = (
    "sa commande ({command}) ne correspond pas à ses champs `seed` et `quick` : entraînez le modèle à nouveau",
    "its command ({command}) does not match its fields `seed` and `quick`: train the model again",
)


@dataclass(frozen=True, slots=True)
class Options:
    """How to train. `quick` trains a reduced model in seconds, to try the whole path and not to serve."""

    seed: int = 0
    quick: bool = False

    def command(self, name: str) -> str:
        """The command that trains the same bundle again."""
        return f"python -m models train {name} --seed {self.seed}" + (" --quick" if self.quick else "")


def options_of(manifest: Manifest) -> Options:
    """The options that a bundle was trained with.

    Raises:
        BundleError: its command says other options: manifests had no fields for them once.
    """
    options = Options(manifest.seed, manifest.quick)
    if manifest.command != options.command(manifest.name):
        raise BundleError(fill(OTHER_OPTIONS, command=manifest.command))
    return options


@dataclass(frozen=True, slots=True)
class Trained:
    """Everything that a bundle holds, before it has a name, a version and a folder.

    Attributes:
        classes: the class of each column of `probabilities`.
        graphs: the description of each graph, by role.
        contents: the bytes of each graph and of the drift reference, by file name.
        thresholds: decision limits, as probabilities in [0, 1].
        data: the training data.
        card: the text of CARD.md.
        plots: the pictures of the card, as PNG bytes, by file name.
        parameters: the settings of the estimators, for MLflow (`training.export.parameters_of`).
        compared: the metrics of every candidate, the chosen one included, by its name.
        table: what a model that reads a table is fed and answers; None: its function's `schema.py` knows.
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
    table: Table | None = None


class Check(msgspec.Struct, frozen=True):
    """A figure of the manifest measured again. The two agree if they differ by `tolerance` at most."""

    what: str
    expected: float
    measured: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """False for NaN too."""
        return abs(self.measured - self.expected) <= self.tolerance


def checks(prefix: str, expected: dict[str, float], measured: dict[str, float], tolerance: float) -> list[Check]:
    """Compare every figure; one that only the manifest or only the measurement has never agrees.

    Args:
        prefix: first word of each check's name, such as the graph's role.
        expected: figures of the manifest, by name.
        measured: the same figures measured again, by name.
        tolerance: largest difference allowed.
    """
    lacking = float("nan")
    return [
        Check(f"{prefix} {name}", expected.get(name, lacking), measured.get(name, lacking), tolerance)
        for name in measured | expected
    ]


class Train(Protocol):
    """`train` of `models/NAME/train.py`."""

    def __call__(self, options: Options, /) -> Trained:
        """Train the model. The same options give the same bytes. Raises ClickException: data are missing."""


class Evaluate(Protocol):
    """`evaluate` of `models/NAME/evaluate.py`."""

    def __call__(self, bundle: Bundle, /) -> list[Check]:
        """Measure every figure of a bundle's manifest again. Raises BundleError: it is not a bundle of this model."""


class LogRows(Protocol):
    """`log_rows` of `models/NAME/log_rows.py`."""

    def __call__(self, line: Mapping[str, Any], /) -> "Iterator[LoggedRow]":
        """Read the rows of one request line that has a prediction.

        Raises:
            KeyError, TypeError, ValueError, AttributeError, IndexError: the line is not one that the function writes.
        """
