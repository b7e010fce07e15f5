"""Reading tables: CSV in its dialects, Parquet, JSONL, and what is refused."""

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from training.new.conversion.refusal import Refusal
from training.new.csv_text import sniff
from training.new.labels_file import read_labels
from training.new.table_reading import ReadTable, read_table


def write(tmp_path: Path, data: bytes | str, name: str = "data.csv") -> Path:
    """A file with this content."""
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def rows(header: str, line: str, count: int = 24) -> str:
    """A header and as many equal lines, `{n}` being the number of each."""
    return "\n".join([header, *(line.format(n=at) for at in range(count))]) + "\n"


def refusal(path: Path) -> str:
    """The English sentence of a refusal."""
    with pytest.raises(Refusal) as caught:
        read_table(path)
    assert caught.value.detail[0] != caught.value.detail[1]
    return caught.value.detail[1]


def notes(read: ReadTable) -> str:
    """The English notes."""
    return " ".join(note[1] for note in read.notes)


def test_plain_file_is_what_pandas_reads(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=200) * 10.0 ** rng.integers(-20, 20, 200)
    words = ["NA", "None", "x, y", 'a "quoted" word', "null", "n/a", "été", "line\nbreak", "", "True"] * 20
    pd.DataFrame({"x": values, "text": words, "whole": range(200), "flag": [True, False] * 100}).to_csv(
        tmp_path / "data.csv", index=False
    )
    read = read_table(tmp_path / "data.csv")
    pd.testing.assert_frame_equal(read.frame, pd.read_csv(tmp_path / "data.csv"), check_exact=True)
    assert (read.format, read.encoding, read.separator, read.decimal, read.notes) == ("csv", "utf-8", ",", ".", ())


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found(tmp_path: Path, separator: str) -> None:
    text = rows(separator.join(["a", "b", "c"]), separator.join(["{n}", f'"x{separator}, y; z"', "2.5"]))
    read = read_table(write(tmp_path, text))
    assert read.separator == separator
    assert read.frame.iloc[3].tolist() == [3, f"x{separator}, y; z", 2.5]


def test_one_column_of_sentences_has_no_separator(tmp_path: Path) -> None:
    read = read_table(write(tmp_path, rows("phrase", "bonjour, à toi {n}")))
    assert read.frame["phrase"][1] == "bonjour, à toi 1"
    assert list(read.frame) == ["phrase"]


def test_column_with_every_separator_takes_that_of_the_header() -> None:
    assert sniff("a;b\n1;x,y|z\tw;;;;\n2;3\n" + "4;5;6\n" * 9) == ";"


def test_announced_separator_is_taken(tmp_path: Path) -> None:
    read = read_table(write(tmp_path, "sep=|\r\n" + rows("a|b", "{n}|x")))
    assert (read.separator, list(read.frame)) == ("|", ["a", "b"])


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
)
def test_encoding_is_found(tmp_path: Path, encoding: str, found: str) -> None:
    read = read_table(write(tmp_path, rows("été,b", "forêt {n},2").encode(encoding)))
    assert read.encoding == found
    assert read.frame["été"][2] == "forêt 2"
    assert ("cp1252" in notes(read)) == (found == "cp1252")


def test_compressed_file_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(rows("a,b", "{n},2").encode()), "data.csv.gz")
    assert read_table(path).frame["a"].tolist() == list(range(24))


def test_decimal_commas_become_numbers(tmp_path: Path) -> None:
    text = rows("prix;poids;nom;point", "{n},5;1e-3;a,b;{n}.25")
    read = read_table(write(tmp_path, text))
    assert (read.separator, read.decimal) == (";", ",")
    assert read.frame.iloc[3].tolist() == [3.5, 0.001, "a,b", 3.25]
    assert "decimal comma: prix." in notes(read)


def test_whole_numbers_among_decimal_commas_stay_numbers(tmp_path: Path) -> None:
    text = "a;b\n" + "1,5;x\n3;y\n;z\n" * 8
    assert read_table(write(tmp_path, text)).frame["a"].tolist()[:2] == [1.5, 3.0]


def test_commas_in_a_file_that_they_separate_are_left_alone(tmp_path: Path) -> None:
    read = read_table(write(tmp_path, rows("a,b", '"1,5",2')))
    assert (read.decimal, read.frame["a"][0]) == (".", "1,5")


def test_thousands_separators_are_left_alone_and_told(tmp_path: Path) -> None:
    read = read_table(write(tmp_path, rows("a;b", "1 234 567;{n}")))
    assert read.frame["a"][0] == "1 234 567"
    assert "`a` has thousands separators (`1 234 567`)" in notes(read)


def test_booleans_with_missing_values_stay_booleans(tmp_path: Path) -> None:
    read = read_table(write(tmp_path, "a,b\n" + "True,1\n,2\nFalse,3\n" * 8))
    assert read.frame["a"].dtype == object
    assert read.frame["a"][0] is True


def test_column_of_numbers_and_a_few_words_is_told(tmp_path: Path) -> None:
    read = read_table(write(tmp_path, rows("a,b", "{n},x") + "?,y\n"))
    assert read.frame["a"].dtype == "str"
    assert "`a` has 24 numbers and 1 texts" in notes(read)


def test_saved_index_is_dropped_and_told(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1.5] * 24, "b": ["x"] * 24}).to_csv(tmp_path / "data.csv")
    read = read_table(tmp_path / "data.csv")
    assert list(read.frame) == ["a", "b"]
    assert "numbers the rows" in notes(read)


def test_empty_column_without_a_name_is_dropped(tmp_path: Path) -> None:
    read = read_table(write(tmp_path, rows("a,b,", "{n},2,")))
    assert list(read.frame) == ["a", "b"]
    assert "column no. 3" in notes(read)


def test_short_lines_are_told(tmp_path: Path) -> None:
    read = read_table(write(tmp_path, rows("a,b", "{n},2") + "7\n"))
    assert np.isnan(read.frame["b"].iloc[-1])
    assert "1 line(s) have fewer than 2 cells (the first: line 26)" in notes(read)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("data.csv", b"", "is empty"),
        ("data.csv", b" \n\n", "is empty"),
        ("data.xlsx", b"PK\x03\x04rest", "export the sheet as CSV"),
        ("data.xls", b"\xd0\xcf\x11\xe0rest", "export the sheet as CSV"),
        ("data.csv", b"a,b\n\0\0\0", "is not text"),
        ("data.csv", b"a\x81,b\n1,2\n", "is not text"),
        ("data.csv.gz", b"\x1f\x8bbroken", "is not text"),
        ("data.parquet", b"a,b\n1,2\n", "cannot be read as Parquet"),
        ("data.parquet", b"PAR1broken", "cannot be read as Parquet"),
        ("data.csv", rows("a,b", "{n},2", 12), "has only 12 row(s): at least 20"),
        ("data.csv", rows("a,a", "{n},2"), "several columns are called `a`"),
        ("data.csv", rows('a,"b ""net"" é"', "{n},2"), "column 'b \"net\" é' has a quote"),
        ("data.csv", rows("a,", "{n},x"), "column no. 2 has no name"),
        ("data.csv", rows(",b", "{n}.5,x"), "column no. 1 has no name"),
        ("data.csv", rows("a,b", "{n},2") + "1,2,3\n", "line 26: 3 cells instead of 2"),
        ("data.csv", "sep=,\n" + rows("a,b", "{n},2") + "1,2,3\n", "line 27: 3 cells instead of 2"),
        ("data.csv", rows("a,b", "{n},2") + '1,"open\n', "cannot be read as CSV"),
        ("data.json", b'[{"a": 1}]', "is a JSON array"),
        ("data.jsonl", b'{"a": 1}\n{"a": [1]}\n', "line 2"),
        ("data.jsonl", b'{"a": 1, "a": 2}\n', "line 1"),
        ("data.jsonl", b"3\n", "line 1"),
        ("data.jsonl", b"{broken\n", "line 1"),
    ],
)
def test_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, data: bytes | str, sentence: str) -> None:
    assert sentence in refusal(write(tmp_path, data, name))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    assert "no file at `nowhere.csv`" in refusal(tmp_path / "nowhere.csv")


def test_parquet_is_read_as_csv_would_be(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "small": pd.array([1, 2, None] * 8, dtype="Int8"),
            "single": np.arange(24, dtype="float32") / 3,
            "category": pd.Categorical(["x", "y", "x"] * 8),
            "when": pd.date_range("2024-01-01", periods=24),
            "flag": pd.array([True, None, False] * 8, dtype="boolean"),
            "text": ["é", None, "z"] * 8,
            "whole": np.arange(24, dtype="uint8"),
        }
    )
    frame.to_parquet(tmp_path / "data.parquet")
    read = read_table(tmp_path / "data.parquet")
    assert read.format == "parquet"
    csv = pd.read_csv(io.StringIO(frame.assign(single=frame["single"].astype(float)).to_csv(index=False)))
    pd.testing.assert_frame_equal(read.frame.drop(columns="when"), csv.drop(columns="when"), check_exact=True)
    assert read.frame["when"][1] == "2024-01-02T00:00:00"


def test_named_index_of_parquet_is_a_column(tmp_path: Path) -> None:
    pd.DataFrame({"a": range(24)}, index=pd.Index([f"k{at}" for at in range(24)], name="key")).to_parquet(
        tmp_path / "data.parquet"
    )
    assert list(read_table(tmp_path / "data.parquet").frame) == ["key", "a"]


def test_jsonl_is_read_as_csv_would_be(tmp_path: Path) -> None:
    records = [{"a": 1, "b": "x", "c": None, "date": "2024-01-01", "m": 1}, {"a": 2.5, "b": None, "c": True, "m": "z"}]
    text = "\n".join(json.dumps(record) for record in records * 12)
    read = read_table(write(tmp_path, text, "data.jsonl"))
    assert read.format == "jsonl"
    assert read.frame["a"].tolist()[:2] == [1.0, 2.5]
    assert read.frame["c"][1] is True
    assert read.frame["date"].dtype == "str"
    assert read.frame["m"].tolist()[:2] == ["1", "z"]
    assert "`m` mixes text and numbers" in notes(read)


def test_labels_are_titles_in_both_languages(tmp_path: Path) -> None:
    path = write(tmp_path, "colonne;titre;title\nage;Âge;Age\nprix;Prix;\n", "fr.csv")
    assert read_labels(path, ["age", "prix", "nom"]) == {"age": ("Âge", "Age"), "prix": ("Prix", "prix")}
    two = write(tmp_path, "colonne,titre\nage,Âge\n", "two.csv")
    assert read_labels(two, ["age"]) == {"age": ("Âge", "age")}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "colonne,titre\nagee,Âge\n",
            "gives a title to `agee`, which the table does not have; the nearest one is `age`",
        ),
        ("colonne\nage\n", "has 1 columns: expected two or three"),
    ],
)
def test_labels_of_another_form_are_refused(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_labels(write(tmp_path, text, "fr.csv"), ["age"])
    assert sentence in caught.value.detail[1]


def test_missing_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        read_labels(tmp_path / "nowhere.csv", ["age"])
