"""The pages before files that nobody expects: in capitals, with braces, with dates of other times."""

from pathlib import Path

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
