"""Reads a table of rows as `pandas.read_csv` does by default: what the user's estimator was fitted on."""

import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shared.errors import Text
from shared.i18n import fill
from training.new import csv_text
from training.new.conversion.refusal import Refusal

MINIMUM_ROWS = 20
"""Fewest rows of a table."""

NO_FILE = ("aucun fichier à « {path} ».", "no file at `{path}`.")
EMPTY = ("« {path} » est vide.", "`{path}` is empty.")
EXCEL = (
    "« {path} » est un classeur (Excel ou LibreOffice) ou une archive ZIP : exportez la feuille en CSV.",
    "`{path}` is a workbook (Excel or LibreOffice) or a ZIP archive: export the sheet as CSV.",
)
BINARY = (
    "« {path} » n'est pas du texte : exportez la table en CSV, en Parquet ou en JSONL.",
    "`{path}` is not text: export the table as CSV, Parquet or JSONL.",
)
FEW_ROWS = (
    "« {path} » n'a que {rows} ligne(s) : il en faut au moins {minimum} pour ajuster un modèle et mesurer ses erreurs.",
    "`{path}` has only {rows} row(s): at least {minimum} are needed to fit a model and to measure its errors.",
)
NOT_PARQUET = (
    "« {path} » ne se lit pas comme du Parquet ({error}).",
    "`{path}` cannot be read as Parquet ({error}).",
)
JSON_ARRAY = (
    (
        "« {path} » est un tableau JSON : écrivez un objet par ligne (JSONL), par exemple avec "
        "frame.to_json(chemin, orient='records', lines=True)."
    ),
    (
        "`{path}` is a JSON array: write one object a line (JSONL), for example with "
        "frame.to_json(path, orient='records', lines=True)."
    ),
)
BAD_LINE = (
    (
        "« {path} », ligne {line} : attendu un objet JSON d'une ligne, aux valeurs simples et aux clés "
        "distinctes ({error})."
    ),
    "`{path}`, line {line}: expected a JSON object on one line, with plain values and distinct keys ({error}).",
)
MIXED_JSON = (
    "la colonne « {name} » mêle du texte et des nombres : elle est lue comme du texte.",
    "the column `{name}` mixes text and numbers: it is read as text.",
)
REPEATED = (
    "plusieurs colonnes s'appellent « {name} » : renommez-les, chaque colonne doit avoir son nom.",
    "several columns are called `{name}`: rename them, each column needs its own name.",
)
UNNAMED = (
    "la colonne n° {place} n'a pas de nom : donnez-lui en un, ou retirez-la.",
    "column no. {place} has no name: give it one, or remove it.",
)
BAD_NAME = (
    (
        "la colonne {name} a un guillemet, une barre oblique inverse ou un caractère de contrôle dans son nom : "
        "renommez-la, dans la table et avant d'ajuster l'estimateur."
    ),
    (
        "the column {name} has a quote, a backslash or a control character in its name: rename it, in the table and "
        "before the estimator is fitted."
    ),
)
BAD_TYPE = (
    (
        "la colonne « {name} » contient des valeurs de type {type}, que JSON n'a pas : faites-en des nombres, du texte "
        "ou des dates (une durée en jours, par exemple), ou retirez-la."
    ),
    (
        "the column `{name}` holds values of type {type}, which JSON does not have: make them numbers, texts or dates "
        "(a duration in days, for example), or remove it."
    ),
)
INDEX_DROPPED = (
    "la première colonne, sans nom, numérote les lignes (index de pandas) : elle est laissée de côté.",
    "the first column, without a name, numbers the rows (pandas' index): it is left out.",
)
EMPTY_DROPPED = (
    "la colonne n° {place}, sans nom et vide, est laissée de côté.",
    "column no. {place}, without a name and empty, is left out.",
)
MIXED = (
    (
        "la colonne « {name} » a {numbers} nombres et {texts} textes ({examples}) : elle est lue comme du texte. "
        "Si ce sont des valeurs manquantes, videz ces cases."
    ),
    (
        "the column `{name}` has {numbers} numbers and {texts} texts ({examples}): it is read as text. "
        "If they are missing values, empty these cells."
    ),
)

_NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal", "empty")
_TEXTS = ("string", "date", "datetime", "datetime64")
"""What pandas infers of columns that are read as numbers, and as texts."""

_ZIP, _OLE, _GZIP, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"PAR1"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BAD_NAME = re.compile(r'["\\\x00-\x1f\ud800-\udfff]')
_UNNAMED = re.compile(r"Unnamed: (\d+)(_level_\d+|\.\d+)*")


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as it was read.

    Attributes:
        frame: the rows; texts have the dtype `str`, missing values are NaN.
        format: `csv`, `parquet` or `jsonl`.
        encoding: of a text file, as Python names it; else empty.
        separator: of a CSV file; else empty.
        decimal: `.` or `,`.
        notes: what to tell the user, French then English.
    """

    frame: pd.DataFrame
    format: str
    encoding: str = ""
    separator: str = ""
    decimal: str = "."
    notes: tuple[Text, ...] = ()


def read_table(path: Path) -> ReadTable:
    """Read CSV (also compressed with gzip), Parquet or JSONL.

    Separator, encoding and decimal comma of a CSV file are found out. A file that `pandas.read_csv(path)` reads gives
    the same values here.

    Raises:
        Refusal: the file is none of these, or its columns cannot be told apart.
    """
    if not path.is_file():
        raise Refusal(NO_FILE, path=path.name)
    data = path.read_bytes()
    if data.startswith(_GZIP):
        data = _gunzip(data, path.name)
    if not data.strip():
        raise Refusal(EMPTY, path=path.name)
    read = _read(data, path)
    check_names([str(name) for name in read.frame])
    if len(read.frame) < MINIMUM_ROWS:
        raise Refusal(FEW_ROWS, path=path.name, rows=len(read.frame), minimum=MINIMUM_ROWS)
    frame, dropped = _without_index(read.frame)
    notes = (*read.notes, *dropped, *_mixed_notes(frame))
    return ReadTable(frame, read.format, read.encoding, read.separator, read.decimal, notes)


def _read(data: bytes, path: Path) -> ReadTable:
    suffixes = {suffix.lower() for suffix in path.suffixes}
    if data.startswith(_PARQUET):
        return ReadTable(_read_parquet(data, path.name), "parquet")
    if data.startswith((_ZIP, _OLE)):
        raise Refusal(EXCEL, path=path.name)
    if b"\0" in data[:100_000] and not data.startswith(_UTF_16):
        raise Refusal(BINARY, path=path.name)
    if suffixes & {".parquet", ".pq"}:
        raise Refusal(NOT_PARQUET, path=path.name, error="PAR1")
    text, encoding = decode(data, path.name)
    if suffixes & {".jsonl", ".ndjson", ".json"}:
        frame, notes = _read_lines(text, path.name)
        return ReadTable(frame, "jsonl", encoding, notes=notes)
    parsed = csv_text.parse(text, path.name)
    notes = (*((csv_text.ENCODING,) if encoding == "cp1252" else ()), *parsed.notes)
    return ReadTable(parsed.frame, "csv", encoding, parsed.separator, parsed.decimal, notes)


def decode(data: bytes, path: str) -> tuple[str, str]:
    """The text of a file and its encoding: UTF-8, UTF-16 with its mark, else Windows' Western one (cp1252).

    Raises:
        Refusal: it is none of these.
    """
    encodings = ("utf-16",) if data.startswith(_UTF_16) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return data.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise Refusal(BINARY, path=path)


def _gunzip(data: bytes, path: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError) as error:
        raise Refusal(BINARY, path=path) from error


def _read_parquet(data: bytes, path: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(io.BytesIO(data))
    except Exception as error:
        raise Refusal(NOT_PARQUET, path=path, error=str(error)[:200]) from error
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    return pd.DataFrame({str(name): _as_csv(frame[name]) for name in frame}).reset_index(drop=True)


def _as_csv(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column with the dtype that `pandas.read_csv` would give it.

    Raises:
        Refusal: it holds what CSV has no word for: durations, lists, bytes.
    """
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return _as_csv(column.astype(kind.categories.dtype))
    inferred = pd.api.types.infer_dtype(column, skipna=True)
    if inferred == "boolean":
        return column.astype(object).where(column.notna(), float("nan")) if column.hasnans else column.astype(bool)
    if inferred in _NUMBERS:
        return column.astype("int64" if inferred == "integer" and _fit_int64(column) else "float64")
    if inferred not in _TEXTS:
        raise Refusal(BAD_TYPE, name=column.name, type=inferred if kind is np.dtype(object) else kind)
    if inferred.startswith("datetime"):
        column = column.map(lambda at: at.isoformat(), na_action="ignore")
    return column.astype("str")


def _fit_int64(column: "pd.Series[Any]") -> bool:
    """Whether integers are all there and fit into 64 bits."""
    return not column.hasnans and int(column.min()) >= -(2**63) and int(column.max()) < 2**63


def _read_lines(text: str, path: str) -> tuple[pd.DataFrame, tuple[Text, ...]]:
    if text.lstrip().startswith("["):
        raise Refusal(JSON_ARRAY, path=path)
    rows = [_read_line(line, at, path) for at, line in enumerate(text.split("\n"), 1) if line.strip()]
    frame = pd.DataFrame(rows)
    mixed = [name for name in frame if pd.api.types.infer_dtype(frame[name], skipna=True).startswith("mixed")]
    for name in mixed:
        frame[name] = frame[name].map(_as_text, na_action="ignore")
    columns = {str(name): _as_csv(frame[name]) for name in frame}
    return pd.DataFrame(columns), tuple(fill(MIXED_JSON, name=name) for name in mixed)


def _as_text(value: Any) -> str:
    """A JSON value as CSV writes it."""
    return value if isinstance(value, str) else str(value)


def _read_line(line: str, at: int, path: str) -> dict[str, Any]:
    try:
        row = json.loads(line, object_pairs_hook=_distinct)
        if "\\ud" in line:
            json.dumps(row, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Refusal(BAD_LINE, path=path, line=at, error=str(error)[:100]) from error
    if not isinstance(row, dict) or any(isinstance(value, dict | list) for value in row.values()):
        raise Refusal(BAD_LINE, path=path, line=at, error=line[:60])
    return row


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError(", ".join(key for key, _ in pairs))
    return row


def check_names(names: Sequence[str]) -> None:
    """Check the names of columns.

    Raises:
        Refusal: one is there twice, or has a character that no request may have in a name.
    """
    for name, count in Counter(names).items():
        if count > 1:
            raise Refusal(REPEATED, name=name)
        if _BAD_NAME.search(name):
            raise Refusal(BAD_NAME, name=repr(name.encode(errors="replace").decode()))


def _without_index(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Text]]:
    """The table without columns that have no name: an index that pandas saved, or empty cells."""
    notes: list[Text] = []
    for place, name in enumerate(map(str, frame.columns), 1):
        if name.strip() and not _UNNAMED.fullmatch(name):
            continue
        column: pd.Series[Any] = frame[name]
        if pd.api.types.is_integer_dtype(column.dtype) and column.to_list() == list(range(len(column))):
            notes.append(INDEX_DROPPED)
        elif column.isna().all():
            notes.append(fill(EMPTY_DROPPED, place=place))
        else:
            raise Refusal(UNNAMED, place=place)
        frame = frame.drop(columns=name)
    return frame, notes


def _mixed_notes(frame: pd.DataFrame) -> list[Text]:
    """What to say of columns of text of which most values are numbers."""
    notes = []
    for name in frame.columns[frame.dtypes == "str"]:
        known = frame[name].dropna()
        is_number = pd.to_numeric(known, errors="coerce").notna()
        if len(known) and 0.5 < is_number.mean() < 1:
            texts = known[~is_number]
            examples = ", ".join(f"« {text} »" for text in list(dict.fromkeys(texts))[:3])
            values = {"numbers": int(is_number.sum()), "texts": len(texts), "examples": examples}
            notes.append(fill(MIXED, name=name, **values))
    return notes
