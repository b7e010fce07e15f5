"""Runs in a peer's environment: fits the pipeline that it serves, and predicts the classes of all 150 irises."""

import json
from pathlib import Path

import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def main() -> None:
    """Write `iris.joblib` and `expected.json` into the current folder."""
    irises = load_iris()
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(irises.data, irises.target)
    joblib.dump(pipeline, "iris.joblib")
    Path("expected.json").write_text(json.dumps(pipeline.predict(irises.data).tolist()), encoding="ascii")


if __name__ == "__main__":
    main()
