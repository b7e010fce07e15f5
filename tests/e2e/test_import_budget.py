"""The modules that a function has imported at its first response, compared with `imports.txt`."""

from pathlib import Path

import pytest

from tests.replay import FOLDERS
from tools import imports


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_only_listed_modules_are_imported(folder: Path) -> None:
    more = imports.added(folder.name, imports.loaded(folder.name))
    costs = ", ".join(f"{module} ({cost:.1f} ms)" for module, cost in sorted(more.items(), key=lambda one: -one[1]))
    assert not more, f"{folder.name} imports more before its first answer: {costs}; `make imports` if that is meant"


def test_an_additional_module_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    python, known = imports.listed("predire")
    found = {**dict.fromkeys(known, 0.1), "numpy.ma": 2.0, "csv": 1.0, "pandas": 400.0}
    monkeypatch.setattr(imports, "python_version", lambda: python)
    assert imports.added("predire", found) == {"numpy.ma": 2.0, "csv": 1.0, "pandas": 400.0}
    monkeypatch.setattr(imports, "python_version", lambda: "3.99")
    assert imports.added("predire", found) == {"pandas": 400.0}
