"""Start every function on its own port and print where they are: `make serve`. Ctrl-C stops them all.

Needs nothing beyond what the functions need. Listens on this machine only.
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

from tools.package import ROOT, names

HOST = "127.0.0.1"
CARD = "/model/card"
"""A page too, but not the one to try the function on."""

PATIENCE = 60
"""Seconds that a function has to become ready."""


@dataclass(frozen=True)
class Server:
    """A function that was started."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://localhost:{self.port}"


def main() -> int:
    """The command line; 1 where a function does not start or stops by itself."""
    parser = argparse.ArgumentParser(description="Start every function of this repository on its own port.")
    parser.add_argument("--port", type=int, default=8081, help="first port; one that is taken is passed over")
    first = parser.parse_args().port
    for ending in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a script's background has it ignored
        signal.signal(ending, signal.default_int_handler)
    return serve(first)


def serve(first: int) -> int:
    """Start every function from port `first` on, and wait until one stops."""
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
    print(f"stopped by itself: {', '.join(server.name for server in failed)}", file=sys.stderr)
    return 1


def start(name: str, port: int, links: str) -> Server:
    """Start one function under the Functions Framework; `links` are the addresses of all of them."""
    command = [str(Path(sys.executable).with_name("functions-framework")), "--target", name, "--host", HOST]
    command += ["--source", str(ROOT / "functions" / name / "main.py"), "--port", str(port)]
    environ = {"SERVICE_URLS": links} | os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    return Server(name, port, subprocess.Popen(command, cwd=ROOT, env=environ))


def free_ports(first: int) -> Iterator[int]:
    """The ports from `first` on that nobody listens on."""
    for port in range(first, 65536):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        yield port


def wait_until_ready(server: Server) -> bool:
    """Whether the function becomes ready before it stops or patience ends."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit and server.process.poll() is None:
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
    rows = [("function", "address", "page", "state")]
    for server in servers:
        state, page = ("FAILED", "") if server in failed else ("ready", server.address + page_path(server))
        rows.append((server.name, server.address, page, state))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def page_path(server: Server) -> str:
    """Where the function has its web page, as its own OpenAPI document says."""
    with urllib.request.urlopen(f"http://{HOST}:{server.port}/openapi.json", timeout=5) as answer:
        paths = json.load(answer)["paths"]
    pages = {path for path, methods in paths.items() if "text/html" in str(methods.get("get", {}).get("responses"))}
    return min(pages - {CARD}, default="")


def stop(servers: Sequence[Server]) -> None:
    """End every function by its own process, and wait until it has ended."""
    for server in servers:
        server.process.terminate()
    for server in servers:
        try:
            server.process.wait(15)
        except subprocess.TimeoutExpired:
            server.process.kill()


if __name__ == "__main__":
    sys.exit(main())
