"""The model that a function serves: the one named by MODEL_URI, else the one embedded in the code."""

from pathlib import Path

import msgspec

from shared.errors import BundleError, NotReady
from shared.i18n import NOT_READY, fill
from shared.inference import Predictor
from shared.model_store import Manifest, read_folder
from shared.operation import Needs
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


def load(name: str, settings: Settings, needs: Needs) -> Served:
    """Load the model `name`. A bundle that is refused is reported, and never served.

    Args:
        name: the model's name.
        settings: MODEL_URI and MODEL_FALLBACK.
        needs: what the function cannot do without.
    """
    if not settings.model_uri:
        return _load(name, embedded_bundle(name), EMBEDDED, needs)
    asked = _load(name, Path(settings.model_uri), FOLDER, needs)
    if asked.predictor is not None or settings.model_fallback == "none":
        return asked
    spare = _load(name, embedded_bundle(name), EMBEDDED, needs)
    return Served(spare.predictor, EMBEDDED, asked.fault)


def embedded_bundle(name: str) -> Path:
    """The folder of the bundle that comes with the code: `models/NAME/bundle`, beside `shared/`."""
    return _ROOT / "models" / name / "bundle"


def _load(name: str, folder: Path, kind: str, needs: Needs) -> Served:
    try:
        predictor = Predictor(read_folder(folder, name))
        check_needs(predictor.manifest, needs)
    except BundleError as error:
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        report("WARNING", f"model {name} from {folder} refused: {error}{cause}")
        return Served(None, kind, error)
    return Served(predictor, kind)


def check_needs(manifest: Manifest, needs: Needs) -> None:
    """Hold a model against what its function reads of it.

    Raises:
        BundleError: it lacks something.
    """
    graphs = {role: tuple(feature.name for feature in graph.inputs) for role, graph in manifest.graphs.items()}
    lacks = {
        "inputs": graphs != dict(needs.columns),
        "classes": manifest.classes != needs.classes,
        "outputs": any(not set(needs.outputs) <= set(graph.outputs) for graph in manifest.graphs.values()),
        "thresholds": not set(needs.thresholds) <= set(manifest.thresholds),
        "constants": any(not set(needs.constants) <= set(graph.constants) for graph in manifest.graphs.values()),
    }
    if found := ", ".join(what for what, lacking in lacks.items() if lacking):
        raise BundleError(
            (f"le modèle n'est pas celui de la fonction : {found}", f"the model is not the function's: {found}")
        )
