"""The command `python -m models new`: what it refuses, and that nothing is left of what fails."""

import os
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, LogisticRegression

from training.errors import CommandError
from training.new import creation, installation
from training.new.command import new
from training.new.names import ROOT, check_name

COMPOSE = b"services: {}\n"


def table(rows: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"taille": random.normal(170, 8, rows).round(1), "label": random.normal(65, 9, rows).round(1)})
    frame["groupe"] = np.where(random.random(rows) < 0.5, "a", "b")
    frame["sportif"] = np.where(frame["label"] + random.normal(0, 5, rows) < 65, "oui", "non")
    return frame


def fitted() -> LogisticRegression:
    return LogisticRegression(max_iter=500).fit(table()[["taille", "label"]], table()["sportif"])


class Repository:
    """An empty repository that the command writes to."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.inputs = root / "repository", root / "inputs"
        for folder in ("functions/predict_species", "models"):
            (self.root / folder).mkdir(parents=True)
        for file in ("requirements.in", "requirements.txt"):
            (self.root / "functions/predict_species" / file).write_text("")
        self.inputs.mkdir()
        (self.root / "compose.yaml").write_bytes(COMPOSE)
        monkeypatch.setenv("LANG", "en_US.UTF-8")
        monkeypatch.delenv("LC_ALL", raising=False)
        monkeypatch.setattr(installation, "FIRST_START", ())
        monkeypatch.setattr(installation, "_run", lambda *_: None)
        monkeypatch.setattr(creation, "ROOT", self.root)
        defaults = creation.create.__kwdefaults__ or {}
        monkeypatch.setattr(creation.create, "__kwdefaults__", {**defaults, "root": self.root})

    def data(self, frame: pd.DataFrame | None = None, name: str = "sport.csv") -> Path:
        path = self.inputs / name
        (table() if frame is None else frame).to_csv(path, index=False)
        return path

    def estimator(self, estimator: object) -> Path:
        path = self.inputs / "modele.joblib"
        joblib.dump(estimator, path)
        return path

    def run(self, *options: object, name: str = "sport", data: Path | None = None) -> Result:
        given = [name, "--data", str(data or self.data()), "--quick", *map(str, options)]
        return CliRunner().invoke(new, given)

    def refusal(self, *options: object, data: Path | None = None) -> str:
        result = self.run(*options, data=data)
        assert result.exit_code == 1
        assert isinstance(result.exception, SystemExit), result.exception
        assert self.files() == self.before()
        return result.output.rpartition("Error: ")[2].strip()

    def files(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*")}

    @staticmethod
    def before() -> set[str]:
        species = "functions/predict_species"
        return {
            "functions",
            species,
            f"{species}/requirements.in",
            f"{species}/requirements.txt",
            "models",
            "compose.yaml",
        }


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    return Repository(tmp_path, monkeypatch)


def test_writes_both_folders(repository: Repository) -> None:
    result = repository.run("--target", "sportif", "--estimator", repository.estimator(fitted()))
    assert result.exit_code == 0, result.output
    assert {"functions/sport/main.py", "models/sport/recipe.py", "models/sport/bundle/model.onnx"} <= repository.files()
    assert not [path for path in repository.files() if path.startswith("models/.")]
    assert 'targets=("sportif",)' in (repository.root / "models/sport/recipe.py").read_text()


def test_dry_run_writes_nothing(repository: Repository) -> None:
    result = repository.run("--target", "sportif", "--dry-run", "--estimator", repository.estimator(fitted()))
    assert result.exit_code == 0, result.output
    assert repository.files() == repository.before()
    assert "nothing is written" in result.output


def test_a_target_with_a_comma_names_several_columns_each_once(repository: Repository) -> None:
    targets = ["--target", "taille,label", "--target", "label"]
    model = LinearRegression().fit(table()[["groupe"]] == "a", table()[["taille", "label"]])
    frame = table().assign(groupe=table()["groupe"] == "a")
    result = repository.run(*targets, "--estimator", repository.estimator(model), data=repository.data(frame))
    assert result.exit_code == 0, result.output
    assert 'targets=("taille", "label")' in (repository.root / "models/sport/recipe.py").read_text()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "without --estimator, --target must name the column to predict; it has: taille, label, groupe, sportif."),
        (["--target", "sportive"], "the table has no column `sportive`; the nearest one is `sportif`."),
        (
            ["--target", "sportif", "--drop", "grupe"],
            "--drop names `grupe`, which the table does not have; the nearest",
        ),
        (["--target", "sportif", "--sensitive", "sexe"], "--sensitive names `sexe`, which the table does not have"),
        (["--target", "sportif", "--drop", "sportif"], "`sportif` is both in --target and in --drop"),
    ],
)
def test_columns_that_cannot_be_are_refused(repository: Repository, options: list[str], sentence: str) -> None:
    assert repository.refusal(*options).startswith(sentence)


@pytest.mark.parametrize("option", ["--drop", "--sensitive"])
def test_a_column_that_the_estimator_reads_is_not_kept_out(repository: Repository, option: str) -> None:
    options = ["--target", "sportif", option, "taille", "--estimator", repository.estimator(fitted())]
    assert f"the estimator reads `taille`, which {option} keeps out" in repository.refusal(*options)


def test_clusters_have_no_target(repository: Repository) -> None:
    model = KMeans(2, n_init=1).fit(table()[["taille", "label"]])
    refusal = repository.refusal("--target", "sportif", "--estimator", repository.estimator(model))
    assert refusal.startswith("KMeans predicts no column")


def test_a_target_without_a_name_is_none(repository: Repository) -> None:
    model = KMeans(2, n_init=1).fit(table()[["taille", "label"]])
    result = repository.run("--dry-run", "--target", "--estimator", repository.estimator(model))
    assert result.exit_code == 0, result.output


def test_a_regressor_of_a_text_is_refused(repository: Repository) -> None:
    model = LinearRegression().fit(table()[["taille"]], table()["label"])
    refusal = repository.refusal("--target", "sportif", "--estimator", repository.estimator(model))
    assert refusal.startswith("the estimator answers numbers, and the target `sportif` is text (")


def test_infinite_targets_are_refused(repository: Repository) -> None:
    data = repository.data(table().assign(label=lambda frame: frame["label"].where(frame.index > 0, np.inf)))
    assert "the target `label` has 1 infinite value(s)" in repository.refusal("--target", "label", data=data)


def test_errors_call_the_files_as_the_person_does(repository: Repository) -> None:
    empty = repository.inputs / "vide.csv"
    empty.write_bytes(b"")
    assert repository.refusal("--target", "y", data=empty) == "`vide.csv` is empty."


def test_speaks_french(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    result = repository.run("--target", "sportive")
    assert "la table n'a pas de colonne « sportive » ; la plus proche est « sportif »." in result.output


def test_an_interruption_leaves_nothing(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(installation, "FIRST_START", ("tests.replay",))
    monkeypatch.setattr(installation, "_run", interrupt)
    result = repository.run("--target", "sportif", "--estimator", repository.estimator(fitted()))
    assert result.exit_code == 1
    assert repository.files() == repository.before()
    assert (repository.root / "compose.yaml").read_bytes() == COMPOSE


def test_a_full_disk_leaves_nothing(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(installation, "write", full)
    assert f"models cannot be written ({os.strerror(28)}): nothing is left." in repository.refusal(
        "--target", "sportif"
    )


def test_a_run_does_not_remove_what_another_one_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository(tmp_path, monkeypatch)
    other = repository.root / "models/sport/train.py"
    (repository.root / "functions/sport").mkdir()
    (repository.root / "functions/sport/main.py").write_text("")
    other.parent.mkdir()
    other.write_text("theirs")
    for part in ("function", "model"):
        (tmp_path / part).mkdir()
    with pytest.raises(CommandError, match="functions/sport exists already"):
        installation.install("sport", tmp_path / "function", tmp_path / "model", repository.root)
    assert other.read_text() == "theirs"
    assert (repository.root / "functions/sport/main.py").exists()


@pytest.mark.parametrize(
    "name", ["class", "shared", "test", "model", "schema", "con", "print", "été", "Vin", "a-b", "a"]
)
def test_names_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(CommandError, match=r"name refused|nom refusé"):
        check_name(name)


@pytest.mark.parametrize("name", ["predict_species", "explorer", "books"])
def test_names_that_are_taken_are_refused(name: str) -> None:
    with pytest.raises(CommandError, match="exist"):
        check_name(name, ROOT)
