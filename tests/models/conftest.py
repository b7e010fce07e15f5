import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.__main__ import main
from models.datasets import data_folder
from shared.model_store import Bundle, read_folder

MODELS = Path(__file__).resolve().parents[2] / "models"
NAMES = ("predict_digit", "predict_species", "predire")

Train = Callable[..., Bundle]


def _needed(path: str) -> None:
    if not (data_folder() / path).is_file():
        pytest.skip(f"{path} is not in DATA_DIR ({data_folder()})")


@pytest.fixture
def uci697() -> None:
    _needed("uci697/data.csv")


@pytest.fixture
def digits() -> None:
    _needed("mnist/t10k-images-idx3-ubyte.gz")
    _needed("mnist/train-images-idx3-ubyte.gz")
    _needed("pendigits/pendigits-orig.tra.gz")


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run `python -m models` with these words, in this process."""
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def train(run: Callable[..., Result]) -> Train:
    """Train a model into a folder, by the command line, and read what a function would read."""

    def trained(name: str, folder: Path, *words: str) -> Bundle:
        result = run("train", name, "--output", folder, *words)
        assert result.exit_code == 0, result.output
        return read_folder(folder, name)

    return trained


@pytest.fixture(params=NAMES)
def committed(request: pytest.FixtureRequest) -> Bundle:
    name: str = request.param
    return read_folder(MODELS / name / "bundle", name)


@pytest.fixture
def idx() -> Callable[[int, tuple[int, ...], bytes], bytes]:
    """A compressed IDX file: its magic number, its sizes, its values."""

    def written(magic: int, sizes: tuple[int, ...], values: bytes) -> bytes:
        return gzip.compress(struct.pack(f">{1 + len(sizes)}i", magic, *sizes) + values)

    return written
