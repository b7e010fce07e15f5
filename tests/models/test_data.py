import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from functions.predire.student import SENSITIVE, STAGES
from models.predict_digit import data as digits
from models.predict_species import data as flowers
from models.predire import data as students
from training.datasets import DataError, Source


@pytest.mark.usefixtures("uci697")
def test_the_students_file_is_read_completely() -> None:
    table = students.table()
    assert table.shape == (4424, 37)
    assert table.columns[0] == "marital_status"  # without a byte order mark
    assert table["daytime_evening_attendance"].sum() == 3941  # its header ends with a tab
    assert table["target"].value_counts().to_dict() == {"Graduate": 2209, "Dropout": 1421, "Enrolled": 794}


@pytest.mark.usefixtures("uci697")
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_has_known_outcomes_and_its_own_columns(stage: str) -> None:
    known = students.load(stage)
    assert (int(known.failed.sum()), int((~known.failed).sum())) == (1421, 2209)
    assert tuple(feature.name for feature in known.inputs) == STAGES[stage]
    assert not SENSITIVE & {feature.name for feature in known.inputs}
    assert known.rows.shape == (3630, len(STAGES[stage]))


@pytest.mark.usefixtures("uci697")
def test_the_first_student_has_the_values_of_the_file() -> None:
    known = students.load("semestre_1")
    assert known.failed[:2].tolist() == [True, False]
    expected = [17, 5, 171, 1, 1, 122, 127.3, 0, 1, 0, 20, 10.8, 1.4, 1.74, 0, 0, 0, 0, 0, 0]
    assert known.rows[0].tolist() == pytest.approx(expected, rel=1e-6)


@pytest.mark.usefixtures("uci697")
def test_features_have_the_codes_or_the_range_of_the_training_data() -> None:
    by_name = {feature.name: feature for feature in students.load("semestre_2").inputs}
    assert by_name["previous_qualification"].categories is not None
    assert by_name["previous_qualification"].categories[:3] == (1, 2, 3)
    assert by_name["previous_qualification"].minimum is None
    age = by_name["age_at_enrollment"]
    assert (age.minimum, age.maximum, age.categories) == (17, 70, None)


def test_a_missing_column_of_the_students_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = ";".join(["Target", *STAGES["semestre_2"][1:]]).encode()
    (tmp_path / "data.csv").write_bytes(content)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(students, "SOURCE", Source("data.csv", "", hashlib.sha256(content).hexdigest()))
    with pytest.raises(DataError, match=r"colonnes absentes : application_mode\."):
        students.table()


@pytest.mark.usefixtures("digits")
def test_mnist_is_read_completely() -> None:
    training, test = digits.training(), digits.test()
    assert training.images.shape == (60000, 28, 28)
    assert test.images.shape == (10000, 28, 28)
    assert training.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.mark.usefixtures("digits")
def test_digits_are_normalised_as_the_function_does() -> None:
    images = digits.test().images[:1]
    moved = np.zeros((1, 60, 80), dtype=np.uint8)
    moved[0, 5:33, 40:68] = images[0]
    assert np.array_equal(digits.rows(images), digits.rows(moved))
    assert np.max(digits.rows(images)) == 1


def test_an_image_without_ink_is_reported_with_its_index() -> None:
    images = np.zeros((2, 28, 28), dtype=np.uint8)
    images[0, 10:20, 14] = 255
    with pytest.raises(ValueError, match="image 1 has no ink"):
        digits.rows(images)


def test_an_idx_file_of_another_kind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idx: Callable[..., bytes]
) -> None:
    content = idx(0x801, (3, 28, 28), bytes(3 * 784))
    file = "t10k-images-idx3-ubyte.gz"
    (tmp_path / file).write_bytes(content)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setitem(digits.SOURCES, file, Source(file, "", hashlib.sha256(content).hexdigest()))
    with pytest.raises(DataError, match="attendu un fichier IDX à 3 dimensions, reçu le type 0x801"):
        digits.test()


def test_iris_has_fishers_own_values_where_ucis_copy_errs() -> None:
    iris = flowers.load()
    assert iris.rows[34].tolist() == pytest.approx([4.9, 3.1, 1.5, 0.2])
    assert iris.rows[37].tolist() == pytest.approx([4.9, 3.6, 1.4, 0.1])
    assert np.bincount(iris.labels).tolist() == [50, 50, 50]
    assert iris.inputs().agg(["min", "max"]).to_dict("list") == {
        "sepal length (cm)": [4.3, 7.9],
        "sepal width (cm)": [2.0, 4.4],
        "petal length (cm)": [1.0, 6.9],
        "petal width (cm)": [0.1, 2.5],
    }
    assert list(iris.table()) == [*iris.inputs(), "species"]
