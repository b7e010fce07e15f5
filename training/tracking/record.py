"""The MLflow run of a training, made from the bundle's manifest."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.model.bundle import Data, Manifest
from training.contract import Options, Trained

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

LONGEST_DIGEST = 36
"""Longest digest that MLflow stores, in characters. The tags have every checksum in full."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run: its name, its tags, the parameters of the training, and the metrics of its result."""

    name: str
    tags: dict[str, str]
    parameters: dict[str, str]
    metrics: dict[str, float]


def record_of(manifest: Manifest, trained: Trained, options: Options) -> RunRecord:
    """The run of a bundle; its metrics are named `role/metric`.

    Args:
        manifest: of the bundle.
        trained: the content of the bundle.
        options: the options that it was trained with.
    """
    chosen = {"seed": str(options.seed), "quick": str(options.quick)}
    thresholds = {f"threshold.{name}": str(value) for name, value in manifest.thresholds.items()}
    return RunRecord(
        name=f"{manifest.name} {manifest.version}",
        tags=_tags(manifest),
        parameters=chosen | trained.parameters | thresholds,
        metrics=_metrics(manifest),
    )


def _tags(manifest: Manifest) -> dict[str, str]:
    data = {f"data.sha256.{file}": digest for file, digest in manifest.data.sha256.items()}
    libraries = {f"library.{name}": version for name, version in manifest.libraries.items()}
    return {"version": manifest.version, "command": manifest.command} | data | libraries


def _metrics(manifest: Manifest) -> dict[str, float]:
    return {
        f"{role}/{name}": value
        for role, graph in manifest.graphs.items()
        for name, value in (graph.metrics | {f"parity.{key}": value for key, value in graph.parity.items()}).items()
    }


def datasets(data: Data) -> "list[DatasetInput]":
    """One MLflow dataset for each data file."""
    from mlflow.entities import Dataset, DatasetInput  # noqa: PLC0415 - imported only with --mlflow

    source = json.dumps({"title": data.title, "source": data.source, "licence": data.licence}, ensure_ascii=False)
    profile = json.dumps({"num_rows": data.rows})
    return [
        DatasetInput(Dataset(file, digest[:LONGEST_DIGEST], "public", source, profile=profile))
        for file, digest in data.sha256.items()
    ]
