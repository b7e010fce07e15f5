"""Every page, part and chart of the explorer as Streamlit runs it, in both languages and themes."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from functions.explorer import log_texts, texts
from functions.explorer.charts.kinds import CHARTS
from tests.buckets import bundle, promote, publish, variant
from tests.explorer.conftest import Open
from tests.explorer.test_charts import GOOD
from tests.gcs import FakeGcs

Journal = Callable[..., AppTest]
TITLES = {
    "charts": texts.CHARTS_PAGE,
    "data": texts.DATA_PAGE,
    "journal": texts.JOURNAL_PAGE,
    "models": texts.MODELS_PAGE,
}
UNTRANSLATED = re.compile(r"\{[a-z_]+\}")


KINDS = ("title", "subheader", "caption", "markdown", "info", "warning", "success", "error")


def said(test: AppTest) -> str:
    """Every word on a page, as it reads."""
    written = "\n".join(str(one.value) for kind in KINDS for one in getattr(test, kind))
    return re.sub(r"\\([^\w\s])", r"\1", written)


def good(test: AppTest) -> AppTest:
    """A page without a fault, whose sentences are whole."""
    assert not test.exception
    assert UNTRANSLATED.findall(said(test)) == []
    return test


def metrics(test: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in test.metric}


def widget(test: AppTest, kind: str, label: str) -> Any:
    [found] = [one for one in getattr(test, kind) if one.label == label]
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("page", ["data", "charts", "models", "journal"])
def test_every_page_opens_in_both_languages_and_themes(page: str, language: str, theme: str, explorer: Open) -> None:
    titles = {
        "data": texts.DATA_PAGE,
        "charts": texts.CHARTS_PAGE,
        "models": texts.MODELS_PAGE,
        "journal": texts.JOURNAL_PAGE,
    }
    test = good(explorer(page, language, theme))
    assert [one.value for one in test.title] == [titles[page][language == "en"]]


def test_the_language_can_be_switched(explorer: Open) -> None:
    test = explorer("data")
    assert [one.value for one in test.button_group(key="lang").set_value("en").run().title] == ["Data"]
    assert metrics(good(test)) == {"Rows": "150", "Columns": "5", "Missing values": "0 (0.0%)"}


def test_rows_columns_and_figures_of_a_data_set(explorer: Open) -> None:
    test = good(explorer("data"))
    assert metrics(test) == {"Lignes": "150", "Colonnes": "5", "Valeurs manquantes": "0 (0,0\u202f%)"}
    assert "Forme (lignes, colonnes) : (150, 5)" in said(test)
    lines, facts, numbers, words = (one.value for one in test.dataframe)
    assert lines.shape == (10, 5)
    assert facts["type"].tolist() == ["nombre"] * 4 + ["texte"]
    assert list(numbers.set_index("colonne").loc["petal length (cm)"])[:4] == ["150", "3,758", "1,7653", "1"]
    assert words["la plus fréquente"].tolist() == ["setosa"]
    widget(test, "number_input", "Combien de lignes").set_value(3).run()
    widget(test, "multiselect", "Quelles colonnes").set_value(["species", "sepal width (cm)"]).run()
    assert good(test).dataframe[0].value.columns.tolist() == ["species", "sepal width (cm)"]
    assert len(test.dataframe[0].value) == 3
    assert [one.label for one in test.download_button] == ["Télécharger les 150 lignes (CSV)"]


def test_filters_hold_for_everything_below_them_and_on_the_next_page(explorer: Open) -> None:
    test = explorer("data")
    widget(test, "multiselect", "D'après ces colonnes").set_value(["species", "petal length (cm)"]).run()
    widget(test, "multiselect", "species").set_value(["setosa", "virginica"]).run()
    assert metrics(good(test))["Lignes"] == "100"
    test.slider[0].set_value((1.0, 4.9)).run()
    assert metrics(good(test))["Lignes"] == "56"
    assert test.dataframe[1].value["valeurs différentes"].tolist()[-1] == 2
    charts = good(test.switch_page("views/charts.py").run().run())  # AppTest, unlike a browser, needs two runs for it
    assert widget(charts, "multiselect", "species").value == ["setosa", "virginica"]


def test_choices_do_not_outlive_the_columns_they_were_made_of(explorer: Open, tmp_path: Path) -> None:
    for folder, header in (("one", "a;b"), ("two", "b;c")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.csv").write_text(f"{header}\n1;5\n2;6\n3;7\n")
    test = explorer("data", state={"folder": "one"}, DATA_ROOT=tmp_path)
    widget(test, "multiselect", "D'après ces colonnes").set_value(["a", "b"]).run()
    widget(test, "multiselect", "Quelles colonnes").set_value(["a"]).run()
    test.slider[0].set_value((1.0, 2.0)).run()
    assert metrics(good(test))["Lignes"] == "2"
    charts = good(test.switch_page("views/charts.py").run())
    charts.button_group(key="part").set_value("any").run()
    widget(charts, "selectbox", "Dossier").set_value("two").run()
    assert len(good(charts).image) == 1
    data = good(charts.switch_page("views/data.py").run().run())
    assert data.dataframe[0].value.columns.tolist() == ["b", "c"]
    (tmp_path / "two/x.csv").rename(tmp_path / "two/y.csv")
    assert widget(good(data.run()), "selectbox", "Jeu de données").value == "y.csv"
    (tmp_path / "two/y.csv").write_text("b;c\n10;50\n20;60\n30;70\n")
    widget(data, "multiselect", "D'après ces colonnes").set_value(["b"]).run()
    data.slider[0].set_value((10.0, 20.0)).run()
    (tmp_path / "two/y.csv").write_text("b;c\n1;50\n2;60\n3;70\n")
    assert metrics(good(data.run()))["Lignes"] == "3"


def test_missing_values_can_be_left_out(explorer: Open) -> None:
    test = explorer("data")
    widget(test, "selectbox", "Jeu de données").set_value("planetes.json").run()
    assert metrics(good(test))["Valeurs manquantes"] == "4 (3,1\u202f%)"
    test.checkbox[0].check().run()
    assert metrics(good(test)) == {"Lignes": "4", "Colonnes": "16", "Valeurs manquantes": "0 (0,0\u202f%)"}


def test_another_folder_of_the_root_and_none_outside(explorer: Open, tmp_path: Path) -> None:
    (tmp_path / "data/mai").mkdir(parents=True)
    (tmp_path / "data/mai/a.csv").write_text("a;b\n1;2\n")
    (tmp_path / "secret.csv").write_text("a;b\n1;2\n")
    test = explorer("data", DATA_ROOT=tmp_path / "data")
    assert "« . » n'a pas de jeu de données : attendu un fichier .csv, .json, " in said(good(test))
    folder = widget(test, "selectbox", "Dossier")
    assert folder.options == ["(racine)", "mai"]
    folder.set_value("mai").run()
    assert metrics(good(test))["Lignes"] == "1"
    test = explorer("data", state={"folder": ".."}, DATA_ROOT=tmp_path / "data")
    assert "« .. » : attendu un dossier qui existe, à l'intérieur de la racine choisie" in said(good(test))
    assert not test.dataframe


def test_a_file_that_cannot_be_read_is_one_sentence(explorer: Open, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a;b\n1;2\n1;2;3\n")
    test = good(explorer("data", DATA_ROOT=tmp_path))
    assert "a.csv, ligne 3 : attendu 2 colonnes comme dans la première ligne, reçu 3" in said(test)
    assert len(test.warning) == 1


def test_what_a_file_says_is_never_marked_up(explorer: Open, tmp_path: Path) -> None:
    """A picture of another site would be fetched by the reader's browser."""
    trap = "![x](http://elsewhere.example/x.png)"
    (tmp_path / "a.csv").write_text(f"{trap};n\nu;1\nv;2\n")
    (tmp_path / "b.jsonl").write_text(f"{trap}\n")
    test = explorer("data", DATA_ROOT=tmp_path)
    widget(test, "multiselect", "D'après ces colonnes").set_value([trap, "n"]).run()
    labels = [one.label for kind in ("multiselect", "slider") for one in getattr(good(test), kind)]
    assert [label for label in labels if "elsewhere" in label] == [r"\!\[x\](http\://elsewhere.example/x.png)"]
    charts = test.switch_page("views/charts.py").run()
    charts.button_group(key="part").set_value("any").run()
    widget(charts, "selectbox", "Axe vertical").set_value(trap).run()
    assert f"« {trap} » est de type texte." in said(good(charts))
    widget(charts, "selectbox", "Jeu de données").set_value("b.jsonl").run()
    assert f"b.jsonl, ligne 1 : attendu un objet JSON, reçu : {trap}" in said(good(charts))
    written = [str(one.value) for kind in KINDS for one in getattr(charts, kind)]
    assert [text for text in written if "![" in text] == []


def test_a_sample_is_said_to_be_one(explorer: Open, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n\n" + "".join(f"{number}\n" for number in range(5000)))
    test = good(explorer("data", DATA_ROOT=tmp_path, MAX_ROWS=100))
    assert "Échantillon de 100 lignes tirées au hasard, sur 5\u202f000." in said(test)
    assert metrics(test)["Lignes"] == "100"


def test_an_upload_is_read_and_stays_on_the_other_pages(explorer: Open) -> None:
    test = explorer("data")
    test.file_uploader[0].upload("mes données.csv", "Ville;Prix\nNîmes;1,5\n".encode("cp1252"), "text/csv").run()
    assert metrics(good(test))["Lignes"] == "1"
    assert test.dataframe[0].value["Prix"].tolist() == [1.5]
    charts = good(test.switch_page("views/charts.py").run())
    assert widget(charts, "selectbox", "Jeu de données").value == "mes données.csv"


def test_an_upload_is_bounded_and_a_broken_one_is_one_sentence(explorer: Open) -> None:
    test = explorer("data")
    assert test.file_uploader[0].proto.max_upload_size_mb == 50
    test.file_uploader[0].upload("a.parquet", b"PAR1", "application/octet-stream").run()
    assert "a.parquet : attendu un fichier Parquet entier, ce n'en est pas un" in said(good(test))


@pytest.mark.parametrize("key", CHARTS)
def test_every_chart_of_the_custom_part(key: str, explorer: Open) -> None:
    test = explorer("charts")
    test.button_group(key="part").set_value("any").run()
    widget(test, "selectbox", "Graphique").set_value(key).run()
    for slot in CHARTS[key].slots:
        columns = GOOD[key].get(slot.name, ())
        kind = "multiselect" if slot.many > 1 else "selectbox"
        value: Any = list(columns) if slot.many > 1 else next(iter(columns), None)
        widget(test, kind, slot.label[0]).set_value(value)
    test.run()
    assert len(good(test).image) == 1
    assert [one.label for one in test.download_button] == ["Télécharger l'image (PNG)"]


def test_what_makes_no_sense_is_a_sentence_and_no_picture(explorer: Open) -> None:
    test = explorer("charts")
    test.button_group(key="part").set_value("any").run()
    widget(test, "selectbox", "Axe vertical").set_value("species").run()
    assert "« Axe vertical » attend une colonne de type nombre" in said(good(test))
    assert not test.image
    assert not test.download_button


def test_correlations_and_counts(explorer: Open) -> None:
    test = good(explorer("charts"))
    assert widget(test, "multiselect", "Colonnes").value == [
        "sepal length (cm)",
        "sepal width (cm)",
        "petal length (cm)",
        "petal width (cm)",
    ]
    assert len(test.image) == 1
    test.button_group(key="part").set_value("counts").run()
    assert widget(good(test), "selectbox", "Caractéristique").value == "species"
    widget(test, "selectbox", "Groupes").set_value("species").run()
    assert len(good(test).image) == 1


def test_a_chart_that_fails_all_the_same_is_a_sentence(explorer: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a fault of a library")

    monkeypatch.setattr("functions.explorer.charts.theme.picture", fails)
    test = good(explorer("charts"))
    assert "Carte de chaleur (corrélations) : ce graphique n'a pas pu être dessiné" in said(test)
    assert "library" not in said(test)


def part(test: AppTest, name: str) -> AppTest:
    return good(test.button_group(key="model_part").set_value(name).run())


@pytest.mark.parametrize("model", ["predict_digit", "predict_species", "predire"])
def test_the_card_figures_and_pictures_of_a_model(model: str, explorer: Open) -> None:
    test = explorer("models")
    widget(test, "selectbox", "Modèle").set_value(model).run()
    assert "# Fiche du modèle" in said(good(test))
    pictures = len(list(bundle(model).glob("*.png")))
    assert len(test.image) == pictures
    figures = part(test, "figures").dataframe[0].value
    assert {"accuracy", "ece"} <= set(figures["mesure"])
    assert len(part(test, "pictures").image) == pictures


def test_versions_without_and_with_a_bucket(
    explorer: Open, gcs: FakeGcs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = explorer("models")
    widget(test, "selectbox", "Modèle").set_value("predict_species").run()
    assert "Aucun bucket : MODELS_BUCKET=gs://..." in said(part(test, "versions"))
    assert "Il n'y a ici que la version embarquée." in said(part(test, "compare"))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.address)
    monkeypatch.setenv("MODELS_BUCKET", f"gs://{gcs.bucket}")
    other = variant("predict_species", tmp_path, "other", thresholds={"certainty": 0.5})
    publish(gcs, bundle("predict_species"))
    publish(gcs, other)
    current = promote(gcs, other)
    table = part(test, "versions").dataframe[0].value
    assert table["état"].tolist() == ["", "courante", "publiée"]
    assert f"{current} est servie depuis 2026-11-21T12:00:00Z." in said(test)
    figures, facts = (one.value for one in part(test, "compare").dataframe)
    assert list(figures.set_index("mesure").loc["certainty"])[1:] == ["", "0,50000", "", ""]
    assert list(figures.set_index("mesure").loc["accuracy"])[3:] == ["0,00000", ""]
    assert facts["fait"].tolist() == ["command"]


def test_a_bucket_that_does_not_answer_leaves_the_rest(
    explorer: Open, gcs: FakeGcs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.address)
    test = explorer("models", MODELS_BUCKET="gs://not-there-at-all")
    assert "Le bucket : gs://not-there-at-all n'existe pas." in said(good(test))
    assert "# Fiche du modèle" in said(test)


def test_without_a_log_it_is_said_how_to_have_one(explorer: Open) -> None:
    assert "Ce journal n'existe pas encore. `make serve` démarre les fonctions" in said(good(explorer("journal")))


def test_the_log_at_a_glance(journal: Journal) -> None:
    test = good(journal("overview"))
    found = metrics(test)
    assert (found["Demandes"], found["Refusées (4xx)"], found["En échec (5xx)"]) == ("213", "0,5\u202f%", "0,0\u202f%")
    assert re.fullmatch(r"\d+,\d\d ms", found["p95"])
    assert len(test.image) == 2
    assert test.dataframe[0].value["demandes"].tolist() == [3, 150, 60]
    widget(test, "multiselect", "Fonctions").set_value(["predire"]).run()
    assert metrics(good(test))["Demandes"] == "60"


def test_a_period_without_lines_is_said(journal: Journal) -> None:
    test = journal("overview", MAX_LINES=50)
    assert "les 50 lignes les plus récentes" in said(good(test))
    widget(test, "selectbox", "Période").set_value("hour").run()
    assert metrics(good(test))["Demandes"] < "50"


def test_answers_along_time(journal: Journal) -> None:
    test = good(journal("answers"))
    widget(test, "selectbox", "Fonction").set_value("predire").run()
    assert "probabilité d'échec" in said(good(test))
    assert "59 réponses" in said(test)
    widget(test, "selectbox", "Fonction").set_value("predict_digit").run()
    assert [one.value for one in good(test).subheader] == ["chiffre prédit", "certitude (%)"]
    assert len(test.image) == 2


def test_drift_against_what_was_learnt(journal: Journal) -> None:
    test = good(journal("drift"))
    assert widget(test, "selectbox", "Fonction").value == "predict_species"  # it has most lines
    assert "Grandeurs au-delà du seuil de 0,2 : 0 sur 1." in said(test)
    assert test.dataframe[0].value["nom"].tolist()[0] == "classe prédite"
    widget(test, "selectbox", "Fonction").set_value("predict_digit").run()
    assert "Trop peu de lignes pour comparer : 3 au plus par grandeur, il en faut 70." in said(good(test))


def test_students_who_risk_most_with_why(journal: Journal) -> None:
    test = good(journal("students"))
    test.slider(key="students").set_value(3).run()
    titles = [one.label for one in good(test).expander]
    assert [title[:17] for title in titles] == [f"{rank}. Risque d'échec" for rank in (1, 2, 3)]
    assert len(test.image) == 3
    assert log_texts.A_PERSON_DECIDES[0] in said(test)


def test_a_request_is_put_again_to_two_versions(journal: Journal, tmp_path: Path) -> None:
    thresholds = {"abstention_low": 0.0, "abstention_high": 1.0}
    variant("predire", tmp_path, "other", thresholds=thresholds)
    test = journal("replay", BUNDLES=tmp_path)
    widget(test, "selectbox", "Fonction").set_value("predire").run()
    request = widget(test, "selectbox", "Demande")
    request.select_index(5).run()  # the newest are an explanation, a refused one, and one for two
    versions = widget(good(test), "multiselect", "Versions qui répondent")
    versions.set_value([option.partition(" ")[0] for option in versions.options]).run()
    table = good(test).dataframe[0].value.set_index("champ")
    assert table.loc["/probabilite_echec"].nunique() == 1
    assert list(table.loc["/a_verifier"])[1:] in (["False", "True"], ["True", "True"])
    assert re.search(r"\d valeurs sur \d+ diffèrent entre les versions\.", said(test))


def test_a_drawing_is_put_again_from_its_saved_picture(journal: Journal) -> None:
    test = journal("replay")
    widget(test, "selectbox", "Fonction").set_value("predict_digit").run()
    table = good(test).dataframe[0].value.set_index("champ")
    assert list(table.loc["/prediction"]) == ["5", "5"]
    assert len(table) == 12


def test_another_log_lies_beside_the_data_sets(explorer: Open, log_folder: Path) -> None:
    test = explorer("journal", DATA_ROOT=log_folder, JOURNAL=log_folder / "nothing.jsonl")
    assert "Ce journal n'existe pas encore" in said(good(test))
    source = widget(test, "selectbox", "Journal")
    assert source.options == ["nothing.jsonl", "raw.jsonl", "requetes_enrg.jsonl"]
    source.set_value("requetes_enrg.jsonl").run()
    assert metrics(good(test))["Demandes"] == "213"


def test_every_text_is_in_two_languages_with_the_same_places() -> None:
    """And no place is left in a sentence that nothing fills: `good` looks at every page for that."""
    pairs: list[tuple[str, str]] = []
    for module in (texts, log_texts):
        for value in vars(module).values():
            values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
            found = [value] if values and all(isinstance(one, str) for one in values) else list(values)
            pairs += [one for one in found if isinstance(one, tuple)]
    assert len(pairs) > 200
    assert [one for one in pairs if sorted(UNTRANSLATED.findall(one[0])) != sorted(UNTRANSLATED.findall(one[1]))] == []
