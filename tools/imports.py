"""The modules that a function has loaded at its first response: `make imports` writes functions/NAME/imports.txt.

Every import slows down the cold start. A test fails if a function loads a module that is not in its list, and says what
the import costs; this command adds a module that is really needed.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from shared.terminal import localize, say
from tests.serving import FRAMEWORK, Server, free_port, wait_until_live
from tools.examples import ROOT, cases
from tools.package import names

FILE = "imports.txt"
_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


def loaded(name: str) -> dict[str, float]:
    """Milliseconds of each import, without those that it imports in turn, by module.

    Starts the function with the real command and sends one request.

    Raises:
        RuntimeError: its first example did not get a 200.
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
        raise RuntimeError(say(("{case} : statut {status}", "{case}: status {status}"), case=case, status=status))
    return {module: int(microseconds) / 1000 for microseconds, module in _LINE.findall(text)}


def _started(name: str, folder: Path, log: Path) -> Server:
    port = free_port()
    command = [sys.executable, "-X", "importtime", str(FRAMEWORK), "--target", name, "--host", "127.0.0.1"]
    command += ["--port", str(port), "--source", str(ROOT / "functions" / name / "main.py")]
    environ = {**os.environ, "REQUEST_LOG": "off", "SAVED_IMAGES_URI": "off"}
    with log.open("w", encoding="utf-8") as errors:
        return Server(subprocess.Popen(command, cwd=folder, env=environ, stderr=errors), port)


def listed(name: str) -> tuple[str, set[str]]:
    """The Python version of a function's list (`3.13`), and the modules in it."""
    first, *modules = (ROOT / "functions" / name / FILE).read_text(encoding="utf-8").splitlines()
    return first.rpartition(" ")[2], set(modules)


def added(name: str, costs: dict[str, float]) -> dict[str, float]:
    """The items of `costs` that are not in the list. Only packages count if the list is of another Python version."""
    python, known = listed(name)
    if python == python_version():
        return {module: cost for module, cost in costs.items() if module not in known}
    packages = {module.partition(".")[0] for module in known} | sys.stdlib_module_names
    return {module: cost for module, cost in costs.items() if module.partition(".")[0] not in packages}


def python_version() -> str:
    """The version of this Python, such as `3.13`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def main() -> None:
    """Write the lists, and print the number of modules and the cost of their imports."""
    localize()
    text = (
        "Lister les modules que les fonctions ont importés à leur première réponse.",
        "List the modules that functions have imported at their first response.",
    )
    parser = argparse.ArgumentParser(prog="python -m tools.imports", description=say(text))
    text = ("parmi {names} (défaut : toutes)", "of {names} (default: all)")
    parser.add_argument("name", nargs="*", help=say(text, names=", ".join(names())))
    for name in parser.parse_args().name or names():
        _write(name)


def _write(name: str) -> None:
    begun = time.perf_counter()
    costs = loaded(name)
    file = ROOT / "functions" / name / FILE
    lines = [f"# modules at the first answer, under Python {python_version()}", *sorted(costs)]
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    text = (
        "{file} : {count} modules, {cost:.0f} ms d'imports (mesuré en {seconds:.1f} s)",
        "{file}: {count} modules, {cost:.0f} ms of imports (measured in {seconds:.1f} s)",
    )
    seconds = time.perf_counter() - begun
    print(say(text, file=file.relative_to(ROOT), count=len(costs), cost=sum(costs.values()), seconds=seconds))


if __name__ == "__main__":
    main()
