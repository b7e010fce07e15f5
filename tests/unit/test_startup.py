"""Packages deferred or replaced at startup, and their later use."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.startup import load_lazily, replaced_modules


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package whose `__init__` records that it ran, with a module inside."""
    folder = tmp_path / "slow_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("import sys\nsys.ran_by_test = True\nVALUE = 3\n")
    (folder / "inside.py").write_text("Config = 'of inside'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "ran_by_test", False, raising=False)
    yield folder
    for name in [name for name in sys.modules if name.startswith("slow_package")]:
        del sys.modules[name]


def ran() -> bool:
    return bool(sys.ran_by_test)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("package")
def test_a_deferred_package_runs_on_first_use_of_its_own_names() -> None:
    load_lazily("slow_package", {"Config": "slow_package.inside"})
    import slow_package.inside  # type: ignore[import-not-found]  # noqa: PLC0415
    from slow_package import Config  # noqa: PLC0415

    assert (Config, slow_package.inside.Config, ran()) == ("of inside", "of inside", False)
    assert (slow_package.VALUE, ran()) == (3, True)
    with pytest.raises(AttributeError):
        _ = slow_package.nothing


def test_defer_ignores_loaded_and_missing_packages() -> None:
    before = sys.modules["json"]
    load_lazily("json", {})
    load_lazily("no_such_package", {})
    assert sys.modules["json"] is before
    assert "no_such_package" not in sys.modules


@pytest.mark.usefixtures("package")
def test_stand_ins_are_removed_afterwards() -> None:
    with replaced_modules({"slow_package": None, "json": None}):
        assert sys.modules["json"] is not None
        with pytest.raises(ImportError):
            import slow_package  # noqa: F401, PLC0415
    import slow_package as imported  # noqa: PLC0415

    assert imported.VALUE == 3
