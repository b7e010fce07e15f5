"""Pin every requirement with its hashes, for every Python from 3.11 on: `make lock`.

The development requirements are resolved first, together with every function's. Each function's file is then a subset
with the same versions: those that were tested are deployed. `uv` resolves, in a temporary environment.
"""

import argparse
import subprocess
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

from shared.terminal import localize, say

ROOT = Path(__file__).resolve().parent.parent
DEV = Path("requirements/dev.txt")
BOOSTERS = Path("requirements/boosters.txt")


def compile_file(uv: Path, sources: Sequence[Path], *options: str) -> None:
    """Pin the requirements of all these sources, in a .txt file beside the first.

    Args:
        uv: the program.
        sources: files of requirements, relative to the repository.
        options: further options of `uv pip compile`.
    """
    target = sources[0].with_suffix(".txt")
    command = [str(uv), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--upgrade"]
    command += ["--generate-hashes", "--no-header", "--no-strip-extras", *options, *map(str, sources)]
    command += ["-o", str(target)]
    subprocess.run(command, cwd=ROOT, check=True)
    print(target)


def main() -> None:
    """Pin the development requirements, then each function's."""
    localize()
    text = (
        "Résoudre toutes les dépendances et les figer avec leurs empreintes.",
        "Resolve all requirements and pin them with their hashes.",
    )
    argparse.ArgumentParser(prog="python -m tools.lock", description=say(text)).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        subprocess.run([f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "uv"], check=True)
        uv = Path(folder, "bin", "uv")
        functions = [file.relative_to(ROOT) for file in sorted(ROOT.glob("functions/*/requirements.in"))]
        optional = BOOSTERS.with_suffix(".in")
        compile_file(uv, [DEV.with_suffix(".in"), *functions])
        for source in (optional, *functions):
            compile_file(uv, [source], "--constraint", str(DEV))


if __name__ == "__main__":
    main()
