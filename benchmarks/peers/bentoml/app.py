"""BentoML: one service with one worker."""

import bentoml
import joblib


@bentoml.service(workers=1)
class Irises:
    """Rows of four lengths in cm in, classes out."""

    def __init__(self) -> None:
        self.pipeline = joblib.load("iris.joblib")

    @bentoml.api
    def predict(self, rows: list[list[float]]) -> list[int]:
        """The class of each row."""
        classes: list[int] = self.pipeline.predict(rows).tolist()
        return classes
