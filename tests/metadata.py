"""A fake of Cloud Run's metadata server, which issues access tokens of the service account."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from shared.storage import credentials


class Metadata:
    """The state of the server: its token, and the number of requests in `asked`."""

    def __init__(self) -> None:
        self.token, self.lifetime, self.status, self.asked, self.address = "ya29.first", 3600, 200, 0, ""


@contextmanager
def metadata_server() -> Iterator[Metadata]:
    """A running metadata server on 127.0.0.1."""
    state = Metadata()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked += 1
            right = self.path == credentials.TOKEN and self.headers["Metadata-Flavor"] == "Google"
            body = {"access_token": state.token, "expires_in": state.lifetime, "token_type": "Bearer"}
            self.send_response(state.status if right else 403)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
