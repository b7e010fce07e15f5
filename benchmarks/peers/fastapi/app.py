"""FastAPI: a body checked by pydantic, a coroutine as its documentation asks for where nothing is waited for."""

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
