"""The gate: a service that answers as the estimator passes, one that is subtly wrong is refused."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest, VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from shared.errors import Invalid
from shared.model.table import Kind, Table, Target
from training.new.column_facts import describe_columns, roles_of_feeds
from training.new.conversion.converter import convert
from training.new.conversion.refusal import Refusal
from training.new.encoded_columns import encoded_columns
from training.new.estimator_answers import answers_of
from training.new.fitted_columns import FittedFacts, check_fits, classes_of
from training.new.parity_gate import Ask, Parity, Probed, check_parity, probe_columns

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "x": RNG.normal(size=120) * 1e6,
        "y": RNG.normal(size=120),
        "colour": RNG.choice(["red", "green", "blue"], 120),
        "code": RNG.choice([3, 7, 9], 120),
        "flag": RNG.choice([True, False], 120),
        "class": RNG.choice(["a", "b", "c"], 120),
        "two": RNG.choice(["oui", "non"], 120),
        "price": RNG.normal(size=120) + 1000,
    }
)
Change = Callable[[dict[str, Any], pd.DataFrame], Mapping[str, Any]]


class Case:
    """A fitted estimator and its table."""

    def __init__(self, estimator: Any, columns: list[str], targets: list[str], kind: str = "classes") -> None:
        self.frame = FRAME[[*columns, *targets]]
        self.kind, self.targets = kind, targets
        answers = self.frame[targets[0]] if len(targets) == 1 else self.frame[targets] if targets else None
        self.estimator = estimator.fit(self.frame[columns], answers)
        self.use(self.frame)

    def use(self, frame: pd.DataFrame) -> None:
        """Compare on another table."""
        self.frame = frame
        self.facts: FittedFacts = check_fits(self.estimator, frame, self.targets)
        self.probed: Probed = probe_columns(self.estimator, self.facts, frame, self.kind)
        encoded = encoded_columns(self.estimator, self.facts.columns)
        roles = roles_of_feeds((), encoded=encoded, closed=self.probed.closed, nullable=self.probed.nullable)
        columns = describe_columns(frame, set(self.facts.columns), roles)
        labels = [tuple(classes.tolist()) for classes in classes_of(self.estimator)] or [()] * max(1, len(self.targets))
        targets = tuple(Target(name, one) for name, one in zip(self.targets or [""], labels, strict=True))
        self.table = Table(self.kind, columns, (), targets)  # type: ignore[arg-type]

    def ask(self, records: list[dict[str, Any]]) -> dict[str, Any]:
        """What a right service answers: the estimator, behind the contract of the columns."""
        frame = self.rows(records)
        found = answers_of(self.estimator, self.facts, frame, self.kind)
        body: dict[str, Any] = {}
        if found.values is not None:
            body["result"] = found.values.tolist() if len(self.targets) > 1 else found.values[:, 0].tolist()
            return body
        assert found.labels is not None
        labels = np.where(found.labels, 1, -1) if self.kind == "outliers" else found.labels
        body["result"] = labels.tolist() if len(self.targets) > 1 else labels[:, 0].tolist()
        if found.probabilities is not None:
            body["probabilities"] = found.probabilities.tolist()
        elif found.scores is not None:
            body["scores"] = found.scores.tolist()
        return body

    def rows(self, records: list[dict[str, Any]]) -> pd.DataFrame:
        """The records as pandas reads them; refused where a column is closed."""
        for at, record in enumerate(records):
            for column in self.table.columns:
                if column.closed and record[column.name] not in (column.values or ()):
                    fault = (f"/data/{at}/{column.name}", ("inconnue", "unknown"))
                    raise Invalid(("invalide", "invalid"), (fault,))
        frame = pd.DataFrame(records)
        return frame.astype({name: "str" for name in frame if self.frame[name].dtype == "str"})

    def check(self, change: Change | None = None) -> Parity:
        """Pass the gate with a service whose answers are changed."""

        def ask(records: list[dict[str, Any]]) -> Mapping[str, Any]:
            body = self.ask(records)
            return change(body, self.rows(records)) if change else body

        return self.passes(ask)

    def passes(self, ask: Ask) -> Parity:
        """Pass the gate."""
        return check_parity(self.estimator, self.facts, self.frame, self.table, ask, probed=self.probed)


def encoded(last: Any, **options: Any) -> Any:
    """A pipeline with a one-hot encoder of texts and codes."""
    step = ColumnTransformer([("codes", OneHotEncoder(**options), ["colour", "code"])], remainder=StandardScaler())
    return make_pipeline(step, last)


@pytest.mark.parametrize(
    "case",
    [
        Case(encoded(LogisticRegression(), handle_unknown="ignore"), ["x", "colour", "code", "flag"], ["class"]),
        Case(LinearRegression(), ["x", "y"], ["price"], "values"),
        Case(LinearRegression(), ["x"], ["price", "y"], "values"),
        Case(MultiOutputClassifier(DecisionTreeClassifier(max_depth=3)), ["x", "y"], ["class", "two"]),
        Case(RidgeClassifier(), ["x", "y"], ["class"]),
        Case(RidgeClassifier(), ["x", "y"], ["two"]),
        Case(VotingClassifier([("r", RidgeClassifier())]), ["x", "y"], ["class"]),
        Case(IsolationForest(n_estimators=5, random_state=0), ["x", "y"], [], "outliers"),
        Case(KMeans(3, n_init=1, random_state=0), ["x", "y"], [], "clusters"),
    ],
    ids=lambda case: f"{type(case.estimator).__name__} {len(case.targets)}",
)
def test_service_that_answers_as_the_estimator_passes(case: Case) -> None:
    parity = case.check()
    unseen = sum(column.kind in ("category", "code") for column in case.table.columns)
    assert (parity.rows, parity.tried, parity.max_abs_difference) == (120, 400 + unseen, 0.0)
    assert (parity.label_mismatches, parity.ties, parity.left_out, parity.is_sample) == (0, 0, 0, False)


def test_graph_of_a_converted_estimator_passes() -> None:
    case = Case(make_pipeline(StandardScaler(), LogisticRegression()), ["x", "y"], ["class"])
    session = onnxruntime.InferenceSession(convert(case.estimator, case.frame[["x", "y"]]).model.SerializeToString())

    def ask(records: list[dict[str, Any]]) -> dict[str, Any]:
        feeds = {name: np.array([[row[name]] for row in records]) for name in ("x", "y")}
        label, probabilities = session.run(["label", "probabilities"], feeds)
        labels = case.table.targets[0].labels
        return {"result": [labels[at] for at in label[:, 0]], "probabilities": probabilities.tolist()}

    assert case.passes(ask).max_abs_difference < 1e-12


def refusal(action: Callable[[], object]) -> str:
    """The English sentence of a refusal."""
    with pytest.raises(Refusal) as caught:
        action()
    return caught.value.detail[1]


def test_numbers_rounded_to_float32_are_refused() -> None:
    case = Case(LinearRegression(), ["x", "y"], ["price"], "values")
    case.estimator.coef_ = np.array([1.0, 1e-3])
    case.estimator.intercept_ = -1e6
    big = case.frame.assign(x=case.frame["x"] * 1e-7 + 1e6)
    case.use(big)

    def in_float32(_: dict[str, Any], rows: pd.DataFrame) -> dict[str, Any]:
        return {"result": case.estimator.predict(rows.astype("float32").astype("float64")).tolist()}

    sentence = refusal(lambda: case.check(in_float32))
    assert "(those of the table) do not get the estimator's answer: 0 other class(es)" in sentence
    assert "The probable step is LinearRegression" in sentence


def test_label_of_the_largest_probability_is_refused_for_a_threshold() -> None:
    case = Case(FixedThresholdClassifier(LogisticRegression(), threshold=0.52), ["y"], ["two"])

    def by_argmax(body: dict[str, Any], _: pd.DataFrame) -> dict[str, Any]:
        classes = case.table.targets[0].labels
        return body | {"result": [classes[int(np.argmax(row))] for row in body["probabilities"]]}

    sentence = refusal(lambda: case.check(by_argmax))
    assert "a difference of 0.0e+00 at most" in sentence


def test_probabilities_a_little_off_are_refused_and_closer_ones_pass() -> None:
    case = Case(LogisticRegression(), ["y"], ["class"])

    def off(by: float) -> Change:
        return lambda body, _: body | {"probabilities": (np.array(body["probabilities"]) + by).tolist()}

    assert case.check(off(9e-6)).max_abs_difference == pytest.approx(9e-6)
    assert "120 row(s) of 120 (those of the table)" in refusal(lambda: case.check(off(1.1e-5)))
    assert "do not get" in refusal(lambda: case.check(off(np.nan)))


def test_difference_on_shuffled_columns_only_is_refused() -> None:
    case = Case(LinearRegression(), ["x", "y"], ["price"], "values")
    known = set(zip(case.frame["x"], case.frame["y"], strict=True))

    def learnt_by_heart(body: dict[str, Any], rows: pd.DataFrame) -> dict[str, Any]:
        pairs = zip(rows["x"], rows["y"], body["result"], strict=True)
        return {"result": [value if (x, y) in known else 0.0 for x, y, value in pairs]}

    assert "(columns shuffled)" in refusal(lambda: case.check(learnt_by_heart))


def test_tied_classes_may_differ_and_are_counted() -> None:
    case = Case(DecisionTreeClassifier(max_depth=1), ["flag"], ["two"])
    frame = pd.DataFrame({"flag": [True, False] * 20, "two": ["oui", "oui", "non", "non"] * 10})
    case.estimator.fit(frame[["flag"]], frame["two"])
    case.use(frame)
    parity = case.check(lambda body, _: body | {"result": ["oui"] * len(body["result"])})
    assert parity.label_mismatches == parity.ties == 440


def test_neighbours_are_named_as_the_cause() -> None:
    case = Case(make_pipeline(StandardScaler(), KNeighborsClassifier()), ["x", "y"], ["class"])
    change: Change = lambda body, _: body | {"result": ["a"] * len(body["result"])}  # noqa: E731
    assert "KNeighborsClassifier chooses among neighbours" in refusal(lambda: case.check(change))


def test_nulls_are_probed_and_compared() -> None:
    case = Case(HistGradientBoostingClassifier(max_iter=3), ["x", "y"], ["two"])
    case.use(case.frame.assign(x=case.frame["x"].where(case.frame["y"] > -1)))
    assert case.probed == Probed(frozenset({"x"}), frozenset(), frozenset())
    assert case.check().tried == 800

    def wrong_nulls(body: dict[str, Any], rows: pd.DataFrame) -> dict[str, Any]:
        flip = {"oui": "non", "non": "oui"}
        pairs = zip(body["result"], rows["x"].isna() & (rows["y"] > -1), strict=True)
        return body | {"result": [flip[label] if null else label for label, null in pairs]}

    assert "other class(es)" in refusal(lambda: case.check(wrong_nulls))


def test_rows_with_nulls_that_the_estimator_refuses_are_left_out() -> None:
    case = Case(LinearRegression(), ["x", "y"], ["price"], "values")
    case.use(case.frame.assign(x=case.frame["x"].where(FRAME["flag"])))
    assert case.probed.null_refused == {"x"}
    assert case.table.columns[0].nullable is False
    parity = case.check()
    assert (parity.rows, parity.left_out) == (int(FRAME["flag"].sum()), int((~FRAME["flag"]).sum()))


def test_table_of_refused_nulls_is_refused() -> None:
    case = Case(LinearRegression(), ["x", "y"], ["price"], "values")
    nowhere = case.frame.assign(x=np.nan)
    probed = probe_columns(case.estimator, case.facts, nowhere.assign(x=[1.0, *[np.nan] * 119]), "values")
    action = lambda: check_parity(case.estimator, case.facts, nowhere, case.table, case.ask, probed=probed)  # noqa: E731
    assert "accepts no row of the table" in refusal(action)
    assert probe_columns(case.estimator, case.facts, nowhere, "values").null_refused == {"x"}


def test_unknown_values_that_the_estimator_refuses_are_closed() -> None:
    case = Case(encoded(LogisticRegression()), ["x", "colour", "code"], ["class"])
    assert case.probed.closed == {"colour", "code"}
    assert [column.closed for column in case.table.columns] == [False, True, True]
    assert case.check().strict == []


def test_service_that_answers_what_the_estimator_refuses_is_refused() -> None:
    case = Case(encoded(LogisticRegression()), ["x", "colour", "code"], ["class"])
    lenient = Case(encoded(LogisticRegression(), handle_unknown="ignore"), ["x", "colour", "code"], ["class"])
    assert "column `colour`: the estimator refuses a value never seen" in refusal(lambda: case.passes(lenient.ask))


def test_wrong_answer_to_an_unseen_category_is_refused() -> None:
    case = Case(encoded(LogisticRegression(), handle_unknown="ignore"), ["x", "colour", "code"], ["class"])

    def zero(body: dict[str, Any], rows: pd.DataFrame) -> dict[str, Any]:
        pairs = zip(body["probabilities"], rows["code"], strict=True)
        return body | {"probabilities": [row if code < 10 else [0.0] * 3 for row, code in pairs]}

    assert "1 row(s) of 2 (values never seen)" in refusal(lambda: case.check(zero))


def test_stricter_service_is_told() -> None:
    case = Case(encoded(LogisticRegression(), handle_unknown="ignore"), ["x", "colour", "code"], ["class"])
    strict = Case(encoded(LogisticRegression()), ["x", "colour", "code"], ["class"])
    case.table = strict.table
    assert case.check().strict == ["colour", "code"]


def test_service_that_refuses_rows_of_the_table_is_refused() -> None:
    case = Case(LogisticRegression(), ["y"], ["class"])

    def invalid(_: list[dict[str, Any]]) -> dict[str, Any]:
        raise Invalid(("invalide", "invalid"), (("/data/0/y", ("trop grand", "too large")),))

    assert "(those of the table): /data/0/y too large" in refusal(lambda: case.passes(invalid))


def test_service_without_probabilities_is_refused() -> None:
    case = Case(LogisticRegression(), ["y"], ["class"])
    assert "does not give probabilities" in refusal(lambda: case.check(lambda body, _: {"result": body["result"]}))


def test_infinite_values_are_refused() -> None:
    case = Case(HistGradientBoostingClassifier(max_iter=2), ["x", "y"], ["two"])
    case.frame = case.frame.assign(y=[np.inf, *FRAME["y"][1:]])
    assert "`y` has 1 infinite value(s)" in refusal(case.check)


def test_large_table_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.new.parity_gate.MOST_ROWS", 50)
    parity = Case(LogisticRegression(), ["y"], ["class"]).check()
    assert (parity.rows, parity.is_sample) == (50, True)


def test_categories_of_a_booster_are_found_out() -> None:
    lightgbm = pytest.importorskip("lightgbm", reason="pip install -r requirements/boosters.txt")
    frame = FRAME.astype({"colour": "category"})[["x", "colour"]]
    estimator = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(frame, FRAME["two"])
    facts = check_fits(estimator, FRAME[["x", "colour", "two"]], ["two"])
    assert facts.categories
    assert facts.input_of(FRAME)["colour"].dtype == "category"
    assert probe_columns(estimator, facts, FRAME, "classes").closed == frozenset()


def test_labels_of_another_type_differ() -> None:
    case = Case(DecisionTreeClassifier(max_depth=1), ["y"], ["flag"])
    assert "120 other class(es)" in refusal(
        lambda: case.check(lambda body, _: body | {"result": [int(one) for one in body["result"]]})
    )


def test_kinds_are_those_of_the_table() -> None:
    case = Case(encoded(LogisticRegression()), ["x", "colour", "code", "flag"], ["class"])
    kinds: list[Kind] = [column.kind for column in case.table.columns]
    assert kinds == ["number", "category", "code", "boolean"]


def test_ordinal_codes_of_unknown_values_are_open() -> None:
    step = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    case = Case(make_pipeline(step, DecisionTreeClassifier(max_depth=2)), ["colour"], ["two"])
    assert case.probed.closed == frozenset()
    assert case.check().tried == 401


def test_chain_is_compared_by_the_probabilities_of_both_classes_of_each_target() -> None:
    frame = FRAME[["x", "y"]].assign(two=(FRAME["two"] == "oui").astype(int), big=(FRAME["price"] > 1000).astype(int))
    chain = ClassifierChain(LogisticRegression(), order=[1, 0]).fit(frame[["x", "y"]], frame[["two", "big"]])
    facts = check_fits(chain, frame, ["two", "big"])
    answers = answers_of(chain, facts, frame, "classes")
    converted = convert(chain, frame[["x", "y"]])
    session = onnxruntime.InferenceSession(converted.model.SerializeToString())
    feeds = {name: frame[[name]].to_numpy() for name in ("x", "y")}
    (probabilities,) = session.run(["probabilities"], feeds)
    assert probabilities.shape == (120, 4)
    assert answers.probabilities is not None
    assert answers.margin is not None
    np.testing.assert_allclose(probabilities, answers.probabilities, atol=1e-12)
    np.testing.assert_allclose(answers.margin, np.abs(2 * probabilities[:, [1, 3]] - 1), atol=1e-12)
