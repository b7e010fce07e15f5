"""Start every function on its own port and print the addresses: `make serve`. Ctrl-C stops them all.

Needs only the functions' own requirements. Listens on this machine only.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.terminal import localize, say
from tools.package import ROOT, names

HOST = "127.0.0.1"
CARD = "/model/card"
"""Path of the model card: a page, but not the demo."""

START_TIMEOUT = 60
"""Time for a function to become ready, seconds."""


@dataclass(frozen=True)
class Server:
    """A started function."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """Its URL on this machine."""
        return f"http://localhost:{self.port}"


def main() -> int:
    """The command line; 1 if a function does not start, or stops by itself."""
    localize()
    text = (
        "Démarrer chaque fonction de ce dépôt sur son propre port.",
        "Start every function of this repository on its own port.",
    )
    parser = argparse.ArgumentParser(prog="python -m tools.serve", description=say(text))
    text = ("premier port ; un port occupé est sauté", "first port; one that is taken is skipped")
    parser.add_argument("--port", type=int, default=8081, help=say(text))
    first = parser.parse_args().port
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a script's background job ignores it
        signal.signal(number, signal.default_int_handler)
    return serve(first)


def serve(first: int) -> int:
    """Start every function from port `first` on, and wait until one stops; the exit code."""
    servers: list[Server] = []
    try:
        ports = dict(zip(names(), free_ports(first), strict=False))
        links = " ".join(f"{name}=http://localhost:{port}" for name, port in ports.items())
        servers.extend(start(name, port, links) for name, port in ports.items())
        failed = [server for server in servers if not wait_until_ready(server)]
        print(table(servers, failed), flush=True)
        while not failed:
            failed = [server for server in servers if server.process.poll() is not None]
            time.sleep(0.5)
    except KeyboardInterrupt:
        return 0
    finally:
        stop(servers)
    text = ("arrêté sans qu'on le demande : {names}", "stopped by itself: {names}")
    print(say(text, names=", ".join(server.name for server in failed)), file=sys.stderr)
    return 1


def start(name: str, port: int, links: str) -> Server:
    """Start one function under the Functions Framework.

    Args:
        name: the function.
        port: where it listens.
        links: value of SERVICE_URLS, the addresses of all functions.
    """
    command = [str(Path(sys.executable).with_name("functions-framework")), "--target", name, "--host", HOST]
    command += ["--source", str(ROOT / "functions" / name / "main.py"), "--port", str(port)]
    environ = {"SERVICE_URLS": links} | os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    return Server(name, port, subprocess.Popen(command, cwd=ROOT, env=environ))


def free_ports(first: int) -> Iterator[int]:
    """The free ports from `first` on."""
    for port in range(first, 65536):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        yield port


def wait_until_ready(server: Server) -> bool:
    """Whether the function becomes ready before it stops or `START_TIMEOUT` ends."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{server.port}/health/ready", timeout=5):
                return True
        except urllib.error.HTTPError as error:
            print(f"{server.name}: {error.read().decode()}", file=sys.stderr)
            return False
        except OSError:
            time.sleep(0.05)
    return False


def table(servers: Sequence[Server], failed: Sequence[Server]) -> str:
    """The addresses, aligned."""
    rows = [(say(("fonction", "function")), say(("adresse", "address")), "page", say(("état", "state")))]
    for server in servers:
        page = "" if server in failed else server.address + page_path(server)
        state = ("ÉCHEC", "FAILED") if server in failed else ("prête", "ready")
        rows.append((server.name, server.address, page, say(state)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def page_path(server: Server) -> str:
    """Path of the function's web page, from its OpenAPI document; "" if it has none."""
    with urllib.request.urlopen(f"http://{HOST}:{server.port}/openapi.json", timeout=5) as response:
        paths = json.load(response)["paths"]
    pages = {path for path, methods in paths.items() if "text/html" in str(methods.get("get", {}).get("responses"))}
    return min(pages - {CARD}, default="")


def stop(servers: Sequence[Server]) -> None:
    """Terminate every function's process and wait for its end; kill it after 15 seconds."""
    for server in servers:
        server.process.terminate()
    for server in servers:
        try:
            server.process.wait(15)
        except subprocess.TimeoutExpired:
            server.process.kill()


if __name__ == "__main__":
    sys.exit(main())
