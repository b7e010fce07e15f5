"""Reads `--labels fr.csv`: the titles of columns, for people."""

from collections.abc import Sequence
from pathlib import Path

from training.new import csv_text
from training.new.conversion.refusal import Refusal
from training.new.fitted_columns import nearest_name
from training.new.table_reading import NO_FILE, decode

COLUMNS = (
    (
        "« {path} » a {found} colonnes : attendu deux ou trois, le nom de la colonne, son titre français, "
        "son titre anglais."
    ),
    "`{path}` has {found} columns: expected two or three, the column's name, its French title, its English title.",
)
STRANGER = (
    "« {path} » donne un titre à « {name} », que la table n'a pas ; {nearest}.",
    "`{path}` gives a title to `{name}`, which the table does not have; {nearest}.",
)


def read_labels(path: Path, columns: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The titles of columns, French then English, by name of the column.

    Args:
        path: CSV with a header and two or three columns: name, French title, English title. Without the third, or where
            it is empty, the English title is the column's name.
        columns: the names of the table.

    Raises:
        Refusal: the file has another form, or names a column that the table does not have.
    """
    if not path.is_file():
        raise Refusal(NO_FILE, path=path.name)
    text, _ = decode(path.read_bytes(), path.name)
    frame = csv_text.parse(text, path.name).frame.astype("str").fillna("")
    if frame.shape[1] not in (2, 3):
        raise Refusal(COLUMNS, path=path.name, found=frame.shape[1])
    titles = {}
    for row in frame.itertuples(index=False):
        name, french, english = (*map(str, row), "")[:3]
        if name not in columns:
            raise Refusal(STRANGER, path=path.name, name=name, nearest=nearest_name(columns, name))
        titles[name] = (french or name, english or name)
    return titles
