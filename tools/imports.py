"""The modules that a function has loaded at its first answer: `make imports` writes them to functions/NAME/imports.txt.

Each costs the start, which people wait for where a service scales to zero. The test of that list fails when one is
added, and says what it costs; a module that is meant to be there is written into the list by this command.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.serving import FRAMEWORK, Server, free_port, wait_until_live
from tools.examples import ROOT, cases
from tools.package import names

FILE = "imports.txt"
_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


def loaded(name: str) -> dict[str, float]:
    """Start a function with the real command, and ask it once: the milliseconds of each import by itself, by module.

    Raises:
        RuntimeError: its first example was not answered.
    """
    case = next(case for case in cases(ROOT / "functions" / name) if case.status == 200)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "imports")
        server = _started(name, Path(folder), log)
        try:
            wait_until_live(server)
            status, _ = server.ask(case.method, case.path, case.body)
            text = log.read_text(encoding="utf-8")
        finally:
            server.process.terminate()
            server.process.wait(30)
    if status != 200:
        raise RuntimeError(f"{name}: {case} was answered {status}")
    return {module: int(micro) / 1000 for micro, module in _LINE.findall(text)}


def _started(name: str, folder: Path, log: Path) -> Server:
    port = free_port()
    command = [sys.executable, "-X", "importtime", str(FRAMEWORK), "--target", name, "--host", "127.0.0.1"]
    command += ["--port", str(port), "--source", str(ROOT / "functions" / name / "main.py")]
    environ = {**os.environ, "REQUEST_LOG": "off", "SAVED_IMAGES_URI": "off"}
    with log.open("w", encoding="utf-8") as errors:
        return Server(subprocess.Popen(command, cwd=folder, env=environ, stderr=errors), port)


def listed(name: str) -> tuple[str, set[str]]:
    """The Python that a list was written by (`3.13`), and its modules."""
    first, *modules = (ROOT / "functions" / name / FILE).read_text(encoding="utf-8").splitlines()
    return first.rpartition(" ")[2], set(modules)


def added(name: str, found: dict[str, float]) -> dict[str, float]:
    """What `found` has more than the list. Under another Python than the list's, packages count and not modules."""
    python, known = listed(name)
    if python == python_version():
        return {module: cost for module, cost in found.items() if module not in known}
    packages = {module.partition(".")[0] for module in known} | sys.stdlib_module_names
    return {module: cost for module, cost in found.items() if module.partition(".")[0] not in packages}


def python_version() -> str:
    """Of this process, as `3.13`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def main() -> None:
    """Write the lists, and print what each function imports by package."""
    parser = argparse.ArgumentParser(description="List what functions have imported at their first answer.")
    parser.add_argument("name", nargs="*", help=f"of {', '.join(names())} (default: all)")
    for name in parser.parse_args().name or names():
        begun = time.perf_counter()
        found = loaded(name)
        file = ROOT / "functions" / name / FILE
        text = "\n".join([f"# modules at the first answer, under Python {python_version()}", *sorted(found)])
        file.write_text(f"{text}\n", encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {len(found)} modules, {sum(found.values()):.0f} ms of imports", end="")
        print(f" ({time.perf_counter() - begun:.1f} s to find out)")


if __name__ == "__main__":
    main()
