"""Models in a bucket, for tests: objects written over plain HTTP, to the fake or to fake-gcs-server."""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import msgspec
import pytest

from shared.model.bundle import CURRENT, MANIFEST, Pointer, describe
from tests.client import Client
from tests.replay import ROOT
from tests.unit.bundles import change_manifest, copy_bundle

STUDENT = json.loads((ROOT / "functions/predire/examples/donnees.json").read_text("utf-8"))


class Store(Protocol):
    """A Cloud Storage server and a bucket on it."""

    @property
    def address(self) -> str: ...
    @property
    def bucket(self) -> str: ...


def upload(store: Store, name: str, content: bytes) -> None:
    """Write or overwrite an object."""
    address = f"{store.address}/upload/storage/v1/b/{store.bucket}/o?uploadType=media&name={quote(name, safe='')}"
    head = {"Content-Type": "application/octet-stream"}
    with urllib.request.urlopen(urllib.request.Request(address, content, head), timeout=10):  # noqa: S310
        pass


def publish(store: Store, folder: Path) -> str:
    """Upload the bundle in a folder and return its version. The pointer does not change."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    for file in folder.iterdir():
        upload(store, f"{manifest['name']}/{manifest['version']}/{file.name}", file.read_bytes())
    return str(manifest["version"])


def promote(store: Store, folder: Path, **changes: str) -> str:
    """Point to the version in a folder; `changes` overwrite fields of the pointer."""
    content = (folder / MANIFEST).read_bytes()
    manifest = json.loads(content)
    pointer = {"version": manifest["version"], "manifest_sha256": describe(content).sha256, "previous": None}
    facts: dict[str, Any] = {**pointer, "when": "2026-11-21T12:00:00Z", **changes}
    upload(store, f"{manifest['name']}/{CURRENT}", msgspec.json.encode(msgspec.convert(facts, Pointer)))
    return str(manifest["version"])


def variant(name: str, to: Path, label: str, **changes: Any) -> Path:
    """Another version of a committed bundle: same graphs, another manifest."""
    (to / label).mkdir(parents=True)
    folder = copy_bundle(name, to / label)
    change_manifest(folder, {"command": f"make train NAME={name} # {label}", **changes}, sealed=True)
    return folder


def bundle(name: str) -> Path:
    """The committed bundle."""
    return ROOT / "models" / name / "bundle"


def environment(store: Store, name: str, **more: str) -> Mapping[str, str]:
    """Environment variables for serving a model from the bucket."""
    return {"MODEL_URI": f"gs://{store.bucket}/{name}", "STORAGE_EMULATOR_HOST": store.address, **more}


def point_to(monkeypatch: pytest.MonkeyPatch, store: Store, name: str, **more: str) -> None:
    """Set these variables for the functions of a test."""
    for variable, value in environment(store, name, **more).items():
        monkeypatch.setenv(variable, value)


def ready(client: Client) -> dict[str, Any]:
    """The body of /health/ready."""
    body: dict[str, Any] = client.get("/health/ready").get_json()
    return body


def version_answered(client: Client) -> str:
    """The model version in a prediction of `predire`."""
    answer = client.post("/predire", json=STUDENT)
    assert answer.status_code == 200
    body = answer.get_json()
    version: str = (body[0] if isinstance(body, list) else body)["modele"]["version"]
    return version


def until(condition: Callable[[], object]) -> None:
    """Wait until the condition is true, 60 seconds at most."""
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)
