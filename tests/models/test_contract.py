"""The contract between the command line and the models: typed functions, and options stored in the manifest."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import Result

import models.predict_digit.evaluate
import models.predict_digit.log_rows
import models.predict_digit.train
import models.predict_species.evaluate
import models.predict_species.log_rows
import models.predict_species.train
import models.predire.evaluate
import models.predire.log_rows
import models.predire.train
from shared.errors import BundleError
from shared.model.bundle import Bundle, Manifest, read_folder, version_of
from tests.unit.bundles import change_manifest, copy_bundle
from training.contract import Evaluate, LogRows, Options, Train, options_of
from training.model_folders import MODELS, evaluate_of, log_rows_of, names, train_of

TRAIN: dict[str, Train] = {
    "predict_digit": models.predict_digit.train.train,
    "predict_species": models.predict_species.train.train,
    "predire": models.predire.train.train,
}
EVALUATE: dict[str, Evaluate] = {
    "predict_digit": models.predict_digit.evaluate.evaluate,
    "predict_species": models.predict_species.evaluate.evaluate,
    "predire": models.predire.evaluate.evaluate,
}
LOG_ROWS: dict[str, LogRows] = {
    "predict_digit": models.predict_digit.log_rows.log_rows,
    "predict_species": models.predict_species.log_rows.log_rows,
    "predire": models.predire.log_rows.log_rows,
}
"""mypy checks here that each model conforms to the protocols of `training.contract`."""


def test_every_model_implements_the_protocols() -> None:
    assert {name: train_of(name) for name in TRAIN} == TRAIN
    assert {name: evaluate_of(name) for name in EVALUATE} == EVALUATE
    assert {name: log_rows_of(name) for name in LOG_ROWS} == LOG_ROWS
    for name in set(names()) - set(TRAIN):  # made by `python -m models new`
        text = (MODELS / name / "train.py").read_text("utf-8")
        assert "train = trainer(PROJECT)" in text
        assert all(callable(function(name)) for function in (train_of, evaluate_of, log_rows_of))


def test_only_the_table_and_the_options_have_defaults() -> None:
    """`omit_defaults` would leave any other field with a default out of the manifest and out of its version."""
    fields = msgspec.structs.fields(Manifest)
    defaults = {field.name: field.default for field in fields if not field.required}
    assert defaults == {"table": None, "seed": 0, "quick": False}


def test_default_options_are_not_written(committed: Bundle) -> None:
    folder = Path(__file__).resolve().parents[2] / "models" / committed.manifest.name / "bundle"
    encoded = msgspec.json.format(msgspec.json.encode(committed.manifest), indent=2) + b"\n"
    assert encoded == (folder / "manifest.json").read_bytes()
    assert options_of(committed.manifest) == Options()


@pytest.mark.parametrize("options", [Options(), Options(seed=7), Options(seed=12, quick=True)])
def test_the_options_are_part_of_the_manifest_and_of_its_version(committed: Bundle, options: Options) -> None:
    command = options.command(committed.manifest.name)
    manifest = msgspec.structs.replace(committed.manifest, command=command, seed=options.seed, quick=options.quick)
    written = json.loads(msgspec.json.encode(manifest))
    assert (written.get("seed", 0), written.get("quick", False)) == (options.seed, options.quick)
    assert options_of(msgspec.convert(written, Manifest)) == options
    without = msgspec.structs.replace(manifest, seed=0, quick=False)
    assert (version_of(manifest) == version_of(without)) is (options == Options())


@pytest.mark.parametrize("command", ["--seed 3", "--seed 0 --quick"])
def test_a_manifest_with_options_only_in_its_command_is_refused(committed: Bundle, command: str) -> None:
    old = msgspec.structs.replace(
        committed.manifest, command=f"python -m models train {committed.manifest.name} {command}"
    )
    with pytest.raises(BundleError, match="train the model again"):
        options_of(old)


@pytest.mark.parametrize("name", sorted(TRAIN))
def test_evaluation_refuses_such_a_manifest_before_it_measures(
    run: Callable[..., Result], tmp_path: Path, name: str
) -> None:
    folder = copy_bundle(name, tmp_path)
    change_manifest(folder, {"command": f"python -m models train {name} --seed 0 --quick"}, sealed=True)
    result = run("evaluate", name, "--bundle", folder)
    assert result.exit_code == 1
    assert "entraînez le modèle à nouveau" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.usefixtures("train_once")
def test_a_trained_manifest_has_its_options(train: Callable[..., Bundle], tmp_path: Path) -> None:
    manifest = train("predict_species", tmp_path / "bundle", "--quick", "--seed", "1").manifest
    assert options_of(manifest) == Options(seed=1, quick=True)
    assert read_folder(tmp_path / "bundle", "predict_species").manifest == manifest
    written = json.loads((tmp_path / "bundle" / "manifest.json").read_bytes())
    assert (written["seed"], written["quick"]) == (1, True)
