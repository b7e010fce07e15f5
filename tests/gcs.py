"""Cloud Storage for tests: an in-process fake with injectable faults, and the server `fake-gcs-server`.

The fake serves the JSON API on 127.0.0.1. `google-cloud-storage` finds it through STORAGE_EMULATOR_HOST, which a test
sets to `gcs.address`; other clients use plain HTTP.

    def test_a_request_that_fails_twice_is_retried(gcs, monkeypatch):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.address)
        gcs.put("predire/current.json", b"{}")
        gcs.fail(Status(503), "current.json", times=2)
        ...
        assert gcs.asked("GET", "current.json") == 3
"""

import json
import os
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

from tests.gcs_faults import Cut, Delay, Fault, Faults, Flip, Hang, Lost, Meanwhile, Request, Rule, Status
from tests.gcs_http import Handler, Upload
from tests.gcs_objects import Objects, Stored
from tests.serving import free_port, wait_until_answered

__all__ = ["Cut", "Delay", "Emulator", "FakeGcs", "Flip", "Hang", "Lost", "Meanwhile", "Status", "fake", "peer"]
PEER = "fake-gcs-server"


@dataclass(frozen=True)
class Emulator:
    """A server of the JSON API, and an existing bucket on it."""

    address: str
    bucket: str

    def create(self) -> None:
        """Create the bucket."""
        body = json.dumps({"name": self.bucket}).encode()
        request = urllib.request.Request(  # noqa: S310
            f"{self.address}/storage/v1/b?project=test", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            pass


class FakeGcs:
    """The fake, with one bucket.

    Attributes:
        address: `http://127.0.0.1:PORT`.
        bucket: the bucket's name.
        objects: the stored objects.
        requests: every request since the start or the last `requests.clear()`.
        token: if set, a request without this bearer token gets a 401.
    """

    def __init__(self, port: int, bucket: str) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.bucket = bucket
        self.objects = Objects()
        self.objects.create(bucket)
        self.uploads: dict[str, Upload] = {}
        self.requests: list[Request] = []
        self.faults = Faults()
        self.healed = Event()
        self.token: str | None = None

    def put(self, name: str, content: bytes) -> Stored:
        """Write an object directly into the bucket."""
        return self.objects.insert(self.bucket, name, content)

    def read(self, name: str) -> bytes:
        """The content of an object. Raises: Refused."""
        return self.objects.get(self.bucket, name).content

    def names(self) -> list[str]:
        """The names of all objects."""
        return sorted(self.objects.within(self.bucket))

    def fail(self, fault: Fault, where: str = "", *, times: int | None = None, skip: int = 0) -> None:
        """Add a fault.

        Args:
            fault: the fault.
            where: a regular expression searched in "METHOD /decoded/path object/name", for uploads too.
            times: number of failing requests; None: all.
            skip: number of matching requests that succeed first.
        """
        self.faults.add(Rule(fault, re.compile(where), times, skip))

    def fail_if(self, decide: Callable[[Request], Fault | None]) -> None:
        """Add a function that returns the fault of a request, or None."""
        self.faults.add(decide)

    def heal(self) -> None:
        """Remove every fault; hanging requests end (their connection closes)."""
        self.faults.clear()
        self.healed.set()
        self.healed = Event()

    def asked(self, method: str = "", where: str = "") -> int:
        """Number of requests of this method whose "path name" matches the regular expression `where`."""
        return len(
            [
                request
                for request in list(self.requests)
                if request.method.startswith(method) and re.search(where, f"{request.path} {request.name}")
            ]
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


@contextmanager
def fake(bucket: str = "augure-test") -> Iterator[FakeGcs]:
    """A running fake with this bucket, on a free port."""
    server = _Server(("127.0.0.1", 0), Handler)
    running = FakeGcs(server.server_port, bucket)
    server.RequestHandlerClass = type("BoundHandler", (Handler,), {"fake": running})
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.heal()
        server.shutdown()
        server.server_close()
        thread.join()


def peer_command() -> str | None:
    """The path of fake-gcs-server: on PATH, or in the folder of `go install`."""
    places = [
        os.environ.get("GOBIN", ""),
        *(f"{place}/bin" for place in os.environ.get("GOPATH", "").split(os.pathsep)),
    ]
    search = [os.environ.get("PATH", ""), *places, str(Path("~/go/bin").expanduser())]
    return shutil.which(PEER, path=os.pathsep.join(place for place in search if place))


@contextmanager
def peer() -> Iterator[str]:
    """A running fake-gcs-server with its objects in memory; yields its address."""
    command, port = peer_command(), free_port()
    assert command, f"{PEER} is not installed"
    where = f"127.0.0.1:{port}"
    options = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory", "-log-level", "error"]
    options += ["-public-host", where, "-external-url", f"http://{where}"]
    process = subprocess.Popen([command, *options])
    try:
        wait_until_answered(f"http://{where}/storage/v1/b?project=test", process)
        yield f"http://{where}"
    finally:
        process.terminate()
        process.wait(10)
