"""One measured server: its processes on one processor, their CPU time and memory as Linux counts them."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.bodies import Bulk
from benchmarks.client import fetch
from benchmarks.figures import PARTS
from shared.terminal import say

ROOT = Path(__file__).resolve().parent.parent
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
OUTPUT = "server.out"
"""File in the server's folder with its output."""

_PORT = re.compile(r"\{port(?::(\d))?\}")


@dataclass(frozen=True)
class Target:
    """A server to start, and its requests. `{port}`, `{port:1}` and `{port:2}` stand for free ports.

    Attributes:
        name: of the server.
        command: starts it; with `{port}`.
        request: a whole HTTP request.
        answer: a part of the right response to it.
        environ: variables added to the environment; with `{port}`.
        folder: working directory; a temporary one by default.
        start_timeout: time for the first response, seconds.
        bulk: requests with many rows, by figure.
        parts: some of `PARTS`: those to measure.
    """

    name: str
    command: tuple[str, ...]
    request: bytes
    answer: bytes
    environ: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    start_timeout: float = 30.0
    bulk: Mapping[str, Bulk] = field(default_factory=dict)
    parts: tuple[str, ...] = PARTS

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Running:
    """A started server: process, port, and seconds to the first response and of CPU time until then."""

    pid: int
    port: int
    first_answer: float
    cpu: float


def framework(function: str, source: Path) -> tuple[str, ...]:
    """The command that serves one function with this environment's Functions Framework."""
    command = str(Path(sys.executable).with_name("functions-framework"))
    return (command, "--target", function, "--source", str(source), "--host", "127.0.0.1", "--port", "{port}")


@contextmanager
def started(target: Target, core: int, folder: Path) -> Iterator[Running]:
    """Start a server on one processor, wait for its first right response, and stop it afterwards.

    Args:
        target: what to start.
        core: number of the processor.
        folder: of its output, and working directory unless the target has its own.

    Raises:
        RuntimeError: no right response within `target.start_timeout` seconds.
    """
    ports = [str(port) for port in free_ports(3)]
    port = int(ports[0])
    command = ["taskset", "-c", str(core), *(_fill_ports(part, ports) for part in target.command)]
    environ = {name: _fill_ports(value, ports) for name, value in target.environ.items()}
    with (folder / OUTPUT).open("wb") as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=target.folder or folder,
            env=os.environ | environ,
            stdout=output,
            stderr=output,
        )
        try:
            if not _is_answered(target, process, port):
                text = (
                    "{target} : pas de bonne réponse à la première requête\n{output}",
                    "{target}: no right answer to the first request\n{output}",
                )
                raise RuntimeError(say(text, target=target, output=_tail(folder / OUTPUT)))
            elapsed = time.perf_counter() - begun
            yield Running(process.pid, port, elapsed, sum(map(_cpu, process_tree(process.pid))))
        finally:
            _stop(process)


def _fill_ports(text: str, ports: list[str]) -> str:
    return _PORT.sub(lambda match: ports[int(match[1] or 0)], text)


def _is_answered(target: Target, process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + target.start_timeout
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            if target.answer in fetch(port, target.request):
                return True
        time.sleep(0.002)
    return False


def _tail(file: Path) -> str:
    """The last lines of a server's output."""
    return "\n".join(file.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate a server, kill it after 10 seconds, and kill its descendants."""
    descendants = process_tree(process.pid)[1:]
    process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    process.kill()
    process.wait()
    for pid in descendants:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def free_ports(count: int) -> list[int]:
    """Free TCP ports of 127.0.0.1."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def process_tree(pid: int) -> list[int]:
    """A process and all its descendants, started by any of its threads."""
    children: list[str] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has just ended
            children += task.read_text(encoding="ascii").split()
    return [pid, *(descendant for child in children for descendant in process_tree(int(child)))]


def _cpu(pid: int) -> float:
    """CPU time of a process and of its ended children, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / TICKS_PER_SECOND


def proportional_memory(pid: int) -> float:
    """PSS of a process and its descendants, in MB (10**6 bytes)."""
    total = 0
    for process in process_tree(pid):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1024 / 1e6
