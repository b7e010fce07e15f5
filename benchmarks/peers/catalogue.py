"""The peers: packages, command, request format, and place of the classes in the response."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.bodies import named_irises

HERE = Path(__file__).resolve().parent
NEWEST = ("3.13", "3.12", "3.11")
Rows = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Peer:
    """One tool.

    Attributes:
        name: of its folder here.
        title: for people.
        packages: whose versions are reported.
        command: runs in the program's folder, with the environment's Python first in PATH; `{port}` is filled in.
        path: of the prediction.
        body: rows of four lengths in cm -> JSON of a request.
        classes: JSON of a response -> classes.
        pythons: versions that it supports, preferred one first.
        environ: variables that it needs; `{port}` is filled in.
    """

    name: str
    title: str
    packages: tuple[str, ...]
    command: tuple[str, ...]
    path: str
    body: Callable[[Rows], Any]
    classes: Callable[[Any], list[int]]
    pythons: tuple[str, ...] = NEWEST
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The peer's requirements and program."""
        return HERE / self.name


def flat_tensor(rows: Rows) -> dict[str, Any]:
    """Rows as one flat array, in the V2 protocol."""
    data = [value for row in rows for value in row]
    return {"inputs": [{"name": "rows", "shape": [len(rows), 4], "datatype": "FP64", "data": data}]}


PEERS = (
    Peer(
        "fastapi",
        "FastAPI + uvicorn",
        ("fastapi", "uvicorn", "scikit-learn"),
        ("uvicorn", "app:app", "--host", "127.0.0.1", "--port", "{port}"),
        "/predict",
        lambda rows: {"rows": rows},
        lambda answer: list(answer["classes"]),
    ),
    Peer(
        "litserve",
        "LitServe",
        ("litserve", "scikit-learn"),
        ("python", "app.py", "{port}"),
        "/predict",
        lambda rows: {"input": rows},
        lambda answer: list(answer["output"]),
    ),
    Peer(
        "bentoml",
        "BentoML",
        ("bentoml", "scikit-learn"),
        ("bentoml", "serve", "app:Irises", "--host", "127.0.0.1", "--port", "{port}"),
        "/predict",
        lambda rows: {"rows": rows},
        list,
        environ={"BENTOML_DO_NOT_TRACK": "True"},
    ),
    Peer(
        "mlserver",
        "MLServer",
        ("mlserver", "scikit-learn"),
        ("mlserver", "start", "."),
        "/v2/models/iris/infer",
        flat_tensor,
        lambda answer: list(answer["outputs"][0]["data"]),
        pythons=("3.12", "3.11"),
        environ={
            "MLSERVER_HOST": "127.0.0.1",
            "MLSERVER_HTTP_PORT": "{port}",
            "MLSERVER_GRPC_PORT": "{port:1}",
            "MLSERVER_METRICS_PORT": "{port:2}",
        },
    ),
    Peer(
        "mlflow",
        "MLflow",
        ("mlflow", "scikit-learn"),
        (
            *("mlflow", "models", "serve", "--model-uri", "model", "--env-manager", "local"),
            *("--host", "127.0.0.1", "--port", "{port}", "--workers", "1"),
        ),
        "/invocations",
        lambda rows: {"inputs": rows},
        lambda answer: list(answer["predictions"]),
        environ={"MLFLOW_DISABLE_TELEMETRY": "true"},
    ),
    Peer(
        "plain",
        "plain function",
        ("functions-framework", "scikit-learn"),
        ("functions-framework", "--target", "predict", "--source", "app.py", "--host", "127.0.0.1", "--port", "{port}"),
        "/",
        named_irises,
        lambda answer: list(answer["result"]),
    ),
)
