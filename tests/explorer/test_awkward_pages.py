"""The pages before files that nobody expects: in capitals, with braces, with dates of other times."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from tests.explorer.conftest import Open
from tests.explorer.test_explorer_pages import good, metrics, said, widget


def test_braces_of_a_file_are_no_places_of_a_sentence(explorer: Open, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"ville": "Nice"}\n{"ville": "Ni\n{"ville": "Metz"}\n')
    (tmp_path / "b{}.csv").write_text("a{b};{}\nx;1\ny;2\n")
    test = explorer("data", DATA_ROOT=tmp_path)
    assert not test.exception
    assert 'a.jsonl, ligne 2 : attendu un objet JSON, reçu : {"ville": "Ni' in said(test)
    charts = test.switch_page("views/charts.py").run()
    widget(charts, "selectbox", "Jeu de données").set_value("b{}.csv").run()
    charts.button_group(key="part").set_value("any").run()
    widget(charts, "selectbox", "Axe vertical").set_value("a{b}").run()
    assert not charts.exception
    assert "« a{b} » est de type texte." in said(charts)


def test_a_log_in_capitals_lies_beside_data_sets_in_capitals(explorer: Open, log_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "VENTES.CSV").write_text("a;b\n1;2\n")
    (tmp_path / "LOG.JSONL").write_bytes((log_folder / "requetes_enrg.jsonl").read_bytes())
    test = explorer("journal", DATA_ROOT=tmp_path, JOURNAL=tmp_path / "nothing.jsonl")
    widget(good(test), "selectbox", "Journal").set_value("LOG.JSONL").run()
    assert metrics(good(test))["Demandes"] == "213"


def test_days_that_no_slider_can_tell_are_filtered_too(explorer: Open, tmp_path: Path) -> None:
    """9999-12-31 is what databases write for no end."""
    (tmp_path / "a.csv").write_text("fin;n\n0015-02-01;1\n2026-01-02;2\n9999-12-31;3\n")
    test = explorer("data", DATA_ROOT=tmp_path)
    widget(test, "multiselect", "D'après ces colonnes").set_value(["fin"]).run()
    assert metrics(good(test))["Lignes"] == "3"
    days = widget(test, "date_input", "fin")
    assert days.value == (date(15, 2, 1), date(9999, 12, 31))
    days.set_value((date(1900, 1, 1), date(9999, 12, 31))).run()
    assert metrics(good(test))["Lignes"] == "2"
    days.set_value((date(1900, 1, 1),)).run()
    assert metrics(good(test))["Lignes"] == "3"


def test_a_log_whose_lines_stand_in_another_order_is_shown(
    explorer: Open, lines: list[dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines[::-1]), "utf-8")
    test = explorer("journal", JOURNAL=tmp_path / "log.jsonl")
    test.button_group(key="log_part").set_value("students").run()
    assert len(good(test).expander) == 5


def test_requests_of_one_identifier_can_each_be_put_again(
    explorer: Open, lines: list[dict[str, Any]], tmp_path: Path
) -> None:
    flowers = [line | {"request_id": "once more"} for line in lines if line["function"] == "predict_species"]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in flowers), "utf-8")
    test = explorer("journal", JOURNAL=tmp_path / "log.jsonl")
    test.button_group(key="log_part").set_value("replay").run()
    answers = set()
    for place in (0, 75, 149):  # virginica, versicolor, setosa
        widget(test, "selectbox", "Demande").select_index(place).run()
        answers |= set(good(test).dataframe[0].value.set_index("champ").loc["/result/0"])
    assert answers == {"0", "1", "2"}


def test_an_upload_leaves_the_file_of_its_name_where_it_is(explorer: Open) -> None:
    test = explorer("data")
    test.file_uploader[0].upload("iris.csv", b"a;b\n1;2\n", "text/csv").run()
    files = widget(good(test), "selectbox", "Jeu de données")
    assert files.value == "iris.csv (2)"
    assert metrics(test)["Lignes"] == "1"
    files.set_value("iris.csv").run()
    assert metrics(good(test))["Lignes"] == "150"
