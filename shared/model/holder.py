"""The model that a function serves: the one named by MODEL_URI, else the one embedded in the code.

The only state of a function. A model from a bucket may be exchanged for another while requests are answered: a request
holds the predictor that it began with.
"""

import asyncio
import contextlib
import os
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

import msgspec

from shared.diagnostics import report
from shared.errors import BundleError, NotReady
from shared.i18n import NOT_READY, fill
from shared.model.bundle import Bundle, Manifest, Pointer, Read, read_folder, reader
from shared.model.codec import ModelSignature
from shared.model.predictor import Predictor
from shared.model.source import Pull, Pulled, Source, source_of
from shared.settings import Settings

EMBEDDED = "embedded"
FOLDER = "folder"
BUCKET = "bucket"
PATIENCE = 1.0
"""Seconds that a request waits for a look at the bucket, where nothing goes on between requests."""

RETRY_SECONDS = 10.0
"""Between two looks for a model where there is none and MODEL_REFRESH_SECONDS does not say."""
_ROOT = Path(__file__).resolve().parents[2]


class Served(msgspec.Struct, frozen=True):
    """What is being served.

    Attributes:
        predictor: verified and warm; None where there is nothing to serve.
        kind: `embedded`, or `folder` or `bucket` where it is MODEL_URI's.
        where: the folder or the bucket's address that it comes from.
        fault: why it is not what MODEL_URI asks for at present; None where it is.
        pointer: what led to it in the bucket.
    """

    predictor: Predictor | None
    kind: str
    where: str
    fault: BundleError | None = None
    pointer: Pointer | None = None

    def ready(self) -> Predictor:
        """The predictor.

        Raises:
            NotReady: there is none.
        """
        if self.predictor is None:
            reason = self.fault.detail if self.fault else ("", "")
            raise NotReady(fill(NOT_READY, reason=reason))
        return self.predictor


class Holder:
    """What is served now, and when the bucket is looked at again.

    Attributes:
        served: what is served, without looking anywhere.
    """

    def __init__(
        self, name: str, served: Served, signature: ModelSignature, source: Source | None, seconds: float
    ) -> None:
        """Hold `served`; look at `source` again after `seconds` (0: never)."""
        self.served = served
        self._name, self._signature, self._source, self._seconds = name, signature, source, seconds
        self._ongoing: Future[None] | None = None
        self._patience = PATIENCE if "K_SERVICE" in os.environ else 0.0
        self._next = time.monotonic() + (seconds or RETRY_SECONDS)

    async def current(self) -> Served:
        """What is served. Where it is time to look at the bucket again, a thread of its own does.

        On Cloud Run, which takes the processor away between requests, that thread is waited for, `PATIENCE` at most.
        """
        if self._source is not None and self._ongoing is None and self._is_due():
            self._begin_to_look(self._source)
        if self._patience and (look := self._ongoing) is not None:
            await asyncio.wait([asyncio.wrap_future(look)], timeout=self._patience)
        return self.served

    def opened(self, served: Served) -> contextlib.AbstractContextManager[Read]:
        """Reads the files of the bundle that is served. Raises NotReady: there is none."""
        manifest = served.ready().manifest
        if served.kind == BUCKET and self._source is not None:
            return self._source.opened(manifest)
        return contextlib.nullcontext(reader(Path(served.where), manifest))

    def _begin_to_look(self, source: Source) -> None:
        self._next = time.monotonic() + (self._seconds or RETRY_SECONDS)
        self._ongoing = look = Future[None]()
        look.set_running_or_notify_cancel()  # so that a request that is given up does not take it along
        try:
            Thread(target=self._look, args=(source, look), name=f"model {self._name}", daemon=True).start()
        except RuntimeError as error:  # no thread is to be had
            report("ERROR", f"model {self._name} from {source.uri}: {error}")
            self._ongoing = None

    def _is_due(self) -> bool:
        """A pinned version that is served stays as it is; a function without a model looks for one by itself."""
        wanted = self._seconds > 0 or self.served.predictor is None
        settled = self._source is not None and self._source.version is not None and self.served.fault is None
        return wanted and not settled and time.monotonic() >= self._next

    def _look(self, source: Source, look: Future[None]) -> None:
        """Exchange the model for what the bucket has, once that is verified and warm; else leave it."""
        was = self.served
        try:
            pulled = source.pull(self._name, was.pointer)
            now = msgspec.structs.replace(was, fault=None) if pulled is None else self._warm(pulled, source.uri)
            if was.fault is not None or pulled is not None:
                report(
                    "INFO", f"model {self._name} from {source.uri}: version {now.ready().manifest.version} is served"
                )
            self.served = now
        except BundleError as error:
            if was.fault is None or str(error) != str(was.fault):
                _report_refusal(self._name, source.uri, error)
            self.served = msgspec.structs.replace(was, fault=_bare(error))
        except Exception:  # noqa: BLE001  # a thread's exception would be nobody's
            report("ERROR", f"model {self._name} from {source.uri}\n{traceback.format_exc()}")
        finally:
            self._next = time.monotonic() + (self._seconds or RETRY_SECONDS)
            self._ongoing = None
            look.set_result(None)

    def _warm(self, pulled: Pulled, where: str) -> Served:
        return Served(_predictor(pulled.bundle, self._signature), BUCKET, where, pointer=pulled.pointer)


def load(name: str, settings: Settings, signature: ModelSignature, pull: Pull | None = None) -> Holder:
    """Load the model `name`. A bundle that is refused is reported, and never served.

    Args:
        name: the model's name.
        settings: MODEL_URI and its companions.
        signature: what the function cannot do without.
        pull: MODEL_URI's bundle, where its pull has begun already.
    """
    source = source_of(settings, os.environ)
    if pull is None and source is not None:
        pull = Pull(source, name)
    return Holder(name, _first(name, settings, signature, pull), signature, source, settings.model_refresh_seconds)


def embedded_bundle(name: str) -> Path:
    """The folder of the bundle that comes with the code: `models/NAME/bundle`, beside `shared/`."""
    return _ROOT / "models" / name / "bundle"


def _first(name: str, settings: Settings, signature: ModelSignature, pull: Pull | None) -> Served:
    if not settings.model_uri:
        return _embedded(name, signature)
    if pull is not None:
        asked = _load(name, settings.model_uri, signature, BUCKET, pull.result)
    else:
        asked = _load(name, settings.model_uri, signature, FOLDER, lambda: _from_folder(Path(settings.model_uri), name))
    if asked.predictor is not None or settings.model_fallback == "none":
        return asked
    return msgspec.structs.replace(_embedded(name, signature), fault=asked.fault)


def _embedded(name: str, signature: ModelSignature) -> Served:
    folder = embedded_bundle(name)
    return _load(name, str(folder), signature, EMBEDDED, lambda: _from_folder(folder, name))


def _from_folder(folder: Path, name: str) -> Pulled:
    return Pulled(read_folder(folder, name), None)


def _load(name: str, where: str, signature: ModelSignature, kind: str, read: Callable[[], Pulled]) -> Served:
    try:
        found = read()
        return Served(_predictor(found.bundle, signature), kind, where, pointer=found.pointer)
    except BundleError as error:
        _report_refusal(name, where, error)
        return Served(None, kind, where, _bare(error))


def _bare(error: BundleError) -> BundleError:
    """The same sentence, without the frames that hold the bytes of what was refused."""
    return BundleError(error.detail)


def _report_refusal(name: str, where: str, error: BundleError) -> None:
    cause = f" ({error.__cause__})" if error.__cause__ else ""
    report("WARNING", f"model {name} from {where} refused: {error}{cause}")


def _predictor(bundle: Bundle, signature: ModelSignature) -> Predictor:
    """The bundle's predictor. Raises BundleError: it cannot be loaded, or lacks what the function reads."""
    predictor = Predictor(bundle)
    check_signature(predictor.manifest, signature)
    return predictor


def check_signature(manifest: Manifest, signature: ModelSignature) -> None:
    """Hold a model against what its function reads of it.

    Raises:
        BundleError: it lacks something.
    """
    graphs = {role: tuple(feature.name for feature in graph.inputs) for role, graph in manifest.graphs.items()}
    lacks = {
        "inputs": graphs != dict(signature.columns),
        "classes": manifest.classes != signature.classes,
        "outputs": any(not set(signature.outputs) <= set(graph.outputs) for graph in manifest.graphs.values()),
        "thresholds": not set(signature.thresholds) <= set(manifest.thresholds),
        "constants": any(not set(signature.constants) <= set(graph.constants) for graph in manifest.graphs.values()),
    }
    if found := ", ".join(what for what, lacking in lacks.items() if lacking):
        raise BundleError(
            (f"le modèle n'est pas celui de la fonction : {found}", f"the model is not the function's: {found}")
        )
