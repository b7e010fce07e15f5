"""The documentation agrees with the code."""

import re
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from functions.predict_species.schema import Flower
from functions.predire.student import CODED, IGNORED, Student
from shared import errors
from shared.model.bundle import read_folder
from tests.replay import FOLDERS, MODELS, ROOT
from tests.unit.fields import field_rows


@pytest.mark.parametrize(("name", "kind"), [("predire", Student), ("predict_species", Flower)])
def test_the_readme_lists_every_field_with_its_range(name: str, kind: type[Struct]) -> None:
    page = (ROOT / "functions" / name / "README.md").read_text("utf-8")
    assert [row for row in field_rows(kind) if row not in page] == []


def test_the_readme_explains_every_code() -> None:
    page = (ROOT / "functions/predire/README.md").read_text("utf-8").replace("\n", " ")
    properties = msgspec.json.schema(Student)["$defs"]["Student"]["properties"]
    coded = {name: facts for name, facts in properties.items() if "enum" in facts}
    for name, facts in coded.items():
        assert [code["const"] for code in facts["oneOf"]] == facts["enum"], name
        assert all(code["title"] and code["x-title-en"] for code in facts["oneOf"])
    for name in CODED:
        [text] = re.findall(rf"`{name}`: (.*?)\.  ", page + "  ")
        assert text.split("; ") == [f"{code['const']} {code['x-title-en']}" for code in coded[name]["oneOf"]]


def test_the_readme_names_every_ignored_column() -> None:
    page = (ROOT / "functions/predire/README.md").read_text("utf-8")
    assert [name for name in IGNORED if f"`{name}`" not in page] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_readme_lists_every_error_status(folder: Path) -> None:
    page = (ROOT / "functions" / folder.name / "README.md").read_text("utf-8")
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.AugureError)]
    statuses = {str(kind.status) for kind in kinds}
    assert statuses == {"400", "404", "405", "413", "415", "422", "500", "503"}
    expected = statuses if folder in MODELS else {"400", "404", "405", "500"}
    assert expected <= set(re.findall(r"\b[45]\d\d\b", page))


def test_figures_in_the_readme_match_the_manifests() -> None:
    page = (ROOT / "README.md").read_text("utf-8")

    def figures(name: str) -> dict[str, dict[str, float]]:
        graphs = read_folder(ROOT / "models" / name / "bundle", name).manifest.graphs
        return {role: graph.metrics for role, graph in graphs.items()}

    students = figures("predire")
    aucs = [students[stage]["auc"] for stage in ("semestre_2", "semestre_1", "inscription")]
    assert f"{100 * figures('predict_digit')['digit']['error']:.2f} % errors on the 10,000 test digits" in page
    assert f"accuracy {figures('predict_species')['model']['accuracy']:.3f} (5 x 10 folds)" in page
    assert "ROC AUC {:.3f} with both semesters, {:.3f} after the first, {:.3f} at enrolment".format(*aucs) in page


def test_every_test_that_contributing_names_exists() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    paths = re.findall(r"\btests/[\w/.]*\w", page)
    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / path).exists()] == []
