"""The model that a function serves: the one named by MODEL_URI, else the one embedded in the code."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from shared.errors import BundleError, NotReady
from shared.i18n import NOT_READY, fill
from shared.inference import Predictor
from shared.model_store import read_folder
from shared.request_log import report
from shared.settings import Settings

EMBEDDED = "embedded"
FOLDER = "folder"
_ROOT = Path(__file__).resolve().parent.parent


class Served(msgspec.Struct, frozen=True):
    """What is being served.

    Attributes:
        predictor: verified and warm; None where there is nothing to serve.
        kind: `embedded`, or `folder` where it is MODEL_URI's.
        fault: why it is not what MODEL_URI asks for; None where it is.
    """

    predictor: Predictor | None
    kind: str
    fault: BundleError | None = None

    def ready(self) -> Predictor:
        """The predictor.

        Raises:
            NotReady: there is none.
        """
        if self.predictor is None:
            reason = self.fault.detail if self.fault else ("", "")
            raise NotReady(fill(NOT_READY, reason=reason))
        return self.predictor


def load(name: str, settings: Settings, columns: Mapping[str, tuple[str, ...]]) -> Served:
    """Load the model `name`. A bundle that is refused is reported, and never served.

    Args:
        name: the model's name.
        settings: MODEL_URI and MODEL_FALLBACK.
        columns: what the function gives to each graph, in order.
    """
    if not settings.model_uri:
        return _load(name, embedded_bundle(name), EMBEDDED, columns)
    asked = _load(name, Path(settings.model_uri), FOLDER, columns)
    if asked.predictor is not None or settings.model_fallback == "none":
        return asked
    spare = _load(name, embedded_bundle(name), EMBEDDED, columns)
    return Served(spare.predictor, EMBEDDED, asked.fault)


def embedded_bundle(name: str) -> Path:
    """The folder of the bundle that comes with the code: `models/NAME/bundle`, beside `shared/`."""
    return _ROOT / "models" / name / "bundle"


def _load(name: str, folder: Path, kind: str, columns: Mapping[str, tuple[str, ...]]) -> Served:
    try:
        predictor = Predictor(read_folder(folder, name))
        _check_columns(predictor, columns)
    except BundleError as error:
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        report("WARNING", f"model {name} from {folder} refused: {error}{cause}")
        return Served(None, kind, error)
    return Served(predictor, kind)


def _check_columns(predictor: Predictor, columns: Mapping[str, tuple[str, ...]]) -> None:
    graphs = {
        role: tuple(feature.name for feature in graph.inputs) for role, graph in predictor.manifest.graphs.items()
    }
    if graphs != dict(columns):
        raise BundleError(
            ("les colonnes du modèle ne sont pas celles de la fonction", "the model's columns are not the function's")
        )
