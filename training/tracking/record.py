"""What MLflow is told of a training, made from the bundle's manifest."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.model.bundle import Data, Manifest
from training.contract import Options, Trained

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

LONGEST_DIGEST = 36
"""MLflow's limit, in characters. The tags have every checksum whole."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run: its name, what it is found by, what was asked, what came out."""

    name: str
    tags: dict[str, str]
    parameters: dict[str, str]
    metrics: dict[str, float]


def facts(manifest: Manifest, trained: Trained, options: Options) -> RunRecord:
    """The run of a bundle. Its metrics are named `role/figure`."""
    asked = {"seed": str(options.seed), "quick": str(options.quick)}
    thresholds = {f"threshold.{name}": str(value) for name, value in manifest.thresholds.items()}
    return RunRecord(
        name=f"{manifest.name} {manifest.version}",
        tags=_tags(manifest),
        parameters=asked | trained.parameters | thresholds,
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
    """One dataset a file, as MLflow shows them beside a run."""
    from mlflow.entities import Dataset, DatasetInput  # noqa: PLC0415 - imported only when tracking is asked for

    source = json.dumps({"title": data.title, "source": data.source, "licence": data.licence}, ensure_ascii=False)
    profile = json.dumps({"num_rows": data.rows})
    return [
        DatasetInput(Dataset(file, digest[:LONGEST_DIGEST], "public", source, profile=profile))
        for file, digest in data.sha256.items()
    ]
