"""Every page, section and chart of the explorer in Streamlit's AppTest, in both languages and themes."""

import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from functions.explorer import log_messages, messages
from functions.explorer.charts.chart_types import CHARTS
from tests.buckets import bundle, promote, publish, variant
from tests.explorer.conftest import OpenLog, OpenPage
from tests.explorer.test_charts import GOOD
from tests.gcs import FakeGcs

TITLES = {
    "charts": messages.CHARTS_PAGE,
    "data": messages.DATA_PAGE,
    "models": messages.MODELS_PAGE,
    "request_log": messages.REQUEST_LOG_PAGE,
}
PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


TEXT_ELEMENTS = ("title", "subheader", "caption", "markdown", "info", "warning", "success", "error")


def page_text(test: AppTest) -> str:
    """Every text on a page, without the escapes of Markdown."""
    written = "\n".join(str(one.value) for kind in TEXT_ELEMENTS for one in getattr(test, kind))
    return re.sub(r"\\([^\w\s])", r"\1", written)


def checked(test: AppTest) -> AppTest:
    """The page, after a check that it has neither an exception nor an unfilled placeholder."""
    assert not test.exception
    assert PLACEHOLDER.findall(page_text(test)) == []
    return test


def metrics(test: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in test.metric}


def find_widget(test: AppTest, kind: str, label: str) -> Any:
    [match] = [one for one in getattr(test, kind) if one.label == label]
    return match


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("page", TITLES)
def test_every_page_opens_in_both_languages_and_themes(
    page: str, language: str, theme: str, open_page: OpenPage
) -> None:
    test = checked(open_page(page, language, theme))
    assert [one.value for one in test.title] == [TITLES[page][language == "en"]]


def test_the_language_can_be_switched(open_page: OpenPage) -> None:
    test = open_page("data")
    assert [one.value for one in test.button_group(key="lang").set_value("en").run().title] == ["Data"]
    assert metrics(checked(test)) == {"Rows": "150", "Columns": "5", "Missing values": "0 (0.0%)"}


def test_rows_columns_and_statistics_of_a_data_set(open_page: OpenPage) -> None:
    test = checked(open_page("data"))
    assert metrics(test) == {"Lignes": "150", "Colonnes": "5", "Valeurs manquantes": "0 (0,0\u202f%)"}
    assert "Forme (lignes, colonnes) : (150, 5)" in page_text(test)
    lines, facts, numbers, words = (one.value for one in test.dataframe)
    assert lines.shape == (10, 5)
    assert facts["type"].tolist() == ["nombre"] * 4 + ["texte"]
    assert list(numbers.set_index("colonne").loc["petal length (cm)"])[:4] == ["150", "3,758", "1,7653", "1"]
    assert words["la plus fréquente"].tolist() == ["setosa"]
    find_widget(test, "number_input", "Combien de lignes").set_value(3).run()
    find_widget(test, "multiselect", "Quelles colonnes").set_value(["species", "sepal width (cm)"]).run()
    assert checked(test).dataframe[0].value.columns.tolist() == ["species", "sepal width (cm)"]
    assert len(test.dataframe[0].value) == 3
    assert [one.label for one in test.download_button] == ["Télécharger les 150 lignes (CSV)"]


def test_filters_apply_to_the_whole_page_and_to_the_next_one(open_page: OpenPage) -> None:
    test = open_page("data")
    find_widget(test, "multiselect", "D'après ces colonnes").set_value(["species", "petal length (cm)"]).run()
    find_widget(test, "multiselect", "species").set_value(["setosa", "virginica"]).run()
    assert metrics(checked(test))["Lignes"] == "100"
    test.slider[0].set_value((1.0, 4.9)).run()
    assert metrics(checked(test))["Lignes"] == "56"
    assert test.dataframe[1].value["valeurs différentes"].tolist()[-1] == 2
    charts = test.switch_page("views/charts.py").run().run()  # AppTest, unlike a browser, needs two runs
    checked(charts)
    assert find_widget(charts, "multiselect", "species").value == ["setosa", "virginica"]


def test_choices_are_reset_when_their_columns_disappear(open_page: OpenPage, tmp_path: Path) -> None:
    for folder, header in (("one", "a;b"), ("two", "b;c")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.csv").write_text(f"{header}\n1;5\n2;6\n3;7\n")
    test = open_page("data", state={"folder": "one"}, DATA_ROOT=tmp_path)
    find_widget(test, "multiselect", "D'après ces colonnes").set_value(["a", "b"]).run()
    find_widget(test, "multiselect", "Quelles colonnes").set_value(["a"]).run()
    test.slider[0].set_value((1.0, 2.0)).run()
    assert metrics(checked(test))["Lignes"] == "2"
    charts = checked(test.switch_page("views/charts.py").run())
    charts.button_group(key="part").set_value("any").run()
    find_widget(charts, "selectbox", "Dossier").set_value("two").run()
    assert len(checked(charts).image) == 1
    data = checked(charts.switch_page("views/data.py").run().run())
    assert data.dataframe[0].value.columns.tolist() == ["b", "c"]
    (tmp_path / "two/x.csv").rename(tmp_path / "two/y.csv")
    assert find_widget(checked(data.run()), "selectbox", "Jeu de données").value == "y.csv"
    (tmp_path / "two/y.csv").write_text("b;c\n10;50\n20;60\n30;70\n")
    find_widget(data, "multiselect", "D'après ces colonnes").set_value(["b"]).run()
    data.slider[0].set_value((10.0, 20.0)).run()
    (tmp_path / "two/y.csv").write_text("b;c\n1;50\n2;60\n3;70\n")
    assert metrics(checked(data.run()))["Lignes"] == "3"


def test_missing_values_can_be_left_out(open_page: OpenPage) -> None:
    test = open_page("data")
    find_widget(test, "selectbox", "Jeu de données").set_value("planetes.json").run()
    assert metrics(checked(test))["Valeurs manquantes"] == "4 (3,1\u202f%)"
    test.checkbox[0].check().run()
    assert metrics(checked(test)) == {"Lignes": "4", "Colonnes": "16", "Valeurs manquantes": "0 (0,0\u202f%)"}


def test_folders_inside_the_root_open_and_others_are_refused(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "data/mai").mkdir(parents=True)
    (tmp_path / "data/mai/a.csv").write_text("a;b\n1;2\n")
    (tmp_path / "secret.csv").write_text("a;b\n1;2\n")
    test = open_page("data", DATA_ROOT=tmp_path / "data")
    assert "« . » n'a pas de jeu de données : attendu un fichier .csv, .json, " in page_text(checked(test))
    folder = find_widget(test, "selectbox", "Dossier")
    assert folder.options == ["(racine)", "mai"]
    folder.set_value("mai").run()
    assert metrics(checked(test))["Lignes"] == "1"
    test = open_page("data", state={"folder": ".."}, DATA_ROOT=tmp_path / "data")
    assert "« .. » : attendu un dossier qui existe, à l'intérieur de la racine choisie" in page_text(checked(test))
    assert not test.dataframe


def test_an_unreadable_file_gives_one_sentence(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a;b\n1;2\n1;2;3\n")
    test = checked(open_page("data", DATA_ROOT=tmp_path))
    assert "a.csv, ligne 3 : attendu 2 colonnes comme dans la première ligne, reçu 3" in page_text(test)
    assert len(test.warning) == 1


def test_texts_of_a_file_are_escaped(open_page: OpenPage, tmp_path: Path) -> None:
    """A picture in a column's name would make the reader's browser fetch it from another site."""
    trap = "![x](http://elsewhere.example/x.png)"
    (tmp_path / "a.csv").write_text(f"{trap};n\nu;1\nv;2\n")
    (tmp_path / "b.jsonl").write_text(f"{trap}\n")
    test = open_page("data", DATA_ROOT=tmp_path)
    find_widget(test, "multiselect", "D'après ces colonnes").set_value([trap, "n"]).run()
    labels = [one.label for kind in ("multiselect", "slider") for one in getattr(checked(test), kind)]
    assert [label for label in labels if "elsewhere" in label] == [r"\!\[x\](http\://elsewhere.example/x.png)"]
    charts = test.switch_page("views/charts.py").run()
    charts.button_group(key="part").set_value("any").run()
    find_widget(charts, "selectbox", "Axe vertical").set_value(trap).run()
    assert f"« {trap} » est de type texte." in page_text(checked(charts))
    find_widget(charts, "selectbox", "Jeu de données").set_value("b.jsonl").run()
    assert f"b.jsonl, ligne 1 : attendu un objet JSON, reçu : {trap}" in page_text(checked(charts))
    written = [str(one.value) for kind in TEXT_ELEMENTS for one in getattr(charts, kind)]
    assert [text for text in written if "![" in text] == []


def test_a_sample_is_announced(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n\n" + "".join(f"{number}\n" for number in range(5000)))
    test = checked(open_page("data", DATA_ROOT=tmp_path, MAX_ROWS=100))
    assert "Échantillon de 100 lignes tirées au hasard, sur 5\u202f000." in page_text(test)
    assert metrics(test)["Lignes"] == "100"


def test_an_upload_is_read_and_kept_on_other_pages(open_page: OpenPage) -> None:
    test = open_page("data")
    test.file_uploader[0].upload("mes données.csv", "Ville;Prix\nNîmes;1,5\n".encode("cp1252"), "text/csv").run()
    assert metrics(checked(test))["Lignes"] == "1"
    assert test.dataframe[0].value["Prix"].tolist() == [1.5]
    charts = checked(test.switch_page("views/charts.py").run())
    assert find_widget(charts, "selectbox", "Jeu de données").value == "mes données.csv"


def test_uploads_are_limited_and_invalid_ones_give_one_sentence(open_page: OpenPage) -> None:
    test = open_page("data")
    assert test.file_uploader[0].proto.max_upload_size_mb == 50
    test.file_uploader[0].upload("a.parquet", b"PAR1", "application/octet-stream").run()
    assert "a.parquet : attendu un fichier Parquet entier, ce n'en est pas un" in page_text(checked(test))


@pytest.mark.parametrize("key", CHARTS)
def test_every_chart_of_the_custom_section(key: str, open_page: OpenPage) -> None:
    test = open_page("charts")
    test.button_group(key="part").set_value("any").run()
    find_widget(test, "selectbox", "Graphique").set_value(key).run()
    for slot in CHARTS[key].slots:
        columns = GOOD[key].get(slot.name, ())
        kind = "multiselect" if slot.max_columns > 1 else "selectbox"
        value: Any = list(columns) if slot.max_columns > 1 else next(iter(columns), None)
        find_widget(test, kind, slot.label[0]).set_value(value)
    test.run()
    assert len(checked(test).image) == 1
    assert [one.label for one in test.download_button] == ["Télécharger l'image (PNG)"]


def test_a_chart_that_cannot_show_the_columns_gives_the_reason(open_page: OpenPage) -> None:
    test = open_page("charts")
    test.button_group(key="part").set_value("any").run()
    find_widget(test, "selectbox", "Axe vertical").set_value("species").run()
    assert "« Axe vertical » attend une colonne de type nombre" in page_text(checked(test))
    assert not test.image
    assert not test.download_button


def test_correlations_and_counts(open_page: OpenPage) -> None:
    test = checked(open_page("charts"))
    assert find_widget(test, "multiselect", "Colonnes").value == [
        "sepal length (cm)",
        "sepal width (cm)",
        "petal length (cm)",
        "petal width (cm)",
    ]
    assert len(test.image) == 1
    test.button_group(key="part").set_value("counts").run()
    assert find_widget(checked(test), "selectbox", "Caractéristique").value == "species"
    find_widget(test, "selectbox", "Groupes").set_value("species").run()
    assert len(checked(test).image) == 1


def test_an_unexpected_chart_error_gives_one_sentence(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a fault of a library")

    monkeypatch.setattr("functions.explorer.charts.render.render_png", fails)
    test = checked(open_page("charts"))
    assert "Carte de chaleur (corrélations) : ce graphique n'a pas pu être dessiné" in page_text(test)
    assert "library" not in page_text(test)


def open_section(test: AppTest, name: str) -> AppTest:
    return checked(test.button_group(key="model_part").set_value(name).run())


@pytest.mark.parametrize("model", ["predict_digit", "predict_species", "predire"])
def test_the_card_metrics_and_pictures_of_a_model(model: str, open_page: OpenPage) -> None:
    test = open_page("models")
    find_widget(test, "selectbox", "Modèle").set_value(model).run()
    assert "# Fiche du modèle" in page_text(checked(test))
    pictures = len(list(bundle(model).glob("*.png")))
    assert len(test.image) == pictures
    table = open_section(test, "figures").dataframe[0].value
    assert {"accuracy", "ece"} <= set(table["mesure"])
    assert len(open_section(test, "pictures").image) == pictures


def test_versions_without_and_with_a_bucket(
    open_page: OpenPage, gcs: FakeGcs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = open_page("models")
    find_widget(test, "selectbox", "Modèle").set_value("predict_species").run()
    assert "Aucun bucket : MODELS_BUCKET=gs://..." in page_text(open_section(test, "versions"))
    assert "Il n'y a ici que la version embarquée." in page_text(open_section(test, "compare"))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.address)
    monkeypatch.setenv("MODELS_BUCKET", f"gs://{gcs.bucket}")
    other = variant("predict_species", tmp_path, "other", thresholds={"certainty": 0.5})
    publish(gcs, bundle("predict_species"))
    publish(gcs, other)
    current = promote(gcs, other)
    table = open_section(test, "versions").dataframe[0].value
    assert table["état"].tolist() == ["", "courante", "publiée"]
    assert f"{current} est servie depuis 2026-11-21T12:00:00Z." in page_text(test)
    values, facts = (one.value for one in open_section(test, "compare").dataframe)
    assert list(values.set_index("mesure").loc["certainty"])[1:] == ["", "0,50000", "", ""]
    assert list(values.set_index("mesure").loc["accuracy"])[3:] == ["0,00000", ""]
    assert facts["fait"].tolist() == ["command"]


def test_the_page_works_without_its_bucket(open_page: OpenPage, gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.address)
    test = open_page("models", MODELS_BUCKET="gs://not-there-at-all")
    assert "Le bucket : gs://not-there-at-all n'existe pas." in page_text(checked(test))
    assert "# Fiche du modèle" in page_text(test)


def test_a_missing_log_shows_how_to_create_one(open_page: OpenPage) -> None:
    assert "Ce journal n'existe pas encore. `make serve` démarre les fonctions" in page_text(
        checked(open_page("request_log"))
    )


def test_the_overview_of_the_log(open_log: OpenLog) -> None:
    test = checked(open_log("overview"))
    values = metrics(test)
    assert (values["Demandes"], values["Refusées (4xx)"], values["En échec (5xx)"]) == (
        "213",
        "0,5\u202f%",
        "0,0\u202f%",
    )
    assert re.fullmatch(r"\d+,\d\d ms", values["p95"])
    assert len(test.image) == 2
    assert test.dataframe[0].value["demandes"].tolist() == [3, 150, 60]
    find_widget(test, "multiselect", "Fonctions").set_value(["predire"]).run()
    assert metrics(checked(test))["Demandes"] == "60"


def test_a_period_filters_the_lines(open_log: OpenLog) -> None:
    test = open_log("overview", MAX_LINES=50)
    assert "les 50 lignes les plus récentes" in page_text(checked(test))
    find_widget(test, "selectbox", "Période").set_value("hour").run()
    assert metrics(checked(test))["Demandes"] < "50"


def test_predictions_along_time(open_log: OpenLog) -> None:
    test = checked(open_log("answers"))
    find_widget(test, "selectbox", "Fonction").set_value("predire").run()
    assert "probabilité d'échec" in page_text(checked(test))
    assert "59 réponses" in page_text(test)
    find_widget(test, "selectbox", "Fonction").set_value("predict_digit").run()
    assert [one.value for one in checked(test).subheader] == ["chiffre prédit", "certitude (%)"]
    assert len(test.image) == 2


def test_drift_against_the_training_data(open_log: OpenLog) -> None:
    test = checked(open_log("drift"))
    assert find_widget(test, "selectbox", "Fonction").value == "predict_species"  # it has the most lines
    assert "Grandeurs au-delà du seuil de 0,2 : 0 sur 1." in page_text(test)
    assert test.dataframe[0].value["nom"].tolist()[0] == "réponse"
    find_widget(test, "selectbox", "Fonction").set_value("predict_digit").run()
    assert "Trop peu de lignes pour comparer : 3 au plus par grandeur, il en faut 70." in page_text(checked(test))


def test_students_at_risk_with_their_factors(open_log: OpenLog) -> None:
    test = checked(open_log("students"))
    test.slider(key="students").set_value(3).run()
    titles = [one.label for one in checked(test).expander]
    assert [title[:17] for title in titles] == [f"{rank}. Risque d'échec" for rank in (1, 2, 3)]
    assert len(test.image) == 3
    assert log_messages.A_PERSON_DECIDES[0] in page_text(test)


def test_a_request_is_replayed_against_two_versions(open_log: OpenLog, tmp_path: Path) -> None:
    thresholds = {"abstention_low": 0.0, "abstention_high": 1.0}
    variant("predire", tmp_path, "other", thresholds=thresholds)
    test = open_log("replay", BUNDLES=tmp_path)
    find_widget(test, "selectbox", "Fonction").set_value("predire").run()
    request = find_widget(test, "selectbox", "Demande")
    request.select_index(5).run()  # the newest are an explanation, a refused one, and one for two
    versions = find_widget(checked(test), "multiselect", "Versions qui répondent")
    versions.set_value([option.partition(" ")[0] for option in versions.options]).run()
    table = checked(test).dataframe[0].value.set_index("champ")
    assert table.loc["/probabilite_echec"].nunique() == 1
    assert list(table.loc["/a_verifier"])[1:] in (["False", "True"], ["True", "True"])
    assert re.search(r"\d valeurs sur \d+ diffèrent entre les versions\.", page_text(test))


def test_a_drawing_is_replayed_from_its_saved_picture(open_log: OpenLog) -> None:
    test = open_log("replay")
    find_widget(test, "selectbox", "Fonction").set_value("predict_digit").run()
    table = checked(test).dataframe[0].value.set_index("champ")
    assert list(table.loc["/prediction"]) == ["5", "5"]
    assert len(table) == 12


def test_logs_among_the_data_sets_can_be_chosen(open_page: OpenPage, log_folder: Path) -> None:
    test = open_page("request_log", DATA_ROOT=log_folder, JOURNAL=log_folder / "nothing.jsonl")
    assert "Ce journal n'existe pas encore" in page_text(checked(test))
    source = find_widget(test, "selectbox", "Journal")
    assert source.options == ["nothing.jsonl", "raw.jsonl", "requetes_enrg.jsonl"]
    source.set_value("requetes_enrg.jsonl").run()
    assert metrics(checked(test))["Demandes"] == "213"


def test_every_text_has_the_same_placeholders_in_both_languages() -> None:
    """`checked` verifies on every page that all placeholders are filled."""
    pairs: list[tuple[str, str]] = []
    for module in (messages, log_messages):
        for value in vars(module).values():
            values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
            texts = [value] if values and all(isinstance(one, str) for one in values) else list(values)
            pairs += [one for one in texts if isinstance(one, tuple)]
    assert len(pairs) > 200
    assert [one for one in pairs if sorted(PLACEHOLDER.findall(one[0])) != sorted(PLACEHOLDER.findall(one[1]))] == []
