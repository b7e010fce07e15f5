"""The files that a model is made from, as `models/NAME/` keeps them."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.errors import Text
from training.errors import CommandError

if TYPE_CHECKING:
    import pandas as pd

TABLE, ESTIMATOR, LABELS = "data", "estimator", "labels"
"""Names of the files in `models/NAME/`, without the suffix that tells their format."""

UNREADABLE = ("{file} illisible : {reason}.", "{file} cannot be read: {reason}.")


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that a model is made from.

    Attributes:
        files: content by name.
        data: name of the table's file.
        estimator: name of the estimator's file; empty: a recipe trains one.
        labels: name of the file of titles; empty: none.
        given: the names that a person gave these files, by name here.
    """

    files: Mapping[str, bytes]
    data: str
    estimator: str = ""
    labels: str = ""
    given: Mapping[str, str] = field(default_factory=dict)

    def told(self, text: Text) -> Text:
        """A text, French then English, that calls the files as the person does."""
        french, english = text
        for name, given in self.given.items():
            for before, after in (("« ", " »"), ("`", "`"), ("'", "'")):
                french = french.replace(f"{before}{name}{after}", f"{before}{given}{after}")
                english = english.replace(f"{before}{name}{after}", f"{before}{given}{after}")
        return french, english


def sources_of(data: Path, estimator: Path | None, labels: Path | None) -> Sources:
    """The files of a model.

    Args:
        data: the table.
        estimator: the fitted estimator; None: there is none.
        labels: the titles of the columns; None: there are none.

    Raises:
        CommandError: one cannot be read.
    """
    given = {TABLE: data, ESTIMATOR: estimator, LABELS: labels}
    files = {kind: file for kind, file in given.items() if file is not None}
    names = {kind: kind + "".join(file.suffixes[-2:]).lower() for kind, file in files.items()}
    contents = {names[kind]: _read(file) for kind, file in files.items()}
    return Sources(contents, **names, given={names[kind]: file.name for kind, file in files.items()})


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(UNREADABLE, file=file, reason=error.strerror) from error


def in_memory(estimator: Any, frame: "pd.DataFrame") -> Sources:
    """The files of a model that a notebook holds: the table as Parquet, which keeps its types, the estimator as joblib.

    Args:
        estimator: the fitted estimator; None: there is none.
        frame: the table.
    """
    import joblib  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "data.parquet")
        frame.to_parquet(table, index=False)
        fitted = None if estimator is None else Path(folder, "estimator.joblib")
        if fitted is not None:
            joblib.dump(estimator, fitted)
        return sources_of(table, fitted, None)
