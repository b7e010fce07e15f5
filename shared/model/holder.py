"""Holds the model that a function serves: MODEL_URI's, else the embedded one.

This is the only state of a function. A refresh may replace the model while requests are served: a request keeps the
predictor that it started with.
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
from shared.model.bundle import Bundle, Manifest, Pointer, ReadFile, folder_reader, read_folder
from shared.model.codec import ModelSignature
from shared.model.predictor import Predictor
from shared.model.source import Pull, Pulled, Source, bucket_source
from shared.model.table import ROLE, Table
from shared.settings import Settings

EMBEDDED = "embedded"
FOLDER = "folder"
BUCKET = "bucket"

REFRESH_WAIT_SECONDS = 1.0
"""Time that a request on Cloud Run waits for a refresh, in seconds."""

RETRY_SECONDS = 10.0
"""Default interval of retries while no model is loaded, in seconds."""

_ROOT = Path(__file__).resolve().parents[2]


class ServedModel(msgspec.Struct, frozen=True):
    """The served model, or the reason why there is none.

    Attributes:
        predictor: verified and warm; None if no model could be loaded.
        source: `embedded`, or MODEL_URI's: `folder` or `bucket`.
        location: its folder, or its address in the bucket.
        error: the reason why it is not MODEL_URI's model at present.
        pointer: its pointer in the bucket.
    """

    predictor: Predictor | None
    source: str
    location: str
    error: BundleError | None = None
    pointer: Pointer | None = None

    def ready(self) -> Predictor:
        """The predictor.

        Raises:
            NotReady: no model is loaded.
        """
        if self.predictor is None:
            reason = self.error.detail if self.error else ("", "")
            raise NotReady(fill(NOT_READY, reason=reason))
        return self.predictor


class Holder:
    """Holds the served model and refreshes it from its bucket.

    Attributes:
        served: the served model; reading it starts no refresh.
    """

    def __init__(
        self, name: str, served: ServedModel, signature: ModelSignature, source: Source | None, interval: float
    ) -> None:
        """Start no refresh yet.

        Args:
            name: name of the model.
            served: the model to serve first.
            signature: requirements of the function on its model.
            source: the bucket to refresh from; None: no refresh.
            interval: interval of refreshes, in seconds; 0: only while no model is loaded.
        """
        self.served = served
        self._name, self._signature, self._source = name, signature, source
        self._interval, self._retry_interval = interval, interval or RETRY_SECONDS
        self._refreshing: Future[None] | None = None
        self._wait_seconds = REFRESH_WAIT_SECONDS if "K_SERVICE" in os.environ else 0.0
        self._next_refresh = time.monotonic() + self._retry_interval

    async def current(self) -> ServedModel:
        """The served model. Starts a refresh in a background thread if one is due.

        Cloud Run gives no processor time between requests, so there a request waits for the refresh, at most
        `REFRESH_WAIT_SECONDS`.
        """
        if self._source is not None and self._refreshing is None and self._is_due():
            self._start_refresh(self._source)
        if self._wait_seconds and (refresh := self._refreshing) is not None:
            await asyncio.wait([asyncio.wrap_future(refresh)], timeout=self._wait_seconds)
        return self.served

    def open_files(self, served: ServedModel) -> contextlib.AbstractContextManager[ReadFile]:
        """A function that reads files of the served bundle. Raises NotReady: no model is loaded."""
        manifest = served.ready().manifest
        if served.source == BUCKET and self._source is not None:
            return self._source.open_version(manifest)
        return contextlib.nullcontext(folder_reader(Path(served.location), manifest))

    def _start_refresh(self, source: Source) -> None:
        self._next_refresh = time.monotonic() + self._retry_interval
        self._refreshing = refresh = Future[None]()
        refresh.set_running_or_notify_cancel()  # a cancelled request must not cancel it
        try:
            Thread(target=self._refresh, args=(source, refresh), name=f"model {self._name}", daemon=True).start()
        except RuntimeError as error:  # too many threads, or the interpreter is shutting down
            report("ERROR", f"model {self._name} from {source.uri}: {error}")
            self._refreshing = None

    def _is_due(self) -> bool:
        """Whether a refresh is due. A served version that is pinned is never refreshed."""
        enabled = self._interval > 0 or self.served.predictor is None
        pinned = self._source is not None and self._source.version is not None and self.served.error is None
        return enabled and not pinned and time.monotonic() >= self._next_refresh

    def _refresh(self, source: Source, done: Future[None]) -> None:
        """Replace the served model by the bucket's, once verified and warm. A failure leaves it."""
        before = self.served
        try:
            pulled = source.pull(self._name, before.pointer)
            after = self._load_pulled(pulled, source.uri) if pulled else msgspec.structs.replace(before, error=None)
            if before.error is not None or pulled is not None:
                version = after.ready().manifest.version
                report("INFO", f"model {self._name} from {source.uri}: version {version} is served")
            self.served = after
        except BundleError as error:
            if before.error is None or str(error) != str(before.error):
                _report_refusal(self._name, source.uri, error)
            self.served = msgspec.structs.replace(before, error=_without_traceback(error))
        except Exception:  # noqa: BLE001  # nothing else would report it
            report("ERROR", f"model {self._name} from {source.uri}\n{traceback.format_exc()}")
        finally:
            self._next_refresh = time.monotonic() + self._retry_interval
            self._refreshing = None
            done.set_result(None)

    def _load_pulled(self, pulled: Pulled, location: str) -> ServedModel:
        return ServedModel(load_predictor(pulled.bundle, self._signature), BUCKET, location, pointer=pulled.pointer)


def load(name: str, settings: Settings, signature: ModelSignature, pull: Pull | None = None) -> Holder:
    """Load the model of a function. An invalid bundle is reported and never served.

    Args:
        name: name of the model.
        settings: the MODEL_* settings are read.
        signature: requirements of the function on its model.
        pull: the download of MODEL_URI's bundle, if it has started already.
    """
    source = bucket_source(settings, os.environ)
    if pull is None and source is not None:
        pull = Pull(source, name)
    return Holder(
        name, _initial_model(name, settings, signature, pull), signature, source, settings.model_refresh_seconds
    )


def embedded_bundle(name: str) -> Path:
    """The folder of the embedded bundle: `models/NAME/bundle`, next to `shared/`."""
    return _ROOT / "models" / name / "bundle"


def _initial_model(name: str, settings: Settings, signature: ModelSignature, pull: Pull | None) -> ServedModel:
    if not settings.model_uri:
        return _embedded(name, signature)
    if pull is not None:
        configured = _load(name, settings.model_uri, signature, BUCKET, pull.result)
    else:
        configured = _load(
            name, settings.model_uri, signature, FOLDER, lambda: _from_folder(Path(settings.model_uri), name)
        )
    if configured.predictor is not None or settings.model_fallback == "none":
        return configured
    return msgspec.structs.replace(_embedded(name, signature), error=configured.error)


def _embedded(name: str, signature: ModelSignature) -> ServedModel:
    folder = embedded_bundle(name)
    return _load(name, str(folder), signature, EMBEDDED, lambda: _from_folder(folder, name))


def _from_folder(folder: Path, name: str) -> Pulled:
    return Pulled(read_folder(folder, name), None)


def _load(name: str, location: str, signature: ModelSignature, source: str, read: Callable[[], Pulled]) -> ServedModel:
    try:
        pulled = read()
        return ServedModel(load_predictor(pulled.bundle, signature), source, location, pointer=pulled.pointer)
    except BundleError as error:
        _report_refusal(name, location, error)
        return ServedModel(None, source, location, _without_traceback(error))


def _without_traceback(error: BundleError) -> BundleError:
    """The error without its traceback, whose frames reference the bytes of the bundle."""
    return BundleError(error.detail)


def _report_refusal(name: str, location: str, error: BundleError) -> None:
    cause = f" ({error.__cause__})" if error.__cause__ else ""
    report("WARNING", f"model {name} from {location} refused: {error}{cause}")


def load_predictor(bundle: Bundle, signature: ModelSignature) -> Predictor:
    """Load a bundle. Raises BundleError: a graph does not load, or the bundle does not fit the signature."""
    predictor = Predictor(bundle)
    check_signature(predictor.manifest, signature)
    if signature.prepare is not None:
        predictor.prepared = signature.prepare(bundle)
    return predictor


def check_signature(manifest: Manifest, signature: ModelSignature) -> None:
    """Check that a model meets the requirements of its function.

    Raises:
        BundleError: it does not; the message names the parts that differ.
    """
    graphs = {role: tuple(feature.name for feature in graph.inputs) for role, graph in manifest.graphs.items()}
    mismatches = {
        "inputs": graphs != dict(signature.columns) if signature.table is None else set(graphs) != {ROLE},
        "classes": manifest.classes != signature.classes,
        "outputs": any(not set(signature.outputs) <= set(graph.outputs) for graph in manifest.graphs.values()),
        "thresholds": not set(signature.thresholds) <= set(manifest.thresholds),
        "constants": any(not set(signature.constants) <= set(graph.constants) for graph in manifest.graphs.values()),
        **_table_mismatches(manifest.table, signature.table),
    }
    if parts := ", ".join(part for part, differs in mismatches.items() if differs):
        raise BundleError(
            (f"le modèle n'est pas celui de la fonction : {parts}", f"the model is not the function's: {parts}")
        )


def _table_mismatches(table: Table | None, expected: Table | None) -> dict[str, bool]:
    """The parts of a table in which a request or an answer would differ. Ranges and known values may."""
    if expected is None:
        return {}
    if table is None:
        return {"table": True}
    columns = {column.name: column for column in table.columns}
    wanted = {column.name: column for column in expected.columns}
    return {
        "kind": table.kind != expected.kind,
        "targets": [(target.name, target.labels) for target in table.targets]
        != [(target.name, target.labels) for target in expected.targets],
        "columns": {name: column.kind for name, column in columns.items()}
        != {name: column.kind for name, column in wanted.items()},
        "nulls": any(column.nullable > columns.get(name, column).nullable for name, column in wanted.items()),
    }
