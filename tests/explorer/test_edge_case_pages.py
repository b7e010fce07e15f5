"""The pages with unusual files: names in capitals or with braces, distant dates, unsorted logs, equal names."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from tests.explorer.conftest import OpenPage
from tests.explorer.test_pages import checked, find_widget, metrics, page_text


def test_braces_in_a_file_are_not_placeholders(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"ville": "Nice"}\n{"ville": "Ni\n{"ville": "Metz"}\n')
    (tmp_path / "b{}.csv").write_text("a{b};{}\nx;1\ny;2\n")
    test = open_page("data", DATA_ROOT=tmp_path)
    assert not test.exception
    assert 'a.jsonl, ligne 2 : attendu un objet JSON, reçu : {"ville": "Ni' in page_text(test)
    charts = test.switch_page("views/charts.py").run()
    find_widget(charts, "selectbox", "Jeu de données").set_value("b{}.csv").run()
    charts.button_group(key="part").set_value("any").run()
    find_widget(charts, "selectbox", "Axe vertical").set_value("a{b}").run()
    assert not charts.exception
    assert "« a{b} » est de type texte." in page_text(charts)


def test_file_extensions_may_be_in_capitals(open_page: OpenPage, log_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "VENTES.CSV").write_text("a;b\n1;2\n")
    (tmp_path / "LOG.JSONL").write_bytes((log_folder / "requetes_enrg.jsonl").read_bytes())
    test = open_page("request_log", DATA_ROOT=tmp_path, JOURNAL=tmp_path / "nothing.jsonl")
    find_widget(checked(test), "selectbox", "Journal").set_value("LOG.JSONL").run()
    assert metrics(checked(test))["Demandes"] == "213"


def test_days_beyond_a_slider_can_be_filtered(open_page: OpenPage, tmp_path: Path) -> None:
    """Databases write 9999-12-31 for an open end."""
    (tmp_path / "a.csv").write_text("fin;n\n0015-02-01;1\n2026-01-02;2\n9999-12-31;3\n")
    test = open_page("data", DATA_ROOT=tmp_path)
    find_widget(test, "multiselect", "D'après ces colonnes").set_value(["fin"]).run()
    assert metrics(checked(test))["Lignes"] == "3"
    days = find_widget(test, "date_input", "fin")
    assert days.value == (date(15, 2, 1), date(9999, 12, 31))
    days.set_value((date(1900, 1, 1), date(9999, 12, 31))).run()
    assert metrics(checked(test))["Lignes"] == "2"
    days.set_value((date(1900, 1, 1),)).run()
    assert metrics(checked(test))["Lignes"] == "3"


def test_an_unsorted_log_is_shown(open_page: OpenPage, lines: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines[::-1]), "utf-8")
    test = open_page("request_log", JOURNAL=tmp_path / "log.jsonl")
    test.button_group(key="log_part").set_value("students").run()
    assert len(checked(test).expander) == 5


def test_requests_with_the_same_identifier_can_each_be_replayed(
    open_page: OpenPage, lines: list[dict[str, Any]], tmp_path: Path
) -> None:
    flowers = [line | {"request_id": "once more"} for line in lines if line["function"] == "predict_species"]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in flowers), "utf-8")
    test = open_page("request_log", JOURNAL=tmp_path / "log.jsonl")
    test.button_group(key="log_part").set_value("replay").run()
    answers = set()
    for place in (0, 75, 149):  # virginica, versicolor, setosa
        find_widget(test, "selectbox", "Demande").select_index(place).run()
        answers |= set(checked(test).dataframe[0].value.set_index("champ").loc["/result/0"])
    assert answers == {"0", "1", "2"}


def test_an_upload_does_not_replace_the_file_of_the_same_name(open_page: OpenPage) -> None:
    test = open_page("data")
    test.file_uploader[0].upload("iris.csv", b"a;b\n1;2\n", "text/csv").run()
    files = find_widget(checked(test), "selectbox", "Jeu de données")
    assert files.value == "iris.csv (2)"
    assert metrics(test)["Lignes"] == "1"
    files.set_value("iris.csv").run()
    assert metrics(checked(test))["Lignes"] == "150"
