"""Memory and processor use, from control groups of both versions and from a machine without limits."""

import re
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from functions.predict_digit import system_info

GIB = 1 << 30


def write_control_groups(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


V2 = {
    "memory.max": f"{GIB}\n",
    "memory.current": f"{GIB * 3 // 4}\n",
    "memory.stat": f"anon 1\ninactive_file {GIB // 4}\n",
    "cpu.max": "200000 100000\n",
    "cpu.stat": "usage_usec 0\n",
}
V1 = {
    "memory/memory.limit_in_bytes": f"{GIB}\n",
    "memory/memory.usage_in_bytes": f"{GIB // 2}\n",
    "memory/memory.stat": f"total_inactive_file {GIB // 4}\n",
    "cpu/cpu.cfs_quota_us": "50000\n",
    "cpu/cpu.cfs_period_us": "100000\n",
    "cpuacct/cpuacct.usage": "0\n",
}


@pytest.mark.parametrize(("files", "memory"), [(V2, "50%"), (V1, "25%")])
def test_an_idle_container_uses_memory_and_no_processor(files: Mapping[str, str], memory: str, tmp_path: Path) -> None:
    assert system_info.read(write_control_groups(tmp_path, files)) == {"memory": memory, "cpu": "0%"}


@pytest.mark.parametrize(
    ("files", "counter", "per_second", "percent"),
    [(V2, "cpu.stat", "usage_usec {:.0f}", 50), (V1, "cpuacct/cpuacct.usage", "{:.0f}000", 100)],
)
def test_a_busy_container_is_measured_against_its_quota(
    files: Mapping[str, str], counter: str, per_second: str, percent: int, tmp_path: Path
) -> None:
    """One processor in full use: half of a quota of two; all of a quota of half, capped at 100 %."""
    root = write_control_groups(tmp_path, files)
    stop = threading.Event()

    def count() -> None:
        start = time.monotonic()
        while not stop.wait(0.002):
            temporary = root / "next"
            temporary.write_text(per_second.format((time.monotonic() - start) * 1e6))
            temporary.replace(root / counter)

    worker = threading.Thread(target=count)
    worker.start()
    try:
        cpu = int(system_info.read(root)["cpu"].rstrip("%"))
    finally:
        stop.set()
        worker.join()
    assert cpu == pytest.approx(percent, abs=15)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"memory.max": "max\n", "cpu.max": "max 100000\n"},
        {
            "memory/memory.limit_in_bytes": "9223372036854771712\n",
            "cpu/cpu.cfs_quota_us": "-1\n",
            "cpu/cpu.cfs_period_us": "100000\n",
        },
    ],
)
def test_without_limits_the_whole_machine_is_measured(files: Mapping[str, str], tmp_path: Path) -> None:
    facts = system_info.read(write_control_groups(tmp_path, files))
    assert re.fullmatch(r"[1-9]\d?%|100%", facts["memory"])
    assert re.fullmatch(r"\d{1,3}%", facts["cpu"])
