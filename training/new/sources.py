"""The files that a model is made from, as `models/NAME/` keeps them."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.errors import CommandError

if TYPE_CHECKING:
    import pandas as pd

TABLE, ESTIMATOR, LABELS = "data", "estimator", "labels"
"""Names of the files in `models/NAME/`, without the suffix that tells their format."""

UNREADABLE = ("{file} illisible : {reason}.", "{file} cannot be read: {reason}.")


def project_files(data: Path, estimator: Path | None, labels: Path | None) -> tuple[dict[str, bytes], dict[str, str]]:
    """The files of a model, and what each is.

    Args:
        data: the table.
        estimator: the fitted estimator; None: there is none.
        labels: the titles of the columns; None: there are none.

    Returns:
        The contents by name, and the names by `data`, `estimator` and `labels`.
    """
    sources = {TABLE: data, ESTIMATOR: estimator, LABELS: labels}
    names = {kind: kind + "".join(file.suffixes[-2:]).lower() for kind, file in sources.items() if file is not None}
    contents = {names[kind]: _read(file) for kind, file in sources.items() if file is not None}
    return contents, names


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(UNREADABLE, file=file, reason=error.strerror) from error


def in_memory(estimator: Any, frame: "pd.DataFrame") -> tuple[dict[str, bytes], dict[str, str]]:
    """The files of a model that a notebook holds: the table as Parquet, which keeps its types, the estimator as joblib.

    Args:
        estimator: the fitted estimator; None: there is none.
        frame: the table.

    Returns:
        As `project_files`.
    """
    import joblib  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "data.parquet")
        frame.to_parquet(table, index=False)
        fitted = None if estimator is None else Path(folder, "estimator.joblib")
        if fitted is not None:
            joblib.dump(estimator, fitted)
        return project_files(table, fitted, None)
