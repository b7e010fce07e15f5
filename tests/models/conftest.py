import gzip
import json
import struct
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.__main__ import main
from shared.model.bundle import Bundle, read_folder
from tests.gcs import Emulator, FakeGcs
from tests.models.registry import NAME, Registry, Run
from tests.once import once, session_folder
from tests.unit.bundles import change_manifest, copy_bundle
from training.contract import Options, Trained
from training.datasets import data_folder
from training.registry.store import Store

MODELS = Path(__file__).resolve().parents[2] / "models"
NAMES = ("predict_digit", "predict_species", "predire")

Train = Callable[..., Bundle]


def _needed(path: str) -> None:
    if not (data_folder() / path).is_file():
        pytest.skip(f"{path} is not in DATA_DIR ({data_folder()})")


@pytest.fixture(autouse=True)
def french(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every command in French, unless the test asks for `english`."""
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")


@pytest.fixture
def english(french: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - runs after it
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


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
    """Run `python -m models` with these arguments, in this process."""
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def train(run: Callable[..., Result]) -> Train:
    """Train a model into a folder by the command line, and read the bundle."""

    def trained(name: str, folder: Path, *words: str) -> Bundle:
        result = run("train", name, "--output", folder, *words)
        assert result.exit_code == 0, result.output
        return read_folder(folder, name)

    return trained


@pytest.fixture
def train_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """Cache trainings by model and options for the whole run, for tests of the code around a training.

    `undo` of the value makes the command train again.
    """
    folder = session_folder(tmp_path_factory)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("predict_species", "predire"):
            module = import_module(f"models.{name}.train")

            def trained(
                options: Options, name: str = name, train: Callable[[Options], Trained] = module.train
            ) -> Trained:
                file = folder / f"{name}-{options.seed}-{options.quick}.pickle"
                return once(file, lambda: train(options))

            patch.setattr(module, "train", trained)
        yield patch


@pytest.fixture(params=NAMES)
def committed(request: pytest.FixtureRequest) -> Bundle:
    name: str = request.param
    return read_folder(MODELS / name / "bundle", name)


@pytest.fixture
def idx() -> Callable[[int, tuple[int, ...], bytes], bytes]:
    """Encode a compressed IDX file: magic number, sizes, values."""

    def written(magic: int, sizes: tuple[int, ...], values: bytes) -> bytes:
        return gzip.compress(struct.pack(f">{1 + len(sizes)}i", magic, *sizes) + values)

    return written


def _registry(run: Run, address: str, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
    return Registry(run, bucket, Store(bucket))


@pytest.fixture
def registry(run: Run, storage: Emulator, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The commands on each storage in turn."""
    return _registry(run, storage.address, storage.bucket, monkeypatch)


@pytest.fixture
def ours(run: Run, gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The commands on the fake storage, with injectable faults."""
    return _registry(run, gcs.address, gcs.bucket, monkeypatch)


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Three bundles of one model, of different versions."""
    made = [copy_bundle(NAME, tmp_path / str(number)) for number in range(3)]
    for number, folder in enumerate(made, 1):
        change_manifest(folder, {"command": f"python -m models train {NAME} --seed {number}"}, sealed=True)
    return made


@pytest.fixture
def versions(folders: list[Path]) -> list[str]:
    return [json.loads((folder / "manifest.json").read_bytes())["version"] for folder in folders]


@pytest.fixture
def published(registry: Registry, folders: list[Path], versions: list[str]) -> list[str]:
    """Three versions in the bucket, none of them current."""
    for folder in folders:
        registry("publish", "--bundle", folder)
    return versions
