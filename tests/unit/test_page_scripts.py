"""The pages' parsers of rows, in Node and without a browser: tests/js."""

import shutil
import subprocess

import pytest

from tests.replay import ROOT

NODE = shutil.which("node")
FILES = sorted((ROOT / "tests/js").glob("*.test.js"))


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.js"))
def test_a_page_reads_rows(file: object) -> None:
    done = subprocess.run(
        [str(NODE), "--test", "--test-reporter=spec", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests 0" not in done.stdout
