"""Stands before a running function and changes what comes through, as a bad revision would."""

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Reply = tuple[int, bytes]


@dataclass
class Proxy:
    """How requests are changed on their way.

    Attributes:
        behind: address of the real function.
        address: where the proxy answers.
        change: given the path and the real answer, what is answered instead.
        token: the `Authorization` that it asks for; "" for none.
        starting: how many requests it still answers with 503.
    """

    behind: str
    address: str = ""
    change: Callable[[str, Reply], Reply] = lambda _, reply: reply
    token: str = ""
    starting: int = 0

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes, str]:
        """Status, body and request identifier."""
        if self.starting > 0:
            self.starting -= 1
            return 503, b"no instance yet", ""
        if request.headers.get("Authorization", "") != self.token:
            return 403, b"who are you?", ""
        kept = ("accept-language", "content-type")
        headers = {name: value for name, value in request.headers.items() if name.lower() in kept}
        asked = urllib.request.Request(self.behind + request.path, body or None, headers, method=request.command)  # noqa: S310
        try:
            with urllib.request.urlopen(asked, timeout=60) as real:  # noqa: S310
                status, content, identifier = real.status, real.read(), real.headers["X-Request-Id"]
        except urllib.error.HTTPError as error:
            status, content, identifier = error.code, error.read(), error.headers["X-Request-Id"]
        return *self.change(request.path, (status, content)), identifier


@contextmanager
def proxying(behind: str) -> Iterator[Proxy]:
    """A proxy that changes nothing until it is told to."""
    proxy = Proxy(behind)

    class Handler(BaseHTTPRequestHandler):
        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content, identifier = proxy.answer(self, body)
            self.send_response(status)
            self.send_header("X-Request-Id", identifier)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = forward  # noqa: N815 - the standard library's names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
