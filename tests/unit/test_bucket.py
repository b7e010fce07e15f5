"""The reader of buckets by itself: sizes, pauses, deadlines, connections."""

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


def opened(store: Emulator | FakeGcs) -> Bucket:
    return open_bucket(store.bucket, store.address, "", {})


def read(reader: Bucket, name: str = "a", limit: int = 2_000_000, seconds: float = 5) -> bytes:
    return reader.read(name, limit, time.monotonic() + seconds, bytes)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The pauses that would have been made."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    yield made
    monkeypatch.undo()


def test_what_is_written_is_read(storage: Emulator) -> None:
    reader, content = opened(storage), bytes(range(256)) * 4096
    reader.create("dossier/é.bin", content, "application/octet-stream", time.monotonic() + 5)
    assert read(reader, "dossier/é.bin", len(content)) == content
    with pytest.raises(BucketError, match=r"^dossier/é\.bin: 412, this name is taken$"):
        reader.create("dossier/é.bin", b"other", "application/octet-stream", time.monotonic() + 5)
    assert read(reader, "dossier/é.bin") == content
    with pytest.raises(BucketError, match=r"^autre: 404, there is no such object$"):
        read(reader, "autre")


@pytest.mark.parametrize(("limit", "fits"), [(1000, True), (999, False), (0, False)])
def test_an_object_may_not_be_larger_than_its_limit(limit: int, fits: bool, storage: Emulator) -> None:  # noqa: FBT001
    reader = opened(storage)
    reader.create("a", b"x" * 1000, "text/plain", time.monotonic() + 5)
    if fits:
        assert read(reader, limit=limit) == b"x" * 1000
    else:
        with pytest.raises(BucketError, match=f"a: expected: at most {limit} bytes, got: more"):
            read(reader, limit=limit)
    assert read(reader) == b"x" * 1000


def test_pauses_grow_and_end(gcs: FakeGcs, pauses: list[float]) -> None:
    gcs.fail(Status(503))
    with pytest.raises(BucketError, match="a: 503, the bucket is unavailable"):
        read(opened(gcs), seconds=60)
    assert gcs.asked("GET") == bucket.ATTEMPTS
    for count, pause in enumerate(pauses):
        whole = bucket.FIRST_PAUSE_SECONDS * 2**count
        assert whole / 2 <= pause <= whole
    assert len(pauses) == bucket.ATTEMPTS - 1


def test_the_bucket_may_ask_for_a_longer_pause(gcs: FakeGcs, pauses: list[float]) -> None:
    gcs.put("a", b"content")
    gcs.fail(Status(429, {"Retry-After": "7"}), times=1)
    assert read(opened(gcs), seconds=60) == b"content"
    assert pauses == [7.0]


def test_a_pause_beyond_the_deadline_is_not_made(gcs: FakeGcs, pauses: list[float]) -> None:
    gcs.fail(Status(429, {"Retry-After": "100"}))
    with pytest.raises(BucketError, match="a: 429, too many requests to the bucket"):
        read(opened(gcs), seconds=50)
    assert pauses == []
    assert gcs.asked("GET") == 1


@pytest.mark.parametrize("status", [301, 400, 403, 404, 412])
def test_what_will_not_pass_is_asked_once(status: int, gcs: FakeGcs) -> None:
    gcs.fail(Status(status))
    with pytest.raises(BucketError, match=f"a: {status}, "):
        read(opened(gcs))
    assert gcs.asked("GET") == 1


@pytest.mark.parametrize("fault", [Hang(), Delay(3)], ids=str)
def test_a_deadline_holds_over_all_attempts(fault: Hang | Delay, gcs: FakeGcs) -> None:
    gcs.put("a", b"content")
    gcs.fail(fault)
    with pytest.raises(BucketError, match="a: the bucket did not answer in time"):
        read(opened(gcs), seconds=0.3)
    assert gcs.asked("GET") <= 1  # which would have been answered, or given up and made again


def test_a_refusal_leaves_the_connection_of_use(gcs: FakeGcs) -> None:
    gcs.put("a", b"content")
    reader = opened(gcs)
    for fault in (Status(404), Cut(0.3), Lost()):
        gcs.fail(fault, times=1)
        if isinstance(fault, Status):
            with pytest.raises(BucketError):
                read(reader)
        assert read(reader) == b"content"
    reader.close()
    assert read(reader) == b"content"


def test_one_connection_serves_all_requests(gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch) -> None:
    gcs.put("a", b"content")
    reader, opening = opened(gcs), []
    true_connect = reader._connect

    def connect() -> object:
        opening.append(1)
        return true_connect()

    monkeypatch.setattr(reader, "_connect", connect)
    assert [read(reader) for _ in range(5)] == [b"content"] * 5
    assert len(opening) == 1


def test_nobody_listens() -> None:
    with pytest.raises(BucketError, match=r"a: the connection to the bucket failed \(Connection refused\)"):
        read(Bucket("seau", "127.0.0.1:1", Anonymous()), seconds=0.3)


@pytest.mark.parametrize(
    ("encoding", "altered"), [("identity", True), ("gzip", False)], ids=["as it is stored", "decompressed on its way"]
)
def test_the_checksum_is_that_of_the_stored_bytes(encoding: str, altered: bool) -> None:  # noqa: FBT001
    headers = Message()
    headers["x-goog-hash"] = "crc32c=AAAAAA==,md5=XrY7u+Ae7tCTyyK7j1rNww=="
    headers["x-goog-stored-content-encoding"] = encoding
    assert bucket._is_corrupt(b"something else", headers) == altered
    assert not bucket._is_corrupt(b"hello world", headers)
    assert not bucket._is_corrupt(b"anything", Message())


@pytest.mark.parametrize(
    ("uri", "parts"),
    [("gs://b/m/v", ("b", "m/v")), ("gs://b/m/", ("b", "m")), ("gs://b", ("b", ""))],
)
def test_address(uri: str, parts: tuple[str, str]) -> None:
    assert split_uri(uri) == parts


def test_a_bucket_that_trickles_keeps_to_the_deadline() -> None:
    """Each byte comes in time for the socket, and the whole never does."""
    sent: list[int] = []
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            with contextlib.suppress(OSError), server.accept()[0] as connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while len(sent) < 1000 and not over.wait(0.05):
                    connection.sendall(b"x")
                    sent.append(1)

        thread = Thread(target=trickle)
        thread.start()
        reader = open_bucket("seau", f"127.0.0.1:{server.getsockname()[1]}", "", {})
        begun = time.monotonic()
        with pytest.raises(BucketError, match="did not answer in time"):
            read(reader, seconds=0.5)
        assert time.monotonic() - begun < 4
        assert len(sent) < 1000
        over.set()
        thread.join()
