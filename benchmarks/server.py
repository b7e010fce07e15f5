"""One server under measure: processes pinned to one processor, their time and their memory as Linux counts them."""

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
from benchmarks.client import ask
from benchmarks.figures import PARTS

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
OUTPUT = "server.out"
"""File in the server's folder that keeps what it prints."""
_PORT = re.compile(r"\{port(?::(\d))?\}")


@dataclass(frozen=True)
class Target:
    """A server to start, and its requests.

    `command` and the values of `environ`, which is added to the environment, have a port where they say `{port}`, and
    other free ones where they say `{port:1}` and `{port:2}`. `request` is a whole HTTP request, `answer` a part of the
    right answer. `folder` is where it runs, a fresh one by default. `patience`: seconds to wait for the first answer.
    `bulk` are requests with many rows, by the figure that they are measured for; `parts` what is measured of it.
    """

    name: str
    command: tuple[str, ...]
    request: bytes
    answer: bytes
    environ: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    patience: float = 30.0
    bulk: Mapping[str, Bulk] = field(default_factory=dict)
    parts: tuple[str, ...] = PARTS

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Running:
    """A started server: its process, its port, and what its start cost in seconds."""

    pid: int
    port: int
    first_answer: float
    cpu: float


def framework(function: str, source: Path) -> tuple[str, ...]:
    """The command that serves one function with the Functions Framework of this environment."""
    command = str(Path(sys.executable).with_name("functions-framework"))
    return (command, "--target", function, "--source", str(source), "--host", "127.0.0.1", "--port", "{port}")


@contextmanager
def started(target: Target, core: int, folder: Path) -> Iterator[Running]:
    """Start a server on one processor, wait for its first right answer, and stop it afterwards.

    Args:
        target: what to start.
        core: the processor.
        folder: where it runs unless the target says where, and so where it leaves its log and its pictures.

    Raises:
        RuntimeError: no right answer within `target.patience` seconds.
    """
    ports = [str(port) for port in free_ports(3)]
    port = int(ports[0])
    command = ["taskset", "-c", str(core), *(_filled(part, ports) for part in target.command)]
    environ = {name: _filled(value, ports) for name, value in target.environ.items()}
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
            if not _answered(target, process, port):
                raise RuntimeError(f"{target}: no right answer to the first request\n{_end(folder / OUTPUT)}")
            elapsed = time.perf_counter() - begun
            yield Running(process.pid, port, elapsed, sum(map(_cpu, family(process.pid))))
        finally:
            _stop(process)


def _filled(text: str, ports: list[str]) -> str:
    return _PORT.sub(lambda place: ports[int(place[1] or 0)], text)


def _answered(target: Target, process: subprocess.Popen[bytes], port: int) -> bool:
    limit = time.monotonic() + target.patience
    while time.monotonic() < limit and process.poll() is None:
        with suppress(OSError):
            if target.answer in ask(port, target.request):
                return True
        time.sleep(0.002)
    return False


def _end(file: Path) -> str:
    """The last lines that a server printed."""
    return "\n".join(file.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a server to end; after 10 seconds end it. Its descendants end with it."""
    descendants = family(process.pid)[1:]
    process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    process.kill()
    process.wait()
    for pid in descendants:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def free_ports(count: int) -> list[int]:
    """TCP ports of 127.0.0.1 that nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def family(pid: int) -> list[int]:
    """A process and all of its descendants, whichever of its threads started them."""
    children: list[str] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has just ended
            children += task.read_text(encoding="ascii").split()
    return [pid, *(one for child in children for one in family(int(child)))]


def _cpu(pid: int) -> float:
    """Seconds of the processor, those of children that have ended with them."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / TICKS


def proportional_memory(pid: int) -> float:
    """PSS of a process and its descendants, in MB (10**6 bytes)."""
    total = 0
    for one in family(pid):
        lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1024 / 1e6
