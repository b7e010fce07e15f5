"""Tests of estimators of estimators: their graphs answer as scikit-learn does, whatever the classes are called."""

from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier, _ConstantPredictor
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC

from tests.new.conversion_tools import assert_same, run
from training.new.conversion.conversion import Conversion
from training.new.conversion.converter import convert
from training.new.conversion.families import thresholds
from training.new.conversion.families.answers import joined, probabilities_in, response, sources_of
from training.new.conversion.refusal import Refusal
from training.new.conversion.values import Columns, Matrix, Prediction, TextColumn

WINE, CULTIVAR = load_wine(return_X_y=True, as_frame=True)
IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
CANCER, BENIGN = load_breast_cancer(return_X_y=True, as_frame=True)
DIABETES, PROGRESS = load_diabetes(return_X_y=True, as_frame=True)
SIZES = ["mean radius", "mean texture", "mean smoothness"]
NAMES = np.array(["rouge", "blanc", "rosé"])[CULTIVAR]
TWO_NUMBERS = np.column_stack([PROGRESS, np.exp(PROGRESS / 100)])
TWO_CLASSES = np.column_stack([NAMES, np.where(WINE["alcohol"] > 13, "fort", "léger")])


def scaled(estimator: Any) -> Any:
    """The estimator after a StandardScaler."""
    return make_pipeline(StandardScaler(), estimator)


LOGISTIC = scaled(LogisticRegression())
MARGIN = scaled(LinearSVC())

CLASSIFIERS = [
    CalibratedClassifierCV(MARGIN, cv=3),
    CalibratedClassifierCV(GaussianNB(), cv=3),
    CalibratedClassifierCV(LOGISTIC, method="isotonic", cv=3, ensemble=False),
    CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=3),
    VotingClassifier([("a", LOGISTIC), ("b", GaussianNB())], voting="soft", weights=[2, 1]),
    VotingClassifier([("a", LOGISTIC), ("b", GaussianNB()), ("c", MARGIN), ("d", "drop")]),
    VotingClassifier([("a", LOGISTIC), ("b", GaussianNB())], weights=[0.4, 0.6]),
    StackingClassifier([("a", LOGISTIC), ("b", GaussianNB())], scaled(LogisticRegression())),
    StackingClassifier([("a", MARGIN), ("b", GaussianNB())], GaussianNB(), passthrough=True),
    StackingClassifier([("a", LOGISTIC), ("b", GaussianNB())], LinearDiscriminantAnalysis(), stack_method="predict"),
    StackingClassifier([("a", scaled(SVC())), ("b", GaussianNB())], scaled(LinearSVC())),
    OneVsRestClassifier(LOGISTIC),
    OneVsRestClassifier(GaussianNB()),
    OneVsRestClassifier(MARGIN),
    OneVsRestClassifier(LinearRegression()),
    OneVsOneClassifier(MARGIN),
    OneVsOneClassifier(GaussianNB()),
    OutputCodeClassifier(MARGIN, random_state=0),
    BaggingClassifier(LOGISTIC, 4, max_features=0.5, random_state=0),
    BaggingClassifier(GaussianNB(), 4, max_samples=0.3, random_state=0),
    BaggingClassifier(scaled(RidgeClassifier()), 5, random_state=0),
    AdaBoostClassifier(GaussianNB(), n_estimators=5, random_state=0),
    AdaBoostClassifier(BernoulliNB(binarize=10.0), n_estimators=4),
]


@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda value: str(value).replace("\n", "")[:90])
def test_classifier_of_classifiers_answers_as_scikit_learn(estimator: Any) -> None:
    assert_same(estimator.fit(WINE, NAMES), WINE)
    assert_same(estimator.fit(CANCER[SIZES], BENIGN == 1), CANCER[SIZES])
    assert_same(estimator.fit(IRIS, SPECIES * 2.0 - 1), IRIS)


@pytest.mark.parametrize("inner", [LOGISTIC, GaussianNB()], ids=["scores", "probabilities"])
def test_calibration_by_temperature_answers_as_scikit_learn(inner: Any) -> None:
    estimator = CalibratedClassifierCV(inner, method="temperature", cv=3)
    assert_same(fitted_at_last(estimator, WINE, NAMES), WINE)
    assert_same(fitted_at_last(estimator, CANCER[SIZES], BENIGN == 1), CANCER[SIZES])


def fitted_at_last(estimator: Any, table: Any, target: Any) -> Any:
    """The estimator, fitted; tried again where scikit-learn's search for a temperature ends in NaN, now and then."""
    for _ in range(20):
        try:
            return estimator.fit(table, target)
        except RuntimeError as error:
            reason = error
    raise reason


def test_bag_whose_estimators_know_some_classes_only_answers_as_scikit_learn() -> None:
    rare = np.where(np.arange(len(NAMES)) < 3, "unique", NAMES)
    for inner in (GaussianNB(), LinearDiscriminantAnalysis(), RidgeClassifier()):
        assert_same(BaggingClassifier(inner, 8, max_samples=30, random_state=1).fit(WINE, rare), WINE)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_constant_class_answers_as_scikit_learn() -> None:
    model = OneVsRestClassifier(LogisticRegression(max_iter=500)).fit(IRIS, SPECIES)
    model.estimators_[1] = _ConstantPredictor().fit(IRIS, np.array([0]))
    assert_same(model, IRIS)


def test_estimators_fitted_before_keep_their_classes() -> None:
    fitted = LOGISTIC.fit(CANCER, BENIGN)
    assert_same(CalibratedClassifierCV(FrozenEstimator(fitted)).fit(CANCER, BENIGN), CANCER)
    stack = StackingClassifier([("a", fitted)], GaussianNB(), cv="prefit", stack_method="predict")
    assert_same(stack.fit(CANCER, BENIGN), CANCER)


@pytest.mark.parametrize(
    "estimator",
    [
        TunedThresholdClassifierCV(LOGISTIC, scoring="balanced_accuracy", cv=2, thresholds=9),
        TunedThresholdClassifierCV(MARGIN, cv=2, thresholds=9),
        TunedThresholdClassifierCV(LOGISTIC, scoring=make_scorer(f1_score, pos_label=0), cv=2, thresholds=9),
        FixedThresholdClassifier(LOGISTIC, threshold=0.8),
        FixedThresholdClassifier(LOGISTIC, threshold=0.8, pos_label=0),
        FixedThresholdClassifier(MARGIN, threshold=0.3, pos_label=0),
        FixedThresholdClassifier(LOGISTIC),
        FixedThresholdClassifier(MARGIN),
        FixedThresholdClassifier(LOGISTIC, threshold=-1, response_method="decision_function"),
    ],
    ids=lambda value: str(value).replace("\n", "")[-60:],
)
def test_threshold_answers_as_scikit_learn(estimator: Any) -> None:
    assert_same(estimator.fit(CANCER, BENIGN), CANCER)


REGRESSORS = [
    VotingRegressor([("a", Ridge()), ("b", LinearRegression())], weights=[1, 3]),
    StackingRegressor([("a", Ridge()), ("b", LinearRegression())], Ridge(), passthrough=True),
    BaggingRegressor(Ridge(), 4, max_features=0.6, bootstrap_features=True, random_state=0),
    AdaBoostRegressor(Ridge(), n_estimators=7, random_state=0),
    TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1),
    TransformedTargetRegressor(Ridge(), func=np.sqrt, inverse_func=np.square),
    TransformedTargetRegressor(Ridge(), func=np.log10, inverse_func=np.exp2, check_inverse=False),
    TransformedTargetRegressor(Ridge(), func=np.square, inverse_func=np.abs, check_inverse=False),
    TransformedTargetRegressor(Ridge(), func=np.arcsinh, inverse_func=np.sinh),
    TransformedTargetRegressor(Ridge(), func=np.exp2, inverse_func=np.log1p, check_inverse=False),
    TransformedTargetRegressor(Ridge()),
    TransformedTargetRegressor(Ridge(), transformer=StandardScaler()),
    TransformedTargetRegressor(Ridge(), transformer=MinMaxScaler()),
    TransformedTargetRegressor(Ridge(), transformer=MaxAbsScaler()),
    TransformedTargetRegressor(Ridge(), transformer=RobustScaler()),
    TransformedTargetRegressor(Ridge(), transformer=PowerTransformer()),
    TransformedTargetRegressor(Ridge(), transformer=PowerTransformer("box-cox", standardize=False)),
    TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=50)),
    TransformedTargetRegressor(
        LinearRegression(), transformer=QuantileTransformer(n_quantiles=50, output_distribution="normal")
    ),
    TransformedTargetRegressor(
        Ridge(), transformer=make_pipeline(FunctionTransformer(np.log, np.exp), StandardScaler(), "passthrough")
    ),
]


@pytest.mark.parametrize("estimator", REGRESSORS, ids=lambda value: str(value).replace("\n", "")[:110])
def test_regressor_of_regressors_answers_as_scikit_learn(estimator: Any) -> None:
    assert_same(estimator.fit(DIABETES, PROGRESS), DIABETES)


@pytest.mark.parametrize(
    "estimator",
    [
        MultiOutputRegressor(Ridge()),
        RegressorChain(Ridge(), order=[1, 0]),
        TransformedTargetRegressor(Ridge(), transformer=PowerTransformer()),
        TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=20)),
        BaggingRegressor(Ridge(), 3, random_state=0),
    ],
    ids=str,
)
def test_two_numbers_answer_as_scikit_learn(estimator: Any) -> None:
    assert assert_same(estimator.fit(DIABETES, TWO_NUMBERS), DIABETES).targets == 2


def test_two_classes_answer_as_scikit_learn() -> None:
    converted = assert_same(MultiOutputClassifier(LOGISTIC).fit(WINE, TWO_CLASSES), WINE)
    assert converted.labels == (("blanc", "rosé", "rouge"), ("fort", "léger"))
    assert_same(MultiOutputClassifier(MARGIN).fit(WINE, TWO_CLASSES), WINE)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
def test_chain_of_classifiers_answers_as_scikit_learn(method: str) -> None:
    targets = np.column_stack([CULTIVAR == 0, WINE["alcohol"] > 13, WINE["ash"] > 2.3]).astype(int)
    chain = ClassifierChain(LOGISTIC, order=[2, 0, 1], chain_method=method).fit(WINE, targets)
    converted = convert(chain, WINE)
    answers = run(converted.model.SerializeToString(), converted.feeds, {}, WINE)
    np.testing.assert_array_equal(answers["label"], chain.predict(WINE))
    np.testing.assert_allclose(answers["probabilities"][:, 1::2], chain.predict_proba(WINE), atol=1e-9)


def test_matrix_of_every_predictor_inside_is_noted_with_its_columns() -> None:
    model = BaggingClassifier(GaussianNB(), 3, max_features=2, random_state=0).fit(IRIS, SPECIES)
    converted = convert(model, IRIS)
    for inner, features in zip(model.estimators_, model.estimators_features_, strict=True):
        leaf = converted.conversion.leaves[id(inner)]
        assert leaf.sources == tuple(frozenset({IRIS.columns[at]}) for at in features)


def test_code_in_a_target_is_refused() -> None:
    own = TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=lambda y: np.exp(y))  # noqa: PLW0108
    with pytest.raises(Refusal, match=r"<lambda>.*np\.expm1"):
        convert(own.fit(DIABETES, PROGRESS), DIABETES)
    binned = TransformedTargetRegressor(Ridge(), transformer=KBinsDiscretizer(3, encode="ordinal"))
    with pytest.raises(Refusal, match=r"KBinsDiscretizer.*PowerTransformer"):
        convert(binned.fit(DIABETES, PROGRESS), DIABETES)


def test_several_labels_at_once_are_refused() -> None:
    labels = np.eye(3, dtype=int)[CULTIVAR]
    labels[0] = 1
    several = MultiOutputClassifier(GaussianNB())
    for model in (OneVsRestClassifier(GaussianNB()), StackingClassifier([("a", several)], several)):
        with pytest.raises(Refusal, match="MultiOutputClassifier"):
            convert(model.fit(WINE, labels), WINE)


def test_scores_of_an_inner_estimator_are_calibrated() -> None:
    assert_same(CalibratedClassifierCV(OneVsOneClassifier(MARGIN), cv=2).fit(IRIS, SPECIES), IRIS)


def test_classifier_among_regressors_is_refused() -> None:
    both = np.column_stack([SPECIES, SPECIES])
    with pytest.raises(Refusal, match=r"MultiOutputRegressor.*GaussianNB"):
        convert(MultiOutputRegressor(GaussianNB()).fit(IRIS, both), IRIS)


def test_inner_estimators_without_answers_in_the_graph_are_refused() -> None:
    prediction = Prediction(np.arange(2), label="label")
    conversion = Conversion()
    with pytest.raises(Refusal, match=r"BaggingClassifier.*GaussianNB.*CalibratedClassifierCV"):
        probabilities_in(conversion, BaggingClassifier(), GaussianNB(), prediction, np.arange(2))
    with pytest.raises(Refusal, match=r"OneVsRestClassifier.*SVC.*decision_function"):
        response(conversion, OneVsRestClassifier(SVC()), SVC(), prediction)
    with pytest.raises(Refusal, match="decision_function"):
        thresholds._score(conversion, FixedThresholdClassifier(MARGIN.fit(CANCER, BENIGN)), prediction, 1)


def test_columns_of_text_reach_inner_pipelines_as_they_are() -> None:
    text = TextColumn("nom", ("a", None), np.array(["a", np.nan], dtype=object))
    columns = Columns((text, Matrix("x", (frozenset({"x"}),))), ("nom", "x"))
    assert joined(Conversion(), columns, "VotingClassifier") is columns
    assert joined(Conversion(), text, "VotingClassifier") is text
    assert sources_of(columns) == {"nom", "x"}


def test_target_whose_width_changes_is_refused() -> None:
    model = TransformedTargetRegressor(Ridge(), transformer=PCA(1)).fit(DIABETES, DIABETES[["bmi", "bp"]])
    with pytest.raises(Refusal, match="TransformedTargetRegressor"):
        convert(model, DIABETES)
