"""FastAPI: a body validated by pydantic, and a coroutine, as its documentation advises for code that does not wait."""

import joblib
from fastapi import FastAPI
from pydantic import BaseModel

pipeline = joblib.load("iris.joblib")
app = FastAPI()


class Irises(BaseModel):
    """Rows of four lengths, in cm."""

    rows: list[list[float]]


@app.post("/predict")
async def predict(irises: Irises) -> dict[str, list[int]]:
    """The class of each row."""
    return {"classes": pipeline.predict(irises.rows).tolist()}
