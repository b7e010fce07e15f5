"""A proxy that changes the responses of a running function, to imitate a bad revision."""

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
    """A proxy and the changes that it makes.

    Attributes:
        behind: URL of the real function.
        address: URL of the proxy.
        change: the path and the real response -> the response.
        token: the `Authorization` that it requires; "" for none.
        starting: number of the next requests that get a 503.
    """

    behind: str
    address: str = ""
    change: Callable[[str, Reply], Reply] = lambda _, reply: reply
    token: str = ""
    starting: int = 0

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes, str]:
        """Status, body and request identifier of a response."""
        if self.starting > 0:
            self.starting -= 1
            return 503, b"no instance yet", ""
        if request.headers.get("Authorization", "") != self.token:
            return 403, b"who are you?", ""
        forwarded = ("accept-language", "content-type")
        headers = {name: value for name, value in request.headers.items() if name.lower() in forwarded}
        inner = urllib.request.Request(self.behind + request.path, body or None, headers, method=request.command)  # noqa: S310
        try:
            with urllib.request.urlopen(inner, timeout=60) as response:  # noqa: S310
                status, content = response.status, response.read()
                identifier = response.headers["X-Request-Id"]
        except urllib.error.HTTPError as error:
            status, content, identifier = error.code, error.read(), error.headers["X-Request-Id"]
        return *self.change(request.path, (status, content)), identifier


@contextmanager
def proxying(behind: str) -> Iterator[Proxy]:
    """A proxy without changes."""
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
