"""Memory and processor use: of the container if it has limits, else of the machine.

Source: Linux kernel documentation, "Control Group v2" (memory.current, memory.stat, memory.max, cpu.stat, cpu.max) and
"cgroup-v1" (memory.usage_in_bytes, memory.limit_in_bytes, cpuacct.usage, cpu.cfs_quota_us).
"""

import time
from collections.abc import Callable
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
INTERVAL = 0.1
"""Time over which processor use is measured, in seconds."""

NO_LIMIT = 1 << 60
"""Lowest value that means an unlimited memory, in bytes: cgroup v1 then reports a number close to 2**63."""


def read(root: Path = CGROUP) -> dict[str, str]:
    """Memory and processor use, as whole percentages: `{"memory": "65%", "cpu": "45%"}`.

    Args:
        root: mount point of the control groups.
    """
    return {"memory": f"{round(_memory(root))}%", "cpu": f"{round(_cpu(root))}%"}


def _memory(root: Path) -> float:
    limit = _first_number(root, ("memory.max", "memory/memory.limit_in_bytes"))
    if limit is None or limit >= NO_LIMIT:
        return _machine_memory()
    used = _first_number(root, ("memory.current", "memory/memory.usage_in_bytes")) or 0
    cache = (
        _stat(root / "memory.stat", "inactive_file") or _stat(root / "memory/memory.stat", "total_inactive_file") or 0
    )
    return min(100.0, 100.0 * max(0, used - cache) / limit)


def _cpu(root: Path) -> float:
    cores = _cores(root)
    if cores is None:
        return _machine_cpu()
    busy_cores = _rate(lambda: _cpu_seconds(root))
    return min(100.0, 100.0 * busy_cores / cores)


def _cores(root: Path) -> float | None:
    """Number of processors that the container may use; None if unlimited."""
    quota = (_text(root / "cpu.max") or "max").split()
    if quota[0] == "max":
        period = _first_number(root, ("cpu/cpu.cfs_period_us",))
        allowed = _first_number(root, ("cpu/cpu.cfs_quota_us",))
        return allowed / period if allowed and period and allowed > 0 else None
    return int(quota[0]) / int(quota[1])


def _cpu_seconds(root: Path) -> float:
    microseconds = _stat(root / "cpu.stat", "usage_usec")
    if microseconds is not None:
        return microseconds / 1e6
    return (_first_number(root, ("cpuacct/cpuacct.usage", "cpu,cpuacct/cpuacct.usage", "cpu/cpuacct.usage")) or 0) / 1e9


def _rate(counter: Callable[[], float]) -> float:
    count, start = counter(), time.monotonic()
    time.sleep(INTERVAL)
    return (counter() - count) / (time.monotonic() - start)


def _machine_memory() -> float:
    import psutil  # noqa: PLC0415  # keeps startup fast

    return float(psutil.virtual_memory().percent)


def _machine_cpu() -> float:
    import psutil  # noqa: PLC0415  # keeps startup fast

    return float(psutil.cpu_percent(interval=INTERVAL))


def _first_number(root: Path, names: tuple[str, ...]) -> int | None:
    texts = (_text(root / name) for name in names)
    return next((int(text) for text in texts if text and text.lstrip("-").isdigit()), None)


def _stat(file: Path, key: str) -> int | None:
    for line in (_text(file) or "").splitlines():
        name, _, value = line.partition(" ")
        if name == key:
            return int(value)
    return None


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return None
