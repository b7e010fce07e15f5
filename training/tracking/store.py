"""Trainings recorded in MLflow: what was asked, what came out, and the data that it came from.

MLflow is imported when it is asked for, and never says anything about its user.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from shared.model.bundle import Bundle
from training.contract import Options, Trained
from training.datasets import ROOT
from training.tracking.record import RunRecord, datasets, facts

if TYPE_CHECKING:
    from mlflow import MlflowClient

QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_LOGGING_LEVEL": "WARNING"}
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
"""MLflow's own would try a silent server for minutes."""
MOST_PARAMETERS = 100
"""In one request."""
SHOW = "mlflow ui --backend-store-uri"


class TrackingError(click.ClickException):
    """MLflow is not installed, does not answer, or refused a run."""


@dataclass(frozen=True, slots=True)
class Tracker:
    """A store that answered. `artifacts` is where new experiments keep their files, None where the store decides."""

    client: "MlflowClient"
    uri: str
    artifacts: str | None
    started: int


def connect(environ: Mapping[str, str] = os.environ) -> Tracker:
    """The store of MLFLOW_TRACKING_URI, or a SQLite file at the project's root; asked once, before a long training.

    Raises:
        TrackingError: MLflow is not installed, or the store does not answer.
    """
    given = environ.get("MLFLOW_TRACKING_URI")
    uri = given or f"sqlite:///{ROOT / 'mlflow.db'}"
    client_of = _client()
    try:
        client = client_of(uri)
        client.search_experiments(max_results=1)
    except Exception as error:
        raise TrackingError(
            f"MLflow ne répond pas à {shown(uri)} ({_brief(error, uri)}) : rien n'a été entraîné. Vérifiez "
            "MLFLOW_TRACKING_URI, ou entraînez sans --mlflow."
        ) from error
    return Tracker(client, uri, None if given else (ROOT / "mlartifacts").as_uri(), _now())


def _client() -> "type[MlflowClient]":
    os.environ.update(QUIET)
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient  # noqa: PLC0415 - two seconds that nobody waits for who did not ask
    except ImportError as error:
        raise TrackingError(
            "--mlflow demande MLflow, qui n'est pas installé : « make install » l'installe. Rien n'a été entraîné."
        ) from error
    return MlflowClient


def log(tracker: Tracker, trained: Trained, options: Options, bundle: Bundle, folder: Path) -> str:
    """Record the bundle that was installed in `folder`, and return the identifier of its run.

    Raises:
        TrackingError: the store refused; the bundle stays where it is.
    """
    manifest = bundle.manifest
    try:
        experiment = _experiment(tracker, manifest.name)
        with _run(tracker, experiment, facts(manifest, trained, options)) as run:
            tracker.client.log_inputs(run, datasets(manifest.data))
            tracker.client.log_artifacts(run, str(folder), "bundle")
            for name, figures in trained.compared.items():
                tags = {"mlflow.parentRunId": run}
                with _run(tracker, experiment, RunRecord(name, tags, {"model": name}, figures)):
                    pass
    except Exception as error:
        raise TrackingError(
            f"le paquet {manifest.version} est installé dans {folder}, mais MLflow ({shown(tracker.uri)}) n'a pas tout "
            f"enregistré : {_brief(error, tracker.uri)}."
        ) from error
    return run


def where(tracker: Tracker, run: str) -> str:
    """A sentence that says how to see a run."""
    if urlsplit(tracker.uri).scheme in {"http", "https"}:
        return f"Suivi MLflow : exécution {run}, {shown(tracker.uri)}"
    uri = shown(tracker.uri).replace(f"{ROOT}{os.sep}", "")
    return f"Suivi MLflow : exécution {run}. Pour la voir : {SHOW} {uri}"


def shown(uri: str) -> str:
    """The address without the name and the password that it may carry."""
    place = urlsplit(uri).netloc
    return uri.replace(place, place.rpartition("@")[2], 1) if "@" in place else uri


def _brief(error: Exception, uri: str) -> str:
    """The first line of what a library says; MLflow quotes the address, password included."""
    text = str(error).replace(uri.rstrip("/"), shown(uri).rstrip("/"))
    return (text.splitlines() or [type(error).__name__])[0][:200]


def _now() -> int:
    """Milliseconds since 1970, as MLflow counts."""
    return int(time.time() * 1000)


def _experiment(tracker: Tracker, name: str) -> str:
    found = tracker.client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    place = None if tracker.artifacts is None else f"{tracker.artifacts}/{name}"
    return str(tracker.client.create_experiment(name, artifact_location=place))


@contextmanager
def _run(tracker: Tracker, experiment: str, known: RunRecord) -> Iterator[str]:
    """A run that began when the training did, and ends with the block: failed, if an exception or Ctrl-C ends that."""
    made = tracker.client.create_run(experiment, start_time=tracker.started, run_name=known.name, tags=known.tags)
    run = str(made.info.run_id)
    try:
        _fill(tracker, run, known)
        yield run
    except BaseException:
        with suppress(Exception):  # what came first is what is told
            tracker.client.set_terminated(run, "FAILED")
        raise
    tracker.client.set_terminated(run)


def _fill(tracker: Tracker, run: str, known: RunRecord) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415 - see `_client`

    parameters = [Param(name, value) for name, value in known.parameters.items()]
    metrics = [Metric(name, value, _now(), 0) for name, value in known.metrics.items()]
    tracker.client.log_batch(run, metrics=metrics)
    for first in range(0, len(parameters), MOST_PARAMETERS):
        tracker.client.log_batch(run, params=parameters[first : first + MOST_PARAMETERS])
