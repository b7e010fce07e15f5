"""Reading data sets: formats, dialects, types, samples, and the error messages of unreadable files."""

import json
import tracemalloc
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.explorer.errors import ExplorerError
from functions.explorer.tables.files import FORMATS, Source, list_data_files
from functions.explorer.tables.reader import read_table
from functions.explorer.tables.table import Limits, Table
from tests.replay import ROOT


def table(content: bytes, name: str = "a.csv", limits: Limits | None = None) -> Table:
    source = Source(name, FORMATS[Path(name).suffix], len(content), lambda: BytesIO(content))
    return read_table(source, limits or Limits())


FRENCH = """Ville;Prix (euros);Code postal;Ouverture;Libre
Orléans;1 234,50;01000;02/01/2026;oui
Nîmes;2 000;30000;15/01/2026;non
"""


@pytest.mark.parametrize(
    ("encoding", "written"),
    [("cp1252", "cp1252"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-8", "utf-8")],
)
def test_a_french_spreadsheet_is_read_in_any_encoding(encoding: str, written: str) -> None:
    loaded = table(FRENCH.encode(encoding))
    assert loaded.notes[0][0] == f"encodage {written}, séparateur « ; », décimales après « , »"
    assert loaded.frame["Ville"].tolist() == ["Orléans", "Nîmes"]
    assert loaded.frame["Prix (euros)"].tolist() == [1234.5, 2000]
    assert loaded.frame["Code postal"].tolist() == ["01000", "30000"]
    assert loaded.frame["Ouverture"].tolist() == [pd.Timestamp(2026, 1, 2), pd.Timestamp(2026, 1, 15)]
    assert loaded.frame["Libre"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("a,b\n1,x\n2,y\n", {"a": [1, 2], "b": ["x", "y"]}),
        ("a\tb\n1\t2,5\n2\t3,5\n", {"a": [1, 2], "b": [2.5, 3.5]}),
        ("a|b\n1|2\n", {"a": [1], "b": [2]}),
        ("seule\n1\n2\n", {"seule": [1, 2]}),
        ('a,b\n"x, y","l1\nl2"\n', {"a": ["x, y"], "b": ["l1\nl2"]}),
        ("a;b\n1,5;x\n\n2,5;y;;\n3,5\n", {"a": [1.5, 2.5, 3.5], "b": ["x", "y", None]}),
        (" a ,a,\n1,2,3\n", {"a": [1], "a (2)": [2], "colonne 3": [3]}),
        ("a,b\n1e3,.5\n-2,+1.\n", {"a": [1000.0, -2.0], "b": [0.5, 1.0]}),
        ("t\n2026-01-02T03:04:05Z\n2026-01-02\n", {"t": [pd.Timestamp(2026, 1, 2, 3, 4, 5), pd.Timestamp(2026, 1, 2)]}),
        (
            "t\n31/12/2025 23:59\n01/01/2026 00:00\n",
            {"t": [pd.Timestamp(2025, 12, 31, 23, 59), pd.Timestamp(2026, 1, 1)]},
        ),
        ("n\n99999999999999999999\n1\n", {"n": [1e20, 1.0]}),
        ("v\n=1+1\n1.2.3\n", {"v": ["=1+1", "1.2.3"]}),
        ("prix\n1,5\n2\n", {"prix": [1.5, 2.0]}),
        ("a;b\n1,5;NA\nNA;x\n", {"a": [1.5, None], "b": [None, "x"]}),
        ("v;h\nParis;2 102 650\nMetz;9\n", {"v": ["Paris", "Metz"], "h": [2_102_650, 9]}),
        ("siren\n552 100 554\n005 520 135\n", {"siren": ["552 100 554", "005 520 135"]}),
        ('a,b\n"1,234",1.5\n"12,500",2\n', {"a": ["1,234", "12,500"], "b": [1.5, 2.0]}),
        ('a,b\n"1,25",1\n"12,500",2\n', {"a": [1.25, 12.5], "b": [1, 2]}),
        ("a;b\n1,789;1\n1,654;2\n", {"a": [1.789, 1.654], "b": [1, 2]}),
    ],
)
def test_cells_get_the_type_of_their_column(content: str, columns: dict[str, list[object]]) -> None:
    frame = table(content.encode()).frame
    assert list(frame.columns) == list(columns)
    for name, values in columns.items():
        assert [None if pd.isna(value) else value for value in frame[name]] == values, name


def test_a_decimal_comma_far_into_the_file_is_detected() -> None:
    loaded = table(b"a;b\n" + b"x;0\n" * 5_000 + b"y;0,5\n")
    assert loaded.frame["b"].tolist()[-2:] == [0.0, 0.5]
    assert "décimales après « , »" in loaded.notes[0][0]


def test_missing_values_stay_missing() -> None:
    frame = table(b"n,t,b\n1,x,oui\nNA,,\n,null,non\n").frame
    assert frame["n"].isna().tolist() == [False, True, True]
    assert frame["t"].isna().tolist() == [False, True, True]
    assert frame["b"].tolist()[::2] == ["oui", "non"]  # a column of booleans has no missing value
    assert table(b"a,b\n,1\n,2\n").frame["a"].isna().all()


def test_another_encoding_far_into_the_file_is_detected() -> None:
    content = b"a;b\n" + b"plain;1\n" * 40_000 + "é;2\n".encode("cp1252")
    loaded = table(content)
    assert loaded.frame["a"].iloc[-1] == "é"
    assert "cp1252" in loaded.notes[0][0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "a.csv : attendu des colonnes nommées et une ligne au moins, reçu rien"),
        ("a.csv", b"a,b\n", "a.csv : attendu des colonnes nommées et une ligne au moins, reçu rien"),
        ("a.csv", b"a,b\n1,2\n1,2,3\n", "a.csv, ligne 3 : attendu 2 colonnes comme dans la première ligne, reçu 3"),
        (
            "a.csv",
            b'a,b\n1,2\n"3,4\n5,6\n',
            "a.csv, ligne 4 : un guillemet ouvert avant cette ligne n'est jamais refermé",
        ),
        ("a.csv", b'a,b\n"x"y,2\n', "a.csv, ligne 2 : attendu un séparateur après un guillemet fermant"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.csv : attendu du texte, reçu des octets qui n'en sont pas"),
        ("a.csv", b"a," * 3000 + b"\n1\n", "a.csv : attendu 2000 colonnes au plus, reçu 3001"),
        ("a.csv", b"x" * 5_000_000, "a.csv, ligne 1 : attendu moins de 4194304 caractères"),
        ("a.json", b'{"a": [1, 2', "a.json : attendu du JSON, ce n'en est pas"),
        ("a.json", b'[{"a": 1},\n{"a" 2}]', "a.json : attendu du JSON, ce n'en est plus à l'octet 16"),
        (
            "a.json",
            b"[1, 2]",
            "a.json : attendu une liste d'objets ou un objet de listes de même longueur, reçu un autre JSON",
        ),
        ("a.json", b"[" * 100_000, "a.json : attendu du JSON, ce n'en est pas"),
        ("a.json", b"\xff\xfe[]", "a.json : attendu du JSON, ce n'en est plus à l'octet 0"),
        ("a.jsonl", b'{"a": 1}\n[2]\n{"a": 3}\n', "a.jsonl, ligne 2 : attendu un objet JSON, reçu : [2]"),
        ("a.jsonl", b"bonjour", "a.jsonl, ligne 1 : attendu un objet JSON, reçu : bonjour"),
        ("a.parquet", b"PAR1 et non", "a.parquet : attendu un fichier Parquet entier, ce n'en est pas un"),
    ],
)
def test_errors_name_the_file_and_the_line(name: str, content: bytes, message: str) -> None:
    with pytest.raises(ExplorerError) as raised:
        table(content, name)
    assert raised.value.detail[0] == message
    assert raised.value.detail[1] != message


def test_json_of_every_usual_shape() -> None:
    rows = [{"a": 1, "b": {"c": "x", "d": [1, 2]}}, {"a": 2.5, "e": None, "b": {"c": "y"}}]
    shapes = [rows, {"data": rows, "count": 2}]
    for value in shapes:
        frame = table(json.dumps(value).encode(), "a.json").frame
        assert list(frame.columns) == ["a", "b.c", "b.d", "e"]
        assert frame["a"].tolist() == [1.0, 2.5]
        assert frame["b.d"].tolist()[0] == "[1, 2]"
        assert frame["e"].isna().all()
    assert table(b'{"a": [1, 2], "b": ["x", "y"]}', "a.json").frame["a"].dtype == np.int64
    assert table(b'{"a": 1}\n{"a": 2}\n', "a.json").frame["a"].tolist() == [1, 2]
    frame = table(b'[{"a": {"b": 1}, "a.b": 2}]', "a.json").frame
    assert {name: frame[name].tolist() for name in frame} == {"a.b (2)": [1], "a.b": [2]}


def test_an_incomplete_last_line_is_ignored() -> None:
    loaded = table(
        b'\xef\xbb\xbf{"t": "2026-01-02T03:04:05Z", "n": 1}\n\n{"t": "2026-01-02T03:04:06Z", "n": tru', "a.jsonl"
    )
    assert loaded.notes[0][0] == "la dernière ligne est incomplète : elle est laissée de côté"
    assert loaded.frame["t"].tolist() == [pd.Timestamp(2026, 1, 2, 3, 4, 5)]


def test_mixed_values_of_json_become_text() -> None:
    rows = [{"a": True, "b": 10**30, "c": True}, {"a": 1, "b": 2, "c": False}]
    frame = table(json.dumps(rows).encode(), "a.json").frame
    assert frame["a"].tolist() == ["True", "1"]
    assert frame["b"].tolist() == [str(10**30), "2"]
    assert frame["c"].tolist() == [True, False]


def test_parquet_with_every_type_of_column() -> None:
    columns = {
        "whole": [1, None, 3],
        "decimal": [Decimal("1.50"), None, Decimal("2.25")],
        "time": pa.array([0, 1, None], pa.timestamp("us", tz="Europe/Paris")),
        "list": [[1, 2], [], None],
        "bytes": [b"\xff", b"a", None],
        "truth": [True, None, False],
        "group": pa.array(["x", "y", "x"]).dictionary_encode(),
    }
    content = BytesIO()
    pq.write_table(pa.table(columns), content)
    frame = table(content.getvalue(), "a.parquet").frame
    assert frame["whole"].tolist()[::2] == [1.0, 3.0]
    assert frame["decimal"].tolist()[::2] == [1.5, 2.25]
    assert frame["time"].iloc[1] == pd.Timestamp("1970-01-01T00:00:00.000001")
    assert frame["list"].tolist()[0] == "[1, 2]"
    assert frame["truth"].tolist()[::2] == ["True", "False"]
    assert frame["group"].tolist() == ["x", "y", "x"]


@pytest.mark.parametrize(
    ("frame", "columns"),
    [
        (pd.DataFrame({"b": [3, 4]}, index=pd.Index(["x", "y"], name="a")), {"a": ["x", "y"], "b": [3, 4]}),
        (pd.DataFrame({"b": [3, 4]}, index=[7, 2]), {"b": [3, 4], "index": [7, 2]}),
        (pd.DataFrame({"b": [3, 4, 5]})[1:], {"b": [4, 5]}),
        (
            pd.DataFrame({"c": [5.5, 6]}, index=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["a", "b"])),
            {"a": ["x", "y"], "b": [1, 2], "c": [5.5, 6]},
        ),
    ],
)
def test_an_index_of_pandas_in_parquet_becomes_columns(frame: pd.DataFrame, columns: dict[str, list[object]]) -> None:
    content = BytesIO()
    frame.to_parquet(content)
    loaded = table(content.getvalue(), "a.parquet").frame
    assert {name: loaded[name].tolist() for name in loaded} == columns


def test_parquet_with_equal_names_and_without_rows() -> None:
    content = BytesIO()
    pq.write_table(pa.table([pa.array([1, 2]), pa.array(["x", "y"])], names=["a", "a"]), content)
    frame = table(content.getvalue(), "a.parquet").frame
    assert {name: frame[name].tolist() for name in frame} == {"a": [1, 2], "a (2)": ["x", "y"]}
    empty = BytesIO()
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), empty)
    with pytest.raises(ExplorerError) as raised:
        table(empty.getvalue(), "a.parquet")
    assert raised.value.detail[0] == "a.parquet : attendu des colonnes nommées et une ligne au moins, reçu rien"


def numbered(rows: int) -> bytes:
    return b"n,half\n" + b"".join(b"%d,%.1f\n" % (number, number / 2) for number in range(rows))


def parquet(rows: int) -> bytes:
    content = BytesIO()
    pq.write_table(pa.table({"n": range(rows), "half": np.arange(rows) / 2}), content, row_group_size=3000)
    return content.getvalue()


def jsonl(rows: int) -> bytes:
    return b"".join(b'{"n": %d, "half": %.1f}\n' % (number, number / 2) for number in range(rows))


@pytest.mark.parametrize(("name", "make"), [("a.csv", numbered), ("a.parquet", parquet), ("a.jsonl", jsonl)])
def test_a_large_file_gives_the_same_uniform_sample_each_time(name: str, make: object) -> None:
    content = make(40_000)  # type: ignore[operator]
    loaded = table(content, name, Limits(rows=1000))
    numbers = loaded.frame["n"].to_numpy()
    assert (len(numbers), loaded.rows, loaded.exact, loaded.sampled) == (1000, 40_000, True, True)
    assert (np.diff(numbers) > 0).all()
    assert np.histogram(numbers, 10, (0, 40_000))[0].min() > 60  # 100 expected in each tenth
    assert (loaded.frame["half"] * 2 == numbers).all()
    assert (table(content, name, Limits(rows=1000)).frame["n"] == numbers).all()
    assert not table(content, name).sampled


@pytest.mark.parametrize(("name", "make"), [("a.csv", numbered), ("a.jsonl", jsonl)])
def test_beyond_the_size_limit_the_number_of_rows_is_estimated(name: str, make: object) -> None:
    content = make(200_000)  # type: ignore[operator]
    loaded = table(content, name, Limits(rows=100, bytes=len(content) // 4))
    assert not loaded.exact
    assert loaded.sampled
    assert loaded.rows == pytest.approx(200_000, rel=0.1)
    assert loaded.frame["n"].max() < 80_000


@pytest.mark.untraced
def test_memory_does_not_grow_with_the_file() -> None:
    peaks = []
    for content in (numbered(50_000), numbered(50_000), numbered(400_000)):
        tracemalloc.start()
        table(content, limits=Limits(rows=1000))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.3 * peaks[1]


def test_limits_of_cells_and_of_a_json_file() -> None:
    wide = (",".join(f"c{number}" for number in range(50)) + "\n" + 20 * ("1," * 49 + "1\n")).encode()
    loaded = table(wide, limits=Limits(cells=100))
    assert (len(loaded.frame), loaded.rows) == (2, 20)
    with pytest.raises(ExplorerError, match="read whole, expected at most 1 MiB, got 2"):
        table(b" " * 2**21, "a.json", Limits(json=2**20))


def test_the_data_sets_that_come_with_the_explorer() -> None:
    tables = {
        file.name: read_table(file.source(), Limits())
        for file in list_data_files(ROOT / "functions/explorer/datasets", ".")
    }
    assert {name: one.frame.shape for name, one in tables.items()} == {
        "iris.csv": (150, 5), "planetes.json": (8, 16), "vins.csv": (178, 14),
    }  # fmt: skip
    assert tables["vins.csv"].frame["alcool"].mean() == pytest.approx(13.0006, abs=1e-4)
    assert tables["iris.csv"].frame["species"].value_counts().to_dict() == {
        "setosa": 50,
        "versicolor": 50,
        "virginica": 50,
    }
    assert tables["planetes.json"].frame["pression au sol (bar)"].isna().sum() == 4
