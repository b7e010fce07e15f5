"""Requests and responses of `predict_species`: flowers of four lengths in, species out."""

from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import UNSET, Meta, Struct, UnsetType, field

from shared.log.redaction import DECIMALS, allowed
from shared.model.codec import Codec, Context, DecodedRequest, EncodedResponse, FastPath, ModelSignature, Outputs
from shared.model.columns import Columns, RowDecoder, is_plain, rounded
from shared.validation import check_rows, convert, mismatch, reject


def _length(french: str, english: str) -> Meta:
    return Meta(gt=0, le=100, title=french, extra_json_schema={"x-title-en": english, "x-unit": "cm"})


class Flower(Struct, frozen=True, forbid_unknown_fields=True):
    """One iris: four lengths in centimetres, under scikit-learn's names."""

    sepal_length: Annotated[float, _length("Longueur du sépale", "Sepal length")] = field(name="sepal length (cm)")
    sepal_width: Annotated[float, _length("Largeur du sépale", "Sepal width")] = field(name="sepal width (cm)")
    petal_length: Annotated[float, _length("Longueur du pétale", "Petal length")] = field(name="petal length (cm)")
    petal_width: Annotated[float, _length("Largeur du pétale", "Petal width")] = field(name="petal width (cm)")


FEATURES = Flower.__struct_encode_fields__
LOGGED = Flower
"""Fields that a redacted log line may keep."""

_ROWS = RowDecoder(Flower)
_SORTED_FEATURES = sorted(FEATURES)
_DEPTH = 3
"""Nesting of a request: the object, the list, a flower."""

SIGNATURE = ModelSignature(columns={"species": FEATURES}, classes=("setosa", "versicolor", "virginica"))


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """Flowers, and optionally the names of their columns."""

    data: Annotated[list[Flower], Meta(min_length=1)]
    columns: list[str] | None = None


class Response(Struct, frozen=True):
    """For each flower in the input's order: the class, its name, the probabilities of the three classes."""

    result: list[int]
    species: list[str]
    probabilities: list[list[float]]


class _FastRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A request, as the fast path decodes it."""

    data: list[_ROWS.type]  # type: ignore[name-defined]  # made at run time
    columns: list[str] | UnsetType = UNSET


_DECODER = msgspec.json.Decoder(_FastRequest)


def decode_fast(body: bytes, context: Context) -> DecodedRequest | None:
    """The flowers of a valid request; None if in doubt."""
    settings = context.settings
    if settings.max_json_depth < _DEPTH or not is_plain(body):
        return None
    try:
        request = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeError):
        return None
    names = [] if request.columns is UNSET else request.columns
    if not 0 < len(request.data) <= settings.max_rows or sorted(names) not in ([], _SORTED_FEATURES):
        return None
    columns = _ROWS.to_columns(request.data, body.count(b":") - (2 if names else 1))
    return None if columns is None else _decoded(columns)


def decode_request(value: Any, context: Context) -> DecodedRequest:
    """Validate a request and build the matrix of its flowers.

    Raises:
        Invalid: a flower or `columns` is invalid; the error lists each invalid place.
        TooLarge: more flowers than MAX_ROWS.
    """
    if isinstance(value, dict):
        check_rows(value.get("data"), context.settings.max_rows, "/data")
    request = convert(value, Request)
    if request.columns is not None and sorted(request.columns) != _SORTED_FEATURES:
        names = ", ".join(FEATURES)
        reject([mismatch("/columns", (f"les colonnes {names}", f"the columns {names}"), ", ".join(request.columns))])
    return _decoded(np.array([msgspec.structs.astuple(flower) for flower in request.data], dtype=np.float64))


def _decoded(columns: Columns) -> DecodedRequest:
    return DecodedRequest({"species": columns.astype(np.float32)}, columns)


def encode_response(_: DecodedRequest, outputs: Outputs, context: Context) -> EncodedResponse:
    """The most probable class of each flower, with the probabilities of all classes.

    Args:
        _: the decoded request.
        outputs: the outputs of the graph `species`; `probabilities` is (flowers, 3) float32.
        context: the served model.
    """
    probabilities = outputs["species"]["probabilities"].astype(np.float64)
    result: list[int] = probabilities.argmax(axis=1).tolist()
    species = list(map(context.manifest.classes.__getitem__, result))
    return EncodedResponse(Response(result, species, rounded(probabilities, 6).tolist()), {"result": result})


def log_payload(value: Any, redacted: bool) -> object:  # noqa: FBT001
    """The payload of a log line; if redacted, only the four lengths of each flower, where they are valid."""
    if not redacted:
        return value
    rows = value.get("data") if isinstance(value, dict) else None
    return [allowed(row, LOGGED) if isinstance(row, dict) else None for row in rows] if isinstance(rows, list) else None


def redacted_payload(inputs: DecodedRequest) -> object:
    """The payload of a redacted log line, from the decoded flowers, with rounded lengths."""
    return _ROWS.to_rows(inputs.parsed, DECIMALS)


PREDICT = Codec(
    Request, Response, decode_request, encode_response, log_payload, FastPath(decode_fast, redacted_payload)
)
