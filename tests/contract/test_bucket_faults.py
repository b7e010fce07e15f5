"""Bucket faults, one by one: the response, the log, and the model that serves.

Each fault occurs at a start with the embedded model as fallback, at a start without fallback, and at a refresh.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from shared.model.bundle import MANIFEST, describe
from shared.storage import bucket
from tests.buckets import bundle, environment, promote, publish, ready, until, variant
from tests.client import Client
from tests.conftest import Lines
from tests.gcs import Cut, FakeGcs, Flip, Hang, Status
from tests.replay import ROOT
from tests.unit.bundles import change_manifest

Load = Callable[[str], Client]
NAME = "predict_species"
FLOWERS = json.loads((ROOT / "functions/predict_species/examples/iris.json").read_text("utf-8"))
EMBEDDED = json.loads((bundle(NAME) / MANIFEST).read_bytes())["version"]
POINTER = f"{NAME}/current.json"


@dataclass(frozen=True)
class Fault:
    """A fault of the bucket.

    Attributes:
        name: shown by pytest.
        inject: causes the fault, given the bucket and the folder of the promoted version.
        french: message in /health/ready.
        english: message in the log.
        seconds: MODEL_PULL_SECONDS; long enough for a busy machine, unless the timeout is the fault.
    """

    name: str
    inject: Callable[[FakeGcs, Path], object]
    french: str
    english: str
    seconds: str = "60"

    def __str__(self) -> str:
        return self.name


def version_in(folder: Path) -> str:
    version: str = json.loads((folder / MANIFEST).read_bytes())["version"]
    return version


def remove(gcs: FakeGcs, name: str) -> None:
    gcs.objects.delete(gcs.bucket, name, None, {})


def flip_stored(gcs: FakeGcs, folder: Path) -> None:
    """Flip a bit of the stored object, so that the bucket's checksum matches the wrong content."""
    name = f"{NAME}/{version_in(folder)}/model.onnx"
    content = bytearray(gcs.read(name))
    content[100] ^= 1
    gcs.put(name, bytes(content))


def forge_manifest(gcs: FakeGcs, folder: Path) -> None:
    """Promote a manifest with the hash of another graph and the right version, and a pointer with its hash."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    files = {**manifest["files"], "model.onnx": msgspec.to_builtins(describe(b"x" * 1291))}
    change_manifest(folder, {"files": files}, sealed=True)
    publish(gcs, folder)
    promote(gcs, folder)


def exchange_manifest(gcs: FakeGcs, folder: Path) -> None:
    gcs.put(f"{NAME}/{version_in(folder)}/{MANIFEST}", (bundle(NAME) / MANIFEST).read_bytes())


def truncate_pointer(gcs: FakeGcs, _: Path) -> None:
    gcs.put(POINTER, gcs.read(POINTER)[:40])


def cut_download(gcs: FakeGcs, _: Path) -> None:
    gcs.fail(Cut(), "model.onnx")


FAULTS = [
    Fault(
        "bucket missing",
        lambda gcs, _: gcs.objects._buckets.clear(),
        f"{POINTER} : 404, le bucket n'existe pas",
        f"{POINTER}: 404, the bucket does not exist (The specified bucket does not exist.)",
    ),
    Fault(
        "pointer missing",
        lambda gcs, _: remove(gcs, POINTER),
        f"{POINTER} : 404, cet objet n'existe pas",
        f"{POINTER}: 404, there is no such object (No such object: augure-test/{POINTER})",
    ),
    Fault(
        "graph missing",
        lambda gcs, folder: remove(gcs, f"{NAME}/{version_in(folder)}/model.onnx"),
        "{graph} : 404, cet objet n'existe pas",
        "{graph}: 404, there is no such object (No such object: augure-test/{graph})",
    ),
    Fault(
        "403",
        lambda gcs, _: gcs.fail(Status(403)),
        f"{POINTER} : 403, accès refusé par le bucket",
        f"{POINTER}: 403, access denied by the bucket",
    ),
    Fault(
        "429",
        lambda gcs, _: gcs.fail(Status(429)),
        f"{POINTER} : 429, trop de requêtes au bucket",
        f"{POINTER}: 429, too many requests to the bucket",
    ),
    Fault(
        "503",
        lambda gcs, _: gcs.fail(Status(503), MANIFEST),
        "{manifest} : 503, le bucket est indisponible",
        "{manifest}: 503, the bucket is unavailable",
    ),
    Fault(
        "connection cut in mid-download",
        cut_download,
        "{graph} : la connexion au bucket a échoué (IncompleteRead)",
        "{graph}: the connection to the bucket failed (IncompleteRead)"
        " (IncompleteRead(645 bytes read, 646 more expected))",
    ),
    Fault(
        "byte flipped in transit",
        lambda gcs, _: gcs.fail(Flip(), "model.onnx"),
        "{graph} : sha256 model.onnx : attendu {right}, reçu {wrong}",
        "{graph}: sha256 model.onnx: expected {right}, got {wrong}",
    ),
    Fault(
        "byte flipped in the bucket",
        flip_stored,
        "sha256 model.onnx : attendu {right}, reçu {wrong}",
        "sha256 model.onnx: expected {right}, got {wrong}",
    ),
    Fault(
        "manifest with a wrong hash",
        forge_manifest,
        "sha256 model.onnx : attendu {forged}, reçu {right}",
        "sha256 model.onnx: expected {forged}, got {right}",
    ),
    Fault(
        "manifest of another version",
        exchange_manifest,
        "sha256 manifest.json : attendu {promoted}, reçu {embedded}",
        "sha256 manifest.json: expected {promoted}, got {embedded}",
    ),
    Fault(
        "pointer truncated",
        truncate_pointer,
        "current.json illisible : Input data was truncated",
        "current.json cannot be read: Input data was truncated (Input data was truncated)",
    ),
    Fault(
        "bucket that hangs",
        lambda gcs, _: gcs.fail(Hang()),
        f"{POINTER} : le bucket n'a pas répondu à temps",
        f"{POINTER}: the bucket did not answer in time",
        seconds="0.7",
    ),
]


@pytest.fixture(autouse=True)
def fast_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "FIRST_PAUSE_SECONDS", 0.005)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The promoted version."""
    return variant(NAME, tmp_path / "versions", "second")


def expected_message(text: str, gcs: FakeGcs, folder: Path) -> str:
    """The message of a fault, with the names and hashes of this test's version."""
    version = version_in(folder)
    manifest, graph = f"{NAME}/{version}/{MANIFEST}", f"{NAME}/{version}/model.onnx"
    content = (bundle(NAME) / "model.onnx").read_bytes()
    stored = gcs.objects._buckets.get(gcs.bucket, {}).get(graph)
    altered = stored.content if stored else content
    if altered == content:
        middle = len(content) // 2
        altered = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    return text.format(
        manifest=manifest,
        graph=graph,
        right=describe(content).sha256,
        wrong=describe(altered).sha256,
        forged=describe(b"x" * 1291).sha256,
        promoted=describe((folder / MANIFEST).read_bytes()).sha256,
        embedded=describe((bundle(NAME) / MANIFEST).read_bytes()).sha256,
    )


def warnings(capfd: pytest.CaptureFixture[str]) -> list[str]:
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    return [line["message"] for line in lines if line["severity"] != "INFO"]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_at_the_start_serves_the_embedded_model(
    fault: Fault,
    gcs: FakeGcs,
    folder: Path,
    function: Load,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    log_lines: Lines,
) -> None:
    publish(gcs, folder)
    promote(gcs, folder)
    fault.inject(gcs, folder)
    for name, value in environment(gcs, NAME, MODEL_PULL_SECONDS=fault.seconds).items():
        monkeypatch.setenv(name, value)
    gcs.requests.clear()
    client = function(NAME)
    limit = 1 if fault.name == "bucket that hangs" else bucket.ATTEMPTS + 2  # each attempt times out after 5 s
    assert gcs.asked() <= limit
    assert client.post("/predict_species", json=FLOWERS).status_code == 200
    assert ready(client) == {
        "status": "ready",
        "model": {"nom": NAME, "version": EMBEDDED},
        "source": "embedded",
        "fallback": expected_message(fault.french, gcs, folder),
    }
    sentence = expected_message(fault.english, gcs, folder)
    [warning] = warnings(capfd)
    assert warning.startswith(f"model {NAME} from gs://augure-test/{NAME} refused: {sentence}")
    assert [line["model"]["version"] for line in log_lines()] == [EMBEDDED]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_without_a_fallback_is_503_until_the_bucket_recovers(
    fault: Fault,
    gcs: FakeGcs,
    folder: Path,
    function: Load,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    log_lines: Lines,
) -> None:
    publish(gcs, folder)
    promote(gcs, folder)
    objects = dict(gcs.objects.within(gcs.bucket))
    fault.inject(gcs, folder)
    settings = {"MODEL_PULL_SECONDS": fault.seconds, "MODEL_FALLBACK": "none", "MODEL_REFRESH_SECONDS": "0.01"}
    for name, value in environment(gcs, NAME, **settings).items():
        monkeypatch.setenv(name, value)
    client = function(NAME)
    answer = client.post("/predict_species", json=FLOWERS)
    body = answer.get_json()
    reason = expected_message(fault.french, gcs, folder)
    assert (answer.status_code, body["code"], body["detail"]) == (
        503,
        "not_ready",
        f"le modèle n'est pas prêt : {reason}",
    )
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").status_code == 200
    sentence = expected_message(fault.english, gcs, folder)
    gcs.heal()
    gcs.objects._buckets = {gcs.bucket: objects}
    until(lambda: client.get("/health/ready").status_code == 200)
    assert client.post("/predict_species", json=FLOWERS).status_code == 200
    assert (ready(client)["source"], ready(client)["model"]["version"]) == ("bucket", gcs_version(gcs))
    first, *rest = warnings(capfd)
    assert first.startswith(f"model {NAME} from gs://augure-test/{NAME} refused: {sentence}")
    assert len(rest) <= 1  # healing ends the connection of a request that hangs
    assert [line["status"] for line in log_lines()] == [503, 200]
    assert log_lines()[0]["model"] is None


def gcs_version(gcs: FakeGcs) -> str:
    version: str = json.loads(gcs.read(POINTER))["version"]
    return version


def slowest(client: Client) -> float:
    """The time of the slowest response, in seconds, while several refreshes fall due."""
    start, worst = time.monotonic(), 0.0
    while time.monotonic() - start < 0.15:
        sent = time.monotonic()
        assert client.post("/predict_species", json=FLOWERS).status_code == 200
        worst = max(worst, time.monotonic() - sent)
    return worst


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_at_a_refresh_keeps_the_old_model(
    fault: Fault,
    gcs: FakeGcs,
    folder: Path,
    function: Load,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """No request fails or waits. Refreshes that fail for the same reason log one warning."""
    first = variant(NAME, tmp_path / "versions", "first")
    publish(gcs, first)
    old = promote(gcs, first)
    settings = {"MODEL_PULL_SECONDS": fault.seconds, "MODEL_REFRESH_SECONDS": "0.05"}
    for name, value in environment(gcs, NAME, **settings).items():
        monkeypatch.setenv(name, value)
    client = function(NAME)
    publish(gcs, folder)
    gcs.fail(Status(404), "GET .*current.json")  # until the second version and its fault are in place
    promote(gcs, folder)
    objects = dict(gcs.objects.within(gcs.bucket))
    fault.inject(gcs, folder)
    gcs.faults._rules.pop(0)
    reason = expected_message(fault.french, gcs, folder)
    until(lambda: ready(client).get("stale") == reason)
    assert min(slowest(client) for _ in range(3)) < 0.3  # a busy machine may delay one run of three
    body = ready(client)
    assert (body["source"], body["model"]["version"], body["stale"]) == ("bucket", old, reason)
    sentence = expected_message(fault.english, gcs, folder)
    [warning] = [line for line in warnings(capfd) if "404, there is no such object ({" not in line]  # see above
    assert warning.startswith(f"model {NAME} from gs://augure-test/{NAME} refused: {sentence}")
    gcs.heal()
    gcs.objects._buckets = {gcs.bucket: objects}
    until(lambda: ready(client)["model"]["version"] == gcs_version(gcs))
    assert "stale" not in ready(client)


@pytest.mark.parametrize(
    ("fault", "where"),
    [
        (Status(408), "current.json"),
        (Status(429, {"Retry-After": "0"}), "manifest.json"),
        (Status(500), "model.onnx"),
        (Status(503), ""),
        (Cut(0.9), "model.onnx"),
        (Cut(0.1), "manifest.json"),
        (Flip(), "model.onnx"),
        (Flip(), "manifest.json"),
        (Flip(), "current.json"),
    ],
    ids=str,
)
def test_a_transient_fault_passes_at_the_third_attempt(
    fault: Status | Cut | Flip,
    where: str,
    gcs: FakeGcs,
    folder: Path,
    function: Load,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    publish(gcs, folder)
    version = promote(gcs, folder)
    gcs.requests.clear()
    gcs.fail(fault, where, times=2)
    for name, value in environment(gcs, NAME).items():
        monkeypatch.setenv(name, value)
    client = function(NAME)
    assert client.post("/predict_species", json=FLOWERS).status_code == 200
    assert ready(client) == {"status": "ready", "model": {"nom": NAME, "version": version}, "source": "bucket"}
    assert len(gcs.requests) == 5
    assert warnings(capfd) == []
