"""Nothing outside the root can be read, whatever is typed and whatever lies in it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.explorer.errors import Refused
from functions.explorer.tables.places import data_files, folders, inside
from functions.explorer.tables.reading import Limits, read


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with data sets, and secrets beside it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.csv").write_text("a,b\n1,2\n")
    top = tmp_path / "root"
    (top / "année 2026/mai").mkdir(parents=True)
    (top / ".caché").mkdir()
    for name in ("b.CSV", "a.parquet", ".hidden.csv", "notes.txt", "année 2026/c.jsonl"):
        (top / name).write_text("a,b\n1,2\n")
    return top


def names(root: Path, folder: str = ".") -> list[str]:
    return [file.name for file in data_files(root, folder)]


def test_data_sets_are_those_of_known_formats_in_any_case(root: Path) -> None:
    assert names(root) == ["a.parquet", "b.CSV"]
    assert names(root, "année 2026") == ["c.jsonl"]
    assert names(root, str(root / "année 2026")) == ["c.jsonl"]
    assert folders(root) == [".", "année 2026", "année 2026/mai"]


def test_a_name_that_is_no_text_is_not_listed(root: Path) -> None:
    """As old archives leave them: a page, which is UTF-8, cannot hold one."""
    folder = os.fsdecode(os.fsencode(root) + b"/donn\xe9es")
    try:
        Path(folder).mkdir()
        Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.csv")).write_text("a,b\n1,2\n")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    assert names(root) == ["a.parquet", "b.CSV"]
    assert folders(root) == [".", "année 2026", "année 2026/mai"]


@pytest.mark.parametrize(
    "folder",
    ["..", "../outside", "/etc", "/", "année 2026/../..", "absent", "b.CSV", "a\0b", "link", "loop", "x" * 5000],
)
def test_elsewhere_is_refused_in_the_same_words_as_nowhere(folder: str, root: Path) -> None:
    (root / "link").symlink_to(root.parent / "outside")
    (root / "loop").symlink_to(root / "loop")
    with pytest.raises(Refused) as refused:
        inside(root, folder)
    assert refused.value.detail[0] == (
        f"« {folder} » : attendu un dossier qui existe, à l'intérieur de la racine choisie"
    )


def test_a_link_counts_where_it_leads(root: Path) -> None:
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
def test_a_file_that_becomes_something_else_is_not_read(swap: Callable[[Path], object], root: Path) -> None:
    [_, file] = data_files(root, ".")
    Path(file.path).unlink()
    swap(Path(file.path))
    with pytest.raises(Refused, match="cannot be read"):
        read(file.source(), Limits())
