"""A catalogue in a bucket: read whole and in time, or the start stops."""

import json
import time
from collections.abc import Callable

import pytest

from shared.storage import bucket
from tests.buckets import Store, upload
from tests.catalogues import large
from tests.client import Client
from tests.gcs import Cut, Emulator, FakeGcs, Flip, Hang, Status
from tests.gcs_faults import Fault

NAME = "le fonds/livres 2026.json"
CONTENT = json.dumps(large(3000)).encode()


@pytest.fixture(autouse=True)
def fast_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "FIRST_PAUSE_SECONDS", 0.005)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, function: Callable[[str], Client]) -> Callable[..., Client]:
    def load(store: Store, seconds: str = "5") -> Client:
        monkeypatch.setenv("BOOKS_URI", f"gs://{store.bucket}/{NAME}")
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", store.address)
        monkeypatch.setenv("MODEL_PULL_SECONDS", seconds)
        return function("books")

    return load


def startup_error(serve: Callable[..., Client], gcs: FakeGcs, seconds: str = "5") -> str:
    with pytest.raises(SystemExit) as excinfo:
        serve(gcs, seconds)
    return str(excinfo.value.code).removeprefix(f"BOOKS_URI : gs://{gcs.bucket}/{NAME} : ")


def test_a_catalogue_in_a_bucket_is_served(
    serve: Callable[..., Client], storage: Emulator, capfd: pytest.CaptureFixture[str]
) -> None:
    assert len(CONTENT) > bucket.CHUNK_BYTES
    upload(storage, NAME, CONTENT)
    client = serve(storage)
    facts = client.get("/health/ready").get_json()
    assert (facts["source"], facts["books"]) == ("bucket", 3000)
    [line] = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith('{"sev')]
    assert line["severity"] == "INFO"
    assert (
        line["message"] == f"catalogue from gs://{storage.bucket}/{NAME}: 3000 books; skipped 0 (none); mended 0 (none)"
    )


@pytest.mark.parametrize("fault", [Status(503), Cut(), Flip()], ids=str)
def test_a_transient_fault_is_retried(serve: Callable[..., Client], gcs: FakeGcs, fault: Fault) -> None:
    gcs.put(NAME, CONTENT)
    gcs.fail(fault, NAME, times=2)
    client = serve(gcs)
    assert client.get("/health/ready").get_json()["books"] == 3000
    assert gcs.asked("GET", NAME) == 3


@pytest.mark.usefixtures("french")
def test_a_permanent_fault_stops_the_start_with_one_sentence(serve: Callable[..., Client], gcs: FakeGcs) -> None:
    missing = startup_error(serve, gcs)
    assert missing == f"{NAME} : 404, cet objet n'existe pas (No such object: {gcs.bucket}/{NAME})"
    gcs.put(NAME, CONTENT)
    gcs.fail(Status(403), NAME)
    assert startup_error(serve, gcs).startswith(f"{NAME} : 403, accès refusé par le bucket")


@pytest.mark.usefixtures("french")
def test_a_bucket_that_hangs_times_out(serve: Callable[..., Client], gcs: FakeGcs) -> None:
    gcs.put(NAME, CONTENT)
    gcs.fail(Hang(), NAME)
    start = time.monotonic()
    assert startup_error(serve, gcs, "0.3").startswith(f"{NAME} : le bucket n'a pas répondu à temps")
    assert time.monotonic() - start < 10


@pytest.mark.usefixtures("french")
def test_a_catalogue_over_the_limit_is_refused(serve: Callable[..., Client], gcs: FakeGcs) -> None:
    gcs.put(NAME, b" " * (32 * 1024 * 1024 + 1))
    assert startup_error(serve, gcs) == f"{NAME} : attendu : 33554432 octets au plus, reçu : davantage"
