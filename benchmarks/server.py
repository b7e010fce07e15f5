"""One server under measure: a process pinned to one processor, and what Linux says of it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.client import ask

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Target:
    """What to start and what to ask it.

    `request` is a whole HTTP request, `answer` a part of the right answer, `environ` is added to the environment, and
    `label` tells apart two ways of starting the same function.
    """

    name: str
    source: Path
    request: bytes
    answer: bytes
    environ: Mapping[str, str] = field(default_factory=dict)
    label: str = ""

    def __str__(self) -> str:
        return f"{self.name}{self.label}"


@dataclass(frozen=True)
class Running:
    """A started server: its process, its port, and what its start cost in seconds."""

    pid: int
    port: int
    first_answer: float
    cpu: float


@contextmanager
def started(target: Target, core: int, folder: Path) -> Iterator[Running]:
    """Start a server on one processor and wait for its first right answer.

    Args:
        target: what to start.
        core: the processor.
        folder: where it runs, and so where it leaves its log and its pictures.

    Raises:
        RuntimeError: no right answer within 30 seconds.
    """
    port = free_port()
    command = [
        *("taskset", "-c", str(core), str(Path(sys.executable).with_name("functions-framework"))),
        *("--target", target.name, "--source", str(target.source), "--host", "127.0.0.1", "--port", str(port)),
    ]
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=os.environ | dict(target.environ))
    try:
        _wait(target, process, port)
        elapsed = time.perf_counter() - begun
        yield Running(process.pid, port, elapsed, sum(map(_cpu, family(process.pid))))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _wait(target: Target, process: subprocess.Popen[bytes], port: int) -> None:
    limit = time.monotonic() + 30
    while time.monotonic() < limit and process.poll() is None:
        try:
            if target.answer in ask(port, target.request):
                return
        except ConnectionError:
            time.sleep(0.002)
    raise RuntimeError(f"{target.name}: no right answer to the first request")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def family(pid: int) -> list[int]:
    """A process and all of its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(one for child in children for one in family(int(child)))]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def proportional_memory(pid: int) -> float:
    """PSS of a process and its descendants, in MB (10**6 bytes)."""
    total = 0
    for one in family(pid):
        lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1024 / 1e6
