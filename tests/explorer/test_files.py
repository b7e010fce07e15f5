"""Data sets on disk: only files below the root can be read, even through links."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.explorer.errors import ExplorerError
from functions.explorer.tables.files import list_data_files, list_folders, resolve_folder
from functions.explorer.tables.reader import read_table
from functions.explorer.tables.table import Limits


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with data sets, and a secret file outside it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.csv").write_text("a,b\n1,2\n")
    top = tmp_path / "root"
    (top / "année 2026/mai").mkdir(parents=True)
    (top / ".caché").mkdir()
    for name in ("b.CSV", "a.parquet", ".hidden.csv", "notes.txt", "année 2026/c.jsonl"):
        (top / name).write_text("a,b\n1,2\n")
    return top


def names(root: Path, folder: str = ".") -> list[str]:
    return [file.name for file in list_data_files(root, folder)]


def test_data_sets_are_those_of_known_formats_in_any_case(root: Path) -> None:
    assert names(root) == ["a.parquet", "b.CSV"]
    assert names(root, "année 2026") == ["c.jsonl"]
    assert names(root, str(root / "année 2026")) == ["c.jsonl"]
    assert list_folders(root) == [".", "année 2026", "année 2026/mai"]


def test_a_name_that_is_not_utf8_is_not_listed(root: Path) -> None:
    """Such names are in old archives, and cannot be shown on a page."""
    folder = os.fsdecode(os.fsencode(root) + b"/donn\xe9es")
    try:
        Path(folder).mkdir()
        Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.csv")).write_text("a,b\n1,2\n")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    assert names(root) == ["a.parquet", "b.CSV"]
    assert list_folders(root) == [".", "année 2026", "année 2026/mai"]


@pytest.mark.parametrize(
    "folder",
    ["..", "../outside", "/etc", "/", "année 2026/../..", "absent", "b.CSV", "a\0b", "link", "loop", "x" * 5000],
)
def test_folders_outside_get_the_same_error_as_absent_ones(folder: str, root: Path) -> None:
    (root / "link").symlink_to(root.parent / "outside")
    (root / "loop").symlink_to(root / "loop")
    with pytest.raises(ExplorerError) as raised:
        resolve_folder(root, folder)
    assert raised.value.detail[0] == (
        f"« {folder} » : attendu un dossier qui existe, à l'intérieur de la racine choisie"
    )


def test_a_link_is_listed_if_its_target_is_allowed(root: Path) -> None:
    (root / "out.csv").symlink_to(root.parent / "outside/secret.csv")
    (root / "in.csv").symlink_to(root / "b.CSV")
    (root / "dangling.csv").symlink_to(root / "nothing.csv")
    os.mkfifo(root / "pipe.csv")
    (root / "folder.csv").mkdir()
    assert names(root) == ["a.parquet", "b.CSV", "b.CSV"]
    (root / "other").symlink_to(root / "année 2026")
    assert names(root, "other") == ["c.jsonl"]


@pytest.mark.parametrize(
    "swap",
    [lambda file: file.symlink_to(file.parent.parent / "outside/secret.csv"), os.mkfifo, str],
    ids=["link", "pipe", "nothing"],
)
def test_a_file_replaced_by_a_link_or_a_pipe_is_not_read(swap: Callable[[Path], object], root: Path) -> None:
    [_, file] = list_data_files(root, ".")
    Path(file.path).unlink()
    swap(Path(file.path))
    with pytest.raises(ExplorerError, match="cannot be read"):
        read_table(file.source(), Limits())
