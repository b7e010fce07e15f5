"""Requests and responses of `predict_species`: flowers of four lengths in, species out.

The table is that of the bundle's manifest (`GET /model`, key `table`); the limits and titles of a flower are here.
"""

from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.structs import fields

from shared.model.codec import Context, DecodedRequest, EncodedResponse, Outputs
from shared.model.columns import rounded
from shared.model.table import ROLE
from shared.model.tabular.schema import Tabular


def _length(french: str, english: str) -> Meta:
    return Meta(gt=0, le=100, title=french, extra_json_schema={"x-title-en": english, "x-unit": "cm"})


class Flower(Struct, frozen=True, forbid_unknown_fields=True):
    """One iris: four lengths in centimetres, under scikit-learn's names."""

    sepal_length: Annotated[float, _length("Longueur du sépale", "Sepal length")] = field(name="sepal length (cm)")
    sepal_width: Annotated[float, _length("Largeur du sépale", "Sepal width")] = field(name="sepal width (cm)")
    petal_length: Annotated[float, _length("Longueur du pétale", "Petal length")] = field(name="petal length (cm)")
    petal_width: Annotated[float, _length("Largeur du pétale", "Petal width")] = field(name="petal width (cm)")


FEATURES = Flower.__struct_encode_fields__


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """Flowers, and optionally the names of their columns."""

    data: Annotated[list[Flower], Meta(min_length=1)]
    columns: list[str] | None = None


class Response(Struct, frozen=True):
    """For each flower in the input's order: the class, its name, the probabilities of the three classes."""

    result: list[int]
    species: list[str]
    probabilities: list[list[float]]


def encode_response(_: DecodedRequest, outputs: Outputs, context: Context) -> EncodedResponse:
    """The most probable class of each flower, with the probabilities of all classes.

    Args:
        _: the decoded request.
        outputs: the outputs of the graph; `probabilities` is (flowers, 3) float64.
        context: the served model.
    """
    result: list[int] = outputs[ROLE]["label"][:, 0].tolist()
    species = list(map(context.manifest.classes.__getitem__, result))
    probabilities = rounded(outputs[ROLE]["probabilities"], 6).tolist()
    return EncodedResponse(Response(result, species, probabilities), {"result": result})


MODEL = Tabular(
    "predict_species",
    types={one.encode_name: one.type for one in fields(Flower)},
    explained=False,
    request=Request,
    response=Response,
    encode=encode_response,
)
SIGNATURE = MODEL.signature
PREDICT = MODEL.predict
