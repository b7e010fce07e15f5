"""The generated card: what it says of each kind of model, as the page of cards shows it."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression

from shared.model.bundle import Data
from shared.model.table import CLASSES, CLUSTERS, OUTLIERS, VALUES, Column, Explanation, Table, Target
from shared.web.markdown import render
from training.card_text import number, plain
from training.contract import Options
from training.new.assessment import assess, served
from training.new.card import PURPOSE, Facts, card
from training.new.card_measures import loss_of
from training.new.fairness import fairness_of
from training.new.importance import importance_of
from training.new.manifest_facts import with_limits
from training.new.pictures import pictures
from training.new.problem import Problem, problem_of
from training.new.progress import Steps
from training.new.project import Project

NASTY = "prix | *net* <b> $x$ [a](b)"
QUICK = Options(quick=True)


def frame(rows: int = 160) -> pd.DataFrame:
    random = np.random.default_rng(0)
    table = pd.DataFrame({NASTY: random.normal(size=rows), "age": random.normal(size=rows)})
    table["sexe"] = np.where(random.random(rows) < 0.5, "femme", "homme")
    table["classe"] = np.where(table[NASTY] + random.normal(size=rows) > 0, "oui", "non")
    table["nombre"] = 100 + 10 * table[NASTY] + random.normal(size=rows)
    return table


COLUMNS = (
    Column(NASTY, "number", minimum=-2.5, maximum=12345.5, example=0.25),
    Column("age", "number", nullable=True, whole=True, minimum=0, maximum=90, title=("Âge", "Age")),
)


def facts(problem: Problem, estimator: Any, folder: Path, **changes: Any) -> Facts:
    targets = {
        CLASSES: (Target("classe", labels=("non", "oui")),),
        VALUES: (Target("nombre"),),
    }.get(problem.kind, (Target(""),))
    table = Table(problem.kind, COLUMNS, (), targets, ignored=("sexe",))  # type: ignore[arg-type]
    with Steps() as steps:
        assessed = assess(estimator, problem, QUICK, steps)
    table = with_limits(table, problem, assessed.uncertain)
    refits = assessed.refits
    importance = importance_of(problem, refits, list(map(str, problem.rows)), QUICK) if refits else ()
    people = frame()[["sexe"]]
    fairness = fairness_of(problem, refits, people) if refits and problem.supervised else None
    clusters = served(estimator, problem) if problem.kind == CLUSTERS else None
    told = Facts(
        Project("essai", folder, "data.csv", ("classe",), sensitive=("sexe",), estimator="e.joblib"),
        QUICK,
        table,
        Data("Essai", "data.csv", "non précisée", len(problem) + 3, {"data.csv": "0" * 64}),
        problem,
        type(estimator).__name__,
        {"rows": 160, "tried": 560, "max_abs_difference": 2e-16, "label_mismatches": 0},
        refits,
        assessed.no_refits,
        assessed.measured,
        assessed.uncertain,
        importance,
        fairness,
        notes=[("la colonne « a|b » fuit", "column `a|b` leaks")],
    )
    drawn = pictures(table, problem, assessed, importance, fairness, loss_of(told), clusters)
    return replace(told, pictures=frozenset(drawn), **changes)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    problem = problem_of(CLASSES, frame(), [NASTY, "age"], ["classe"], (("non", "oui"),))
    model = LogisticRegression().fit(problem.rows, problem.truth["classe"])
    return facts(problem, model, tmp_path_factory.mktemp("essai"))


def shown(text: str) -> str:
    """The card as the page shows it, without tags."""
    page = render(text, lambda name: name.encode()).body.decode()
    return re.sub(r"<[^>]+>", "", page).replace("\u00a0", " ").replace("&lt;", "<").replace("&gt;", ">")


def test_a_classifier_is_told_with_intervals_beside_the_baseline(classifier: Facts) -> None:
    text = card(classifier)
    accuracy = classifier.measured[0].figures["accuracy"]
    assert f"il donne la bonne réponse {100 * accuracy:.1f}".replace(".", ",") in text
    assert "| mesure | modèle | intervalle de confiance à 95 % | témoin |" in text
    assert "aire sous la courbe ROC" in text
    assert "Couverture mesurée" in text
    assert "| sexe : femme |" in text
    assert "Il répond « classe » : non, oui, d'après 2 colonnes d'un tableau." in text
    assert "163 lignes du fichier data.csv, dont 3 sans la valeur à répondre" in text
    assert "Paquet réduit" in text
    assert "La colonne « a\\|b » fuit." in text


def test_names_with_marks_of_markdown_are_shown_as_they_are(classifier: Facts) -> None:
    page = shown(card(classifier))
    assert page.count(NASTY) >= 3
    assert "age (Âge)" in page
    assert "<b>" not in render(card(classifier), lambda name: name.encode()).body.decode()


def test_every_picture_of_the_card_exists_and_every_picture_is_shown(classifier: Facts) -> None:
    named = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", card(classifier))
    assert set(named) == classifier.pictures
    assert len(named) == len(set(named))
    assert {"confusion.png", "fiabilite.png", "importance.png", "groupes.png"} <= classifier.pictures


def test_every_table_of_the_card_has_as_many_cells_in_each_row(classifier: Facts) -> None:
    for block in re.findall(r"(?:^\|.*\n)+", card(classifier), re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(cells) == 1


def test_a_regressor_is_told_by_its_errors_and_its_interval(tmp_path: Path) -> None:
    problem = problem_of(VALUES, frame(), [NASTY, "age"], ["nombre"])
    model = LinearRegression().fit(problem.rows, problem.truth["nombre"])
    told = facts(problem, model, tmp_path)
    text = card(told)
    assert "il se trompe de" in text
    assert "répondre toujours la moyenne se tromperait de" in text
    assert "la réponse, plus ou moins" in text
    assert "étiquette" not in text
    assert {"valeurs.png", "ecarts.png"} <= told.pictures
    assert set(re.findall(r"\(([a-z_]+\.png)\)", text)) == told.pictures
    assert "L'intervalle a la même largeur partout" in text


def test_outliers_and_clusters_have_no_truth_and_say_so(tmp_path: Path) -> None:
    rows = frame()
    outliers = problem_of(OUTLIERS, rows, [NASTY, "age"], [])
    text = card(facts(outliers, IsolationForest(random_state=0).fit(outliers.rows), tmp_path))
    assert "ni une erreur ni une réussite ne peut être comptée" in text
    assert "témoin" not in text
    clusters = problem_of(CLUSTERS, rows, [NASTY, "age"], [])
    told = facts(clusters, KMeans(3, random_state=0).fit(clusters.rows), tmp_path)
    assert "Il range les lignes dans 3 groupes" in card(told)
    assert "stabilité des groupes" in card(told)
    assert "groupes_trouves.png" in told.pictures


def test_a_frozen_estimator_has_no_figures_and_the_card_says_why(tmp_path: Path) -> None:
    problem = problem_of(CLASSES, frame(), [NASTY, "age"], ["classe"], (("non", "oui"),))
    frozen = FrozenEstimator(LogisticRegression().fit(problem.rows, problem.truth["classe"]))
    text = card(facts(problem, frozen, tmp_path))
    assert "Rien d'honnête n'a pu être mesuré" in text
    assert "L'estimateur contient une partie déjà apprise" in text
    assert "## Ce que le modèle n'exclut pas" not in text
    assert "exactitude" not in text


def test_a_model_that_is_no_better_than_the_baseline_is_said_to_be(tmp_path: Path) -> None:
    rows = frame().assign(classe=np.random.default_rng(1).permutation(frame()["classe"].to_numpy()))
    problem = problem_of(CLASSES, rows, [NASTY, "age"], ["classe"], (("non", "oui"),))
    text = card(facts(problem, LogisticRegression().fit(problem.rows, problem.truth["classe"]), tmp_path))
    assert "**Il ne fait pas mieux que le témoin**" in text


def test_a_person_says_what_the_model_is_for(classifier: Facts, tmp_path: Path) -> None:
    assert "écrivez `models/essai/usage.md`" in card(classifier)
    (tmp_path / PURPOSE).write_text("Pour trier le courrier.\n", encoding="utf-8")
    own = card(replace(classifier, project=replace(classifier.project, folder=tmp_path)))
    assert "Pour trier le courrier." in own
    assert "usage.md" not in own


def test_what_a_recipe_compared_and_the_explanation_are_told(classifier: Facts) -> None:
    table = classifier.table
    explained = card(
        replace(
            classifier,
            project=replace(classifier.project, estimator=""),
            compared={"linear": {"log_loss": 0.5}, "blend": {"log_loss": 0.25, "own": 1.0}},
            table=Table(table.kind, table.columns, (), table.targets, explanation=Explanation("g", "a", "log_odds")),
            parity={"rows": 10, "label_mismatches": 2, "ties": 2},
        )
    )
    assert "| modèle essayé | perte logarithmique (nats) | own |" in explained
    assert "| linear | 0,5 | — |" in explained
    assert "les contributions des colonnes, exactes, la redonnent" in explained
    assert "2 étiquettes différentes" in explained
    assert "Pour 2 lignes, deux classes sont à égalité" in explained


def test_numbers_are_french_whatever_their_scale() -> None:
    assert number(12345.6) == "12\u202f346"
    assert number(0.012345) == "0,0123"
    assert number(-0.5) == "−0,5"
    assert number(0) == "0"
    assert number(1e-9) == "1,00 × 10^−9"
    assert number(float("nan")) == number(float("inf")) == "—"
    assert plain("a|b\n*c* & <d>") == "a\\|b \\*c\\* \\& \\<d\\>"
