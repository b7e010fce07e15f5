"""Contributions of the trees of LightGBM, XGBoost and CatBoost, equal to shap."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from tests.new.explanation_tools import assert_adds_up, explain

REASON = "pip install -r requirements/boosters.txt"

IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
CANCER, MALIGN = load_breast_cancer(return_X_y=True, as_frame=True)
HOLES = CANCER.iloc[:, :8].mask(np.random.default_rng(0).random((len(CANCER), 8)) < 0.2)
DIABETES, PROGRESS = load_diabetes(return_X_y=True, as_frame=True)

LIBRARIES: dict[str, tuple[dict[str, Any], dict[str, Any], float]] = {
    "lightgbm": ({"n_estimators": 10, "verbose": -1}, {"raw_score": True}, 1e-9),
    "xgboost": ({"n_estimators": 10, "max_depth": 4}, {"output_margin": True}, 2e-6),
    "catboost": (
        {"n_estimators": 10, "depth": 4, "verbose": 0, "allow_writing_files": False},
        {"prediction_type": "RawFormulaVal"},
        1e-9,
    ),
}
"""Parameters, how to ask for the raw answer, and the precision that the library adds with."""
PREFIX = {"lightgbm": "LGBM", "xgboost": "XGB", "catboost": "CatBoost"}


@pytest.mark.parametrize(("table", "target"), [(HOLES, MALIGN), (IRIS, SPECIES), (DIABETES, PROGRESS)])
@pytest.mark.parametrize("library", LIBRARIES)
def test_equal_to_the_library_and_to_shap(library: str, table: Any, target: Any) -> None:
    module = pytest.importorskip(library, reason=REASON)
    parameters, raw, tolerance = LIBRARIES[library]
    kind = "Regressor" if target is PROGRESS else "Classifier"
    estimator = getattr(module, PREFIX[library] + kind)(**parameters).fit(table, target)
    explained = explain(estimator, table)
    rows = table.iloc[::30]
    assert explained.scale == ("value" if target is PROGRESS else "log_odds")
    assert_adds_up(explained, rows, estimator.predict(rows, **raw), tolerance)
    shap = pytest.importorskip("shap", reason="pip install -r requirements/dev.txt")
    values = np.asarray(shap.TreeExplainer(estimator).shap_values(rows))
    values = values[..., None] if values.ndim == 2 else values
    for output in range(values.shape[2]):
        ours = explained.contributions(rows, output).reindex(columns=list(table), fill_value=0.0)
        size = float(np.abs(values).max())
        np.testing.assert_allclose(ours / size, values[:, :, output] / size, atol=tolerance)
