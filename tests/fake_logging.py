"""A fake of Cloud Logging's REST API with injectable faults.

Source: Google Cloud documentation, Cloud Logging API v2, `entries.write` and `entries.list`.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Entry = dict[str, Any]
PAGE = 2
"""Maximum entries of one response: readers must follow the page tokens."""


class FakeLogging(ThreadingHTTPServer):
    """The server: its received entries and its faults.

    Attributes:
        entries: written entries, in order, each with `logName` and `resource`.
        stored: entries of every search, in order of time. Filters are ignored and recorded in `searches`.
        faults: statuses of the next responses, before requests succeed; 0 closes the connection.
        delay: delay of each response, in seconds; ends when `hurry` is set.
        calls: number of requests.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.entries: list[Entry] = []
        self.stored: list[Entry] = []
        self.searches: list[dict[str, Any]] = []
        self.faults: list[int] = []
        self.delay = 0.0
        self.hurry = threading.Event()
        self.calls = 0
        self.lock = threading.Lock()

    @property
    def host(self) -> str:
        """The value of LOGGING_EMULATOR_HOST."""
        return f"127.0.0.1:{self.server_port}"

    def wait_for(self, count: int, seconds: float = 60) -> list[Entry]:
        """Wait for `count` entries and return them.

        Raises:
            AssertionError: timeout.
        """
        limit = time.monotonic() + seconds
        while len(self.entries) < count:
            assert time.monotonic() < limit, f"{len(self.entries)} entries instead of {count}"
            time.sleep(0.01)
        return self.entries

    def handle_error(self, *_: object) -> None:
        """Ignore clients that disconnect."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeLogging

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.calls += 1
            fault = self.server.faults.pop(0) if self.server.faults else 200
        self.server.hurry.wait(self.server.delay)
        if fault == 0:
            self.close_connection = True
        elif fault != 200:
            self._answer(fault, {"error": {"code": fault, "message": f"refused: {asked}"}})
        elif self.path.startswith("/v2/entries:write"):
            shared = {"logName": asked.get("logName"), "resource": asked.get("resource")}
            self.server.entries += [shared | entry for entry in asked["entries"]]
            self._answer(200, {})
        else:
            self._answer(200, self._page(asked))

    def _page(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.server.searches.append(asked)
        start = int(asked.get("pageToken", 0))
        found = self.server.stored[:: -1 if asked["orderBy"] == "timestamp desc" else 1]
        more = {"nextPageToken": str(start + PAGE)} if start + PAGE < len(found) else {}
        return {"entries": found[start : start + PAGE]} | more

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002  # the name of the base class
        """Log nothing."""


@contextmanager
def fake_logging() -> Iterator[FakeLogging]:
    """A running server on a free port."""
    with FakeLogging() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.hurry.set()
            server.shutdown()
            thread.join()
