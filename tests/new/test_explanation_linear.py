"""Contributions of linear and additive models: the weight times the distance to the mean."""

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
from msgspec import structs
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.cross_decomposition import PLSRegression
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    RANSACRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    TweedieRegressor,
)
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, SplineTransformer, StandardScaler
from sklearn.svm import SVC, SVR

from shared.model.table import Table, Target
from shared.model.tabular.explanations import Explainer
from tests.new.explanation_tools import assert_adds_up, explain, logit, refusal
from training.new import explanation
from training.new.conversion.converter import Converted, convert
from training.new.explanation import BuiltExplanation, build_explanation
from training.new.explanation_check import gives_answers_back
from training.new.explanation_feeds import Feeds, feeds_of_rows

IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
CANCER, MALIGN = load_breast_cancer(return_X_y=True, as_frame=True)
CANCER = CANCER.iloc[:, :6]
DIABETES, PROGRESS = load_diabetes(return_X_y=True, as_frame=True)
TWO = SPECIES < 2


def test_weights_times_distances_to_the_mean() -> None:
    ridge = Ridge().fit(DIABETES, PROGRESS)
    explained = explain(ridge, DIABETES)
    assert explained.scale == "value"
    expected = (DIABETES - DIABETES.mean()) * ridge.coef_
    np.testing.assert_allclose(explained.contributions(DIABETES.iloc[:30]), expected.iloc[:30], atol=1e-10)
    assert_adds_up(explained, DIABETES, ridge.predict(DIABETES))


def test_an_answer_names_the_scale_the_class_and_the_largest_contributions_first() -> None:
    logistic = make_pipeline(StandardScaler(), LogisticRegression()).fit(
        CANCER, np.where(MALIGN == 0, "malin", "bénin")
    )
    explained = explain(logistic, CANCER)
    rows = CANCER.iloc[[0, 19, 4]]
    answers = explained.answers(rows)
    log_odds = logistic.decision_function(rows)
    for answer, expected in zip(answers, log_odds, strict=True):
        assert (answer["scale"], answer["class"]) == ("log_odds", "malin")
        sizes = [abs(one["contribution"]) for one in answer["contributions"]]
        assert sizes == sorted(sizes, reverse=True)
        assert {one["column"] for one in answer["contributions"]} == set(CANCER)
        assert answer["total"] == pytest.approx(expected, abs=1e-9)
        added = answer["base"] + sum(one["contribution"] for one in answer["contributions"])
        assert added == pytest.approx(answer["total"], abs=1e-9)
    assert explained.answers(rows, [2]) == answers[2:]


def test_of_more_than_two_classes_the_answered_one_is_explained() -> None:
    logistic = LogisticRegression(max_iter=1000).fit(IRIS, SPECIES)
    explained = explain(logistic, IRIS)
    assert_adds_up(explained, IRIS, logistic.decision_function(IRIS))
    for answer, label, scores in zip(
        explained.answers(IRIS[::20]), logistic.predict(IRIS[::20]), logistic.decision_function(IRIS[::20]), strict=True
    ):
        assert (answer["class"], answer["total"]) == (label, pytest.approx(scores[label], abs=1e-9))


@pytest.mark.parametrize(
    ("estimator", "scale"),
    [
        (LinearDiscriminantAnalysis(), "log_odds"),
        (RidgeClassifier(), "value"),
        (SGDClassifier(loss="log_loss", random_state=0), "log_odds"),
        (SGDClassifier(random_state=0), "value"),
    ],
)
def test_scores_of_classes(estimator: Any, scale: str) -> None:
    for rows, target in ((IRIS, SPECIES), (IRIS[TWO], SPECIES[TWO])):
        estimator.fit(rows, target)
        explained = explain(estimator, rows)
        assert explained.scale == scale
        assert_adds_up(explained, rows, estimator.decision_function(rows))


@pytest.mark.parametrize(
    ("estimator", "scale", "inverse"),
    [
        (PoissonRegressor(), "log_value", np.log),
        (TweedieRegressor(power=1.5, alpha=0.1), "log_value", np.log),
        (TweedieRegressor(power=0), "value", np.asarray),
        (LinearRegression(), "value", np.asarray),
    ],
)
def test_links(estimator: Any, scale: str, inverse: Any) -> None:
    estimator.fit(DIABETES, PROGRESS)
    explained = explain(estimator, DIABETES)
    assert explained.scale == scale
    assert_adds_up(explained, DIABETES, inverse(estimator.predict(DIABETES)))


def test_linear_kernels_and_components() -> None:
    for estimator in (SVR(kernel="linear"), PLSRegression(3), RANSACRegressor(random_state=0)):
        estimator.fit(DIABETES, PROGRESS)
        assert_adds_up(explain(estimator, DIABETES), DIABETES, estimator.predict(DIABETES), 1e-8)
    machine = make_pipeline(StandardScaler(), SVC(kernel="linear")).fit(CANCER, MALIGN)
    assert_adds_up(explain(machine, CANCER), CANCER, machine.decision_function(CANCER), 1e-8)
    assert "SVC(kernel='rbf')" in refusal(SVC().fit(IRIS, SPECIES), IRIS)[0]


def test_naive_bayes() -> None:
    counts = (IRIS * 2).round()
    for estimator, rows in ((GaussianNB(), IRIS), (MultinomialNB(), counts), (ComplementNB(), counts)):
        estimator.fit(rows, SPECIES)
        expected = estimator.predict_joint_log_proba(rows)
        assert_adds_up(explain(estimator, rows), rows, expected)
    for estimator in (GaussianNB(), BernoulliNB(binarize=5.0)):
        estimator.fit(IRIS[TWO], SPECIES[TWO])
        probabilities = estimator.predict_joint_log_proba(IRIS[TWO])
        assert_adds_up(explain(estimator, IRIS[TWO]), IRIS[TWO], probabilities[:, 1] - probabilities[:, 0])


def passengers() -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "age": random.uniform(1, 80, 300),
            "port": random.choice(["Brest", "Sète", "Nice", None], 300, p=[0.5, 0.2, 0.2, 0.1]),
            "fare": random.exponential(30, 300),
        }
    )
    return table, (table.age / 40 + (table.port == "Nice") + random.normal(0, 0.5, 300) > 1.4).astype(int)


def test_features_of_one_column_are_added_up() -> None:
    table, survived = passengers()
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["port"]), (SplineTransformer(), ["age"]), remainder="passthrough"
    )
    pipeline = make_pipeline(columns, LogisticRegression(max_iter=2000)).fit(table, survived)
    explained = explain(pipeline, table)
    assert explained.built.names == ("age", "port", "fare")
    assert_adds_up(explained, table, logit(pipeline.predict_proba(table)[:, 1]), 1e-7)
    weights = pipeline[-1].coef_[0]
    features = pipeline[0].transform(table)
    ports = (features - features.mean(axis=0))[:, :4] @ weights[:4]
    np.testing.assert_allclose(explained.contributions(table)["port"], ports, atol=1e-9)


def test_a_feature_of_two_columns_has_a_group() -> None:
    table = IRIS.iloc[:, :3].set_axis(["c", "a", "b"], axis=1)
    pipeline = make_pipeline(PolynomialFeatures(2), LinearRegression()).fit(table, SPECIES)
    explained = explain(pipeline, table)
    assert explained.built.names == ("c", "a", "b", "c × a", "c × b", "a × b")
    assert_adds_up(explained, table, pipeline.predict(table))


def test_a_column_without_weight_is_not_named() -> None:
    table = IRIS.assign(constant=1.0)
    assert "constant" not in explain(LinearRegression().fit(table, SPECIES), table).built.names


def test_what_is_no_sum_is_refused_by_name() -> None:
    assert "KNeighborsClassifier" in refusal(KNeighborsClassifier().fit(IRIS, SPECIES), IRIS)[1]
    mixed = make_pipeline(PCA(2), LogisticRegression()).fit(IRIS, SPECIES)
    french, _ = refusal(mixed, IRIS)
    assert french.startswith(
        "une étape mélange 4 colonnes (sepal length (cm), sepal width (cm), petal length (cm)...) :"
    )
    nothing = make_pipeline(ColumnTransformer([("all", "passthrough", list(IRIS))]), LinearRegression())
    assert "always answers the same" in refusal(nothing.fit(IRIS, np.ones(len(IRIS))), IRIS)[1]
    several = LinearRegression().fit(IRIS, np.column_stack([SPECIES, SPECIES]))
    assert "one model for each target" in refusal(several, IRIS)[1]


def test_words_of_a_text_and_parts_of_a_date() -> None:
    from training.new.recipe.dates import DateParts  # noqa: PLC0415

    table = pd.DataFrame(
        {
            "message": ["gratis gratis", "bonjour toi", "", "gratis pour toi", "à demain", "demain gratis"] * 10,
            "sent": ["2024-03-01", "2024-05-01", "2024-07-03", None, "2023-01-09", "2022-08-08"] * 10,
            "late": np.arange(60) % 7 > 2,
        }
    )
    spam = [1, 0, 0, 1, 0, 1] * 10
    columns = make_column_transformer(
        (TfidfVectorizer(), "message"),
        (make_pipeline(DateParts(), SimpleImputer()), ["sent"]),
        ("passthrough", ["late"]),
    )
    pipeline = make_pipeline(columns, StandardScaler(with_mean=False), LogisticRegression(max_iter=1000)).fit(
        table, spam
    )
    explained = explain(pipeline, table)
    assert explained.built.names == ("message", "sent", "late")
    assert_adds_up(explained, table[:6], pipeline.decision_function(table[:6]))


def test_wide_rows_are_read_in_smaller_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    ridge = Ridge().fit(DIABETES, PROGRESS)
    whole = explain(ridge, DIABETES)
    monkeypatch.setattr(explanation, "BLOCK_BYTES", 10 * 8 * 100)
    sizes: list[int] = []

    def make_feeds(converted: Converted, rows: pd.DataFrame) -> Feeds:
        sizes.append(len(rows))
        return feeds_of_rows(converted, rows)

    built = build_explanation(ridge, convert(ridge, DIABETES), DIABETES, make_feeds)
    assert isinstance(built, BuiltExplanation)
    assert sizes[:5] == [100, 100, 100, 100, 42]
    with np.load(io.BytesIO(built.files["explanation.npz"])) as blocks:
        np.testing.assert_allclose(blocks["base"], whole.explainer._base, rtol=1e-12)


def test_what_cannot_be_compared_is_not_explained() -> None:
    ridge = Ridge().fit(DIABETES, PROGRESS)
    explained = explain(ridge, DIABETES)
    feeds = feeds_of_rows(explained.converted, DIABETES[:5])
    for scale, right in (("value", True), ("probability", False), ("log_value", False)):
        named = structs.replace(explained.built.explanation, scale=scale)
        assert gives_answers_back(explained.converted, named, explained.built.files, feeds) is right


def test_a_model_without_an_explanation_has_no_explainer() -> None:
    with pytest.raises(ValueError, match="no explanation"):
        Explainer(Table("values", (), (), (Target("y"),)), {})
