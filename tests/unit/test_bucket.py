"""`shared.storage.bucket` by itself: size limits, retries, deadlines, connections."""

import contextlib
import socket
import time
from collections.abc import Iterator
from email.message import Message
from threading import Event, Thread

import pytest

from shared.errors import BucketError
from shared.storage import bucket
from shared.storage.bucket import Bucket, open_bucket, split_uri
from shared.storage.credentials import Anonymous
from tests.gcs import Cut, Delay, Emulator, FakeGcs, Hang, Lost, Status


def open_client(store: Emulator | FakeGcs) -> Bucket:
    return open_bucket(store.bucket, store.address, "", {})


def read(client: Bucket, name: str = "a", limit: int = 2_000_000, seconds: float = 5) -> bytes:
    return client.read(name, limit, time.monotonic() + seconds, bytes)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The seconds of each sleep, recorded and not slept."""
    recorded: list[float] = []
    monkeypatch.setattr(time, "sleep", recorded.append)
    yield recorded
    monkeypatch.undo()


def test_an_object_reads_back_and_its_name_is_taken(storage: Emulator) -> None:
    client, content = open_client(storage), bytes(range(256)) * 4096
    client.create("dossier/é.bin", content, "application/octet-stream", time.monotonic() + 5)
    assert read(client, "dossier/é.bin", len(content)) == content
    with pytest.raises(BucketError, match=r"^dossier/é\.bin: 412, this name is taken$"):
        client.create("dossier/é.bin", b"other", "application/octet-stream", time.monotonic() + 5)
    assert read(client, "dossier/é.bin") == content
    with pytest.raises(BucketError, match=r"^autre: 404, there is no such object$"):
        read(client, "autre")


@pytest.mark.parametrize(("limit", "fits"), [(1000, True), (999, False), (0, False)])
def test_an_object_over_the_limit_is_refused(limit: int, fits: bool, storage: Emulator) -> None:  # noqa: FBT001
    client = open_client(storage)
    client.create("a", b"x" * 1000, "text/plain", time.monotonic() + 5)
    if fits:
        assert read(client, limit=limit) == b"x" * 1000
    else:
        with pytest.raises(BucketError, match=f"a: expected: at most {limit} bytes, got: more"):
            read(client, limit=limit)
    assert read(client) == b"x" * 1000


def test_retry_delays_double_until_the_last_attempt(gcs: FakeGcs, pauses: list[float]) -> None:
    gcs.fail(Status(503))
    with pytest.raises(BucketError, match="a: 503, the bucket is unavailable"):
        read(open_client(gcs), seconds=60)
    assert gcs.asked("GET") == bucket.ATTEMPTS
    for count, pause in enumerate(pauses):
        longest = bucket.FIRST_PAUSE_SECONDS * 2**count
        assert longest / 2 <= pause <= longest
    assert len(pauses) == bucket.ATTEMPTS - 1


def test_retry_after_sets_the_delay(gcs: FakeGcs, pauses: list[float]) -> None:
    gcs.put("a", b"content")
    gcs.fail(Status(429, {"Retry-After": "7"}), times=1)
    assert read(open_client(gcs), seconds=60) == b"content"
    assert pauses == [7.0]


def test_a_retry_after_beyond_the_deadline_ends_the_retries(gcs: FakeGcs, pauses: list[float]) -> None:
    gcs.fail(Status(429, {"Retry-After": "100"}))
    with pytest.raises(BucketError, match="a: 429, too many requests to the bucket"):
        read(open_client(gcs), seconds=50)
    assert pauses == []
    assert gcs.asked("GET") == 1


@pytest.mark.parametrize("status", [301, 400, 403, 404, 412])
def test_a_permanent_error_is_not_retried(status: int, gcs: FakeGcs) -> None:
    gcs.fail(Status(status))
    with pytest.raises(BucketError, match=f"a: {status}, "):
        read(open_client(gcs))
    assert gcs.asked("GET") == 1


@pytest.mark.parametrize("fault", [Hang(), Delay(3)], ids=str)
def test_one_deadline_covers_all_attempts(fault: Hang | Delay, gcs: FakeGcs) -> None:
    gcs.put("a", b"content")
    gcs.fail(fault)
    with pytest.raises(BucketError, match="a: the bucket did not answer in time"):
        read(open_client(gcs), seconds=0.3)
    assert gcs.asked("GET") <= 1  # a second attempt would exceed the deadline


def test_a_client_works_after_an_error_or_a_lost_connection(gcs: FakeGcs) -> None:
    gcs.put("a", b"content")
    client = open_client(gcs)
    for fault in (Status(404), Cut(0.3), Lost()):
        gcs.fail(fault, times=1)
        if isinstance(fault, Status):
            with pytest.raises(BucketError):
                read(client)
        assert read(client) == b"content"
    client.close()
    assert read(client) == b"content"


def test_one_connection_serves_all_requests(gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch) -> None:
    gcs.put("a", b"content")
    client, connections = open_client(gcs), []
    original_connect = client._connect

    def connect() -> object:
        connections.append(1)
        return original_connect()

    monkeypatch.setattr(client, "_connect", connect)
    assert [read(client) for _ in range(5)] == [b"content"] * 5
    assert len(connections) == 1


def test_a_refused_connection_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "ATTEMPTS", 1)
    with pytest.raises(BucketError, match=r"a: the connection to the bucket failed \(Connection refused\)"):
        read(Bucket("seau", "127.0.0.1:1", Anonymous()), seconds=30)


@pytest.mark.parametrize(
    ("encoding", "altered"), [("identity", True), ("gzip", False)], ids=["stored as is", "decompressed in transit"]
)
def test_the_checksum_covers_the_stored_bytes(encoding: str, altered: bool) -> None:  # noqa: FBT001
    headers = Message()
    headers["x-goog-hash"] = "crc32c=AAAAAA==,md5=XrY7u+Ae7tCTyyK7j1rNww=="
    headers["x-goog-stored-content-encoding"] = encoding
    assert bucket._is_corrupt(b"something else", headers) == altered
    assert not bucket._is_corrupt(b"hello world", headers)
    assert not bucket._is_corrupt(b"anything", Message())


@pytest.mark.parametrize(
    ("uri", "expected"),
    [("gs://b/m/v", ("b", "m/v")), ("gs://b/m/", ("b", "m")), ("gs://b", ("b", ""))],
)
def test_a_uri_splits_into_bucket_and_object(uri: str, expected: tuple[str, str]) -> None:
    assert split_uri(uri) == expected


def test_a_trickling_response_ends_at_the_deadline() -> None:
    """Each byte arrives within the socket's timeout; the whole response never does."""
    sent: list[int] = []
    done = Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            with contextlib.suppress(OSError), server.accept()[0] as connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while len(sent) < 1000 and not done.wait(0.05):
                    connection.sendall(b"x")
                    sent.append(1)

        thread = Thread(target=trickle)
        thread.start()
        client = open_bucket("seau", f"127.0.0.1:{server.getsockname()[1]}", "", {})
        start = time.monotonic()
        with pytest.raises(BucketError, match="did not answer in time"):
            read(client, seconds=0.5)
        assert time.monotonic() - start < 4
        assert len(sent) < 1000
        done.set()
        thread.join()
