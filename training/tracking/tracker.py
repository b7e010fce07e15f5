"""Records trainings in MLflow: parameters, metrics, data sets and the bundle.

MLflow is imported only with --mlflow, and its telemetry is off.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.model.bundle import Bundle
from shared.terminal import say
from training.contract import Options, Trained
from training.datasets import ROOT
from training.errors import CommandError
from training.tracking.record import RunRecord, datasets, record_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_LOGGING_LEVEL": "WARNING"}
TIMEOUTS = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
"""Retries and timeout of a request, in seconds. MLflow's defaults retry a silent server for minutes."""
MOST_PARAMETERS = 100
"""Largest number of parameters in one request."""

NO_ANSWER = (
    (
        "MLflow ne répond pas à {uri} ({reason}) : rien n'a été entraîné. Vérifiez MLFLOW_TRACKING_URI, ou entraînez "
        "sans --mlflow."
    ),
    (
        "MLflow does not answer at {uri} ({reason}): nothing was trained. Check MLFLOW_TRACKING_URI, or train without "
        "--mlflow."
    ),
)
NOT_INSTALLED = (
    "--mlflow demande MLflow, qui n'est pas installé : « make install » l'installe. Rien n'a été entraîné.",
    "--mlflow needs MLflow, which is not installed: `make install` installs it. Nothing was trained.",
)
NOT_RECORDED = (
    "le paquet {version} est installé dans {folder}, mais MLflow ({uri}) n'a pas tout enregistré : {reason}.",
    "bundle {version} is installed in {folder}, but MLflow ({uri}) did not record everything: {reason}.",
)
ON_SERVER = ("Suivi MLflow : exécution {run}, {uri}", "MLflow: run {run}, {uri}")
IN_FILE = (
    "Suivi MLflow : exécution {run}. Pour la voir : mlflow ui --backend-store-uri {uri}",
    "MLflow: run {run}. To see it: mlflow ui --backend-store-uri {uri}",
)


class TrackingError(CommandError):
    """MLflow is not installed, does not answer, or refused a run."""


@dataclass(frozen=True, slots=True)
class Tracker:
    """A tracking store that answered.

    Attributes:
        client: MLflow's client of the store.
        uri: the store's address.
        artifacts: the folder of the files of new experiments; None: the store decides.
        started: time of the connection, in milliseconds since 1970.
    """

    client: "MlflowClient"
    uri: str
    artifacts: str | None
    started: int


def connect(environ: Mapping[str, str] = os.environ) -> Tracker:
    """Connect to MLFLOW_TRACKING_URI, else to a SQLite file at the project's root, with one request as a test.

    Raises:
        TrackingError: MLflow is not installed, or the store does not answer.
    """
    configured = environ.get("MLFLOW_TRACKING_URI")
    uri = configured or f"sqlite:///{ROOT / 'mlflow.db'}"
    client_of = _client()
    try:
        client = client_of(uri)
        client.search_experiments(max_results=1)
    except Exception as error:
        raise TrackingError(NO_ANSWER, uri=without_password(uri), reason=_reason(error, uri)) from error
    return Tracker(client, uri, None if configured else (ROOT / "mlartifacts").as_uri(), _now())


def _client() -> "type[MlflowClient]":
    os.environ.update(QUIET)
    for name, value in TIMEOUTS.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient  # noqa: PLC0415 - takes two seconds
    except ImportError as error:
        raise TrackingError(NOT_INSTALLED) from error
    return MlflowClient


def log(tracker: Tracker, trained: Trained, options: Options, bundle: Bundle, folder: Path) -> str:
    """Record an installed bundle, with one child run for each candidate; returns the identifier of its run.

    Args:
        tracker: the store.
        trained: the content of the bundle.
        options: the options that it was trained with.
        bundle: as read back from `folder`.
        folder: where it was installed.

    Raises:
        TrackingError: the store refused; the bundle stays where it is.
    """
    manifest = bundle.manifest
    try:
        experiment = _experiment(tracker, manifest.name)
        with _run(tracker, experiment, record_of(manifest, trained, options)) as run:
            tracker.client.log_inputs(run, datasets(manifest.data))
            tracker.client.log_artifacts(run, str(folder), "bundle")
            for name, figures in trained.compared.items():
                tags = {"mlflow.parentRunId": run}
                with _run(tracker, experiment, RunRecord(name, tags, {"model": name}, figures)):
                    pass
    except Exception as error:
        reason, uri = _reason(error, tracker.uri), without_password(tracker.uri)
        raise TrackingError(NOT_RECORDED, version=manifest.version, folder=folder, uri=uri, reason=reason) from error
    return run


def where(tracker: Tracker, run: str) -> str:
    """A sentence that says where to see a run."""
    if urlsplit(tracker.uri).scheme in {"http", "https"}:
        return say(ON_SERVER, run=run, uri=without_password(tracker.uri))
    return say(IN_FILE, run=run, uri=without_password(tracker.uri).replace(f"{ROOT}{os.sep}", ""))


def without_password(uri: str) -> str:
    """An address without its user name and password."""
    place = urlsplit(uri).netloc
    return uri.replace(place, place.rpartition("@")[2], 1) if "@" in place else uri


def _reason(error: Exception, uri: str) -> str:
    """The first line of a library's message; MLflow quotes the address with its password."""
    text = str(error).replace(uri.rstrip("/"), without_password(uri).rstrip("/"))
    return (text.splitlines() or [type(error).__name__])[0][:200]


def _now() -> int:
    """Time, in milliseconds since 1970."""
    return int(time.time() * 1000)


def _experiment(tracker: Tracker, name: str) -> str:
    experiment = tracker.client.get_experiment_by_name(name)
    if experiment is not None:
        return str(experiment.experiment_id)
    location = None if tracker.artifacts is None else f"{tracker.artifacts}/{name}"
    return str(tracker.client.create_experiment(name, artifact_location=location))


@contextmanager
def _run(tracker: Tracker, experiment: str, record: RunRecord) -> Iterator[str]:
    """A run that starts with the training and ends with the block, as failed after an exception or Ctrl-C."""
    created = tracker.client.create_run(experiment, start_time=tracker.started, run_name=record.name, tags=record.tags)
    run = str(created.info.run_id)
    try:
        _fill(tracker, run, record)
        yield run
    except BaseException:
        with suppress(Exception):  # the first exception is the one to report
            tracker.client.set_terminated(run, "FAILED")
        raise
    tracker.client.set_terminated(run)


def _fill(tracker: Tracker, run: str, record: RunRecord) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415 - see `_client`

    parameters = [Param(name, value) for name, value in record.parameters.items()]
    metrics = [Metric(name, value, _now(), 0) for name, value in record.metrics.items()]
    tracker.client.log_batch(run, metrics=metrics)
    for first in range(0, len(parameters), MOST_PARAMETERS):
        tracker.client.log_batch(run, params=parameters[first : first + MOST_PARAMETERS])
