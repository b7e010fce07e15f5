"""Pin every requirement with its hashes, for every Python from 3.11 on: `make lock`.

The development group is resolved first, over everything; each function's own file is then cut from it, so that what
is tested is what is deployed. `uv` does the resolving, in an environment of its own that is thrown away.
"""

import subprocess
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEV = Path("requirements/dev.txt")


def compile_file(uv: Path, sources: Sequence[Path], *options: str) -> None:
    """Write the pins of all these sources beside the first of them."""
    target = sources[0].with_suffix(".txt")
    command = [str(uv), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--upgrade"]
    command += ["--generate-hashes", "--no-header", "--no-strip-extras", *options, *map(str, sources)]
    command += ["-o", str(target)]
    subprocess.run(command, cwd=ROOT, check=True)
    print(target)


def main() -> None:
    """Pin the development group, then each function."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        subprocess.run([f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "uv"], check=True)
        uv = Path(folder, "bin", "uv")
        functions = [file.relative_to(ROOT) for file in sorted(ROOT.glob("functions/*/requirements.in"))]
        compile_file(uv, [DEV.with_suffix(".in"), *functions])
        for source in functions:
            compile_file(uv, [source], "--constraint", str(DEV))


if __name__ == "__main__":
    main()
