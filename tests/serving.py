"""Starts functions with the command `functions-framework`, and stops them."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.replay import ROOT

FRAMEWORK = Path(sys.executable).with_name("functions-framework")


@dataclass(frozen=True)
class Server:
    """A running function."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def address(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> bytes:
        """The body of the response to a GET."""
        with urllib.request.urlopen(self.address + path, timeout=60) as answer:  # noqa: S310
            body: bytes = answer.read()
            return body

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the response to a POST of JSON."""
        return self.ask("POST", path, body)

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of the response to a request with an optional JSON body."""
        head = {"Content-Type": "application/json"} if body else {}
        request = urllib.request.Request(self.address + path, body or None, head, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def free_port() -> int:
    """A free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    target: str,
    cwd: Path,
    *,
    source: str | None = None,
    environ: Mapping[str, str] | None = None,
    framework: Path = FRAMEWORK,
) -> Iterator[Server]:
    """A function under `functions-framework`, ready for requests.

    Args:
        target: the function's name.
        cwd: working folder of the command, where the function writes its files.
        source: as for `--source`; by default the function's main.py, or no option if it is in `cwd`.
        environ: added to the environment.
        framework: path of the command, for another environment.
    """
    port = free_port()
    command = [str(framework), "--target", target, "--host", "127.0.0.1", "--port", str(port)]
    if source or not (cwd / "main.py").exists():
        command += ["--source", source or str(ROOT / "functions" / target / "main.py")]
    process = subprocess.Popen(command, cwd=cwd, env=os.environ | dict(environ or {}))
    server = Server(process, port)
    try:
        wait_until_live(server)
        yield server
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(60)


def wait_until_live(server: Server) -> None:
    """Wait for the first response.

    Raises:
        AssertionError: the process ended, or 120 seconds have passed.
    """
    wait_until_answered(f"{server.address}/health/live", server.process)


def wait_until_answered(
    url: str, process: subprocess.Popen[Any] | None = None, reason: Callable[[], object] = lambda: ""
) -> None:
    """Poll a URL until its status is 2xx.

    Args:
        url: polled.
        process: the server, if it is a child of this process: the wait ends with it.
        reason: gives details for the error, such as the server's output.

    Raises:
        AssertionError: the process ended, or 120 seconds have passed.
    """
    limit = time.monotonic() + 120
    while time.monotonic() < limit and (process is None or process.poll() is None):
        try:
            with urllib.request.urlopen(url, timeout=60):  # noqa: S310
                return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"no answer at {url}, exit code {process and process.poll()}: {reason()}")
