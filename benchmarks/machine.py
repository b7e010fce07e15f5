"""A description of the machine: processor, system, versions. Without host name and paths."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("functions-framework", "gunicorn", "flask", "uvicorn", "starlette", "onnxruntime", "numpy", "msgspec")


def machine() -> str:
    """One line about the machine."""
    return f"{processor()}, {platform.machine()}, {os.cpu_count()} processors, {platform.system()}"


def processor(file: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name, from Linux."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def versions() -> str:
    """Versions of Python and of the packages that serve."""
    return ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)])
