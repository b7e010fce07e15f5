"""A typical first version of a function: imports at the top, the model loaded once, dictionaries in and out."""

from typing import Any

import flask
import functions_framework
import google.cloud.logging
import google.cloud.storage
import joblib

NAMES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
CLIENTS = (google.cloud.logging.Client, google.cloud.storage.Client)
"""Imported, as by a function in the cloud, but never called."""

pipeline = joblib.load("iris.joblib")


@functions_framework.http
def predict(request: flask.Request) -> dict[str, Any]:
    """The class of each flower."""
    rows = [[flower[name] for name in NAMES] for flower in request.get_json()["data"]]
    return {"result": pipeline.predict(rows).tolist()}
