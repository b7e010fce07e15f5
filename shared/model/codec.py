"""The codec of a `schema.py`: decodes requests to rows for the model, encodes the model's outputs to responses."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.errors import AugureError
from shared.model.bundle import Bundle, Manifest
from shared.model.table import Table
from shared.settings import Settings

Matrix = NDArray[np.float32]
Feeds = Mapping[str, NDArray[Any]]
"""Inputs of the graph of a `Manifest.table`, by name: float64 or texts, of shape (rows, width)."""

Outputs = Mapping[str, Mapping[str, NDArray[Any]]]
"""Outputs by role of the graph, then by name of the output."""


class Context(msgspec.Struct, frozen=True):
    """Manifest, settings and language of a request, for decoding and encoding.

    Attributes:
        prepared: what `ModelSignature.prepare` made of the served bundle.
    """

    manifest: Manifest
    settings: Settings
    language: str
    prepared: Any = None


class DecodedRequest(msgspec.Struct, frozen=True):
    """A valid request.

    Attributes:
        rows: model inputs by role of the graph to run: float32 of shape (rows, inputs of the graph), or `Feeds`.
        parsed: the function's own form of the request, for `encode_response`.
        logged_payload: replaces the payload in the request line; None keeps it.
    """

    rows: Mapping[str, Any]
    parsed: Any
    logged_payload: Mapping[str, object] | None = None


class EncodedResponse(msgspec.Struct, frozen=True):
    """The response to a request.

    Attributes:
        body: value that msgspec encodes as the response body.
        logged_prediction: the prediction in the request line.
        error: sent instead of `body`; the prediction is logged all the same.
    """

    body: object
    logged_prediction: object
    error: AugureError | None = None


class ModelSignature(msgspec.Struct, frozen=True):
    """Requirements of a function on its model. A bundle that misses one is refused.

    Attributes:
        columns: input columns of each graph by role, in order. The bundle has these graphs and no others.
        classes: class of each column of `probabilities`, in order.
        outputs: required outputs of each graph.
        thresholds: required thresholds of the manifest.
        constants: required constants of each graph.
        table: the table that requests are written for. The bundle's has the same columns, kinds and targets.
        prepare: what decoding and encoding need of a bundle, made once and kept with its predictor.
    """

    columns: Mapping[str, tuple[str, ...]]
    classes: tuple[str, ...]
    outputs: tuple[str, ...] = ("probabilities",)
    thresholds: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    table: Table | None = None
    prepare: Callable[[Bundle], Any] | None = None


class FastPath(msgspec.Struct, frozen=True):
    """Decoding of most valid requests by msgspec, straight into model inputs.

    Attributes:
        decode: decodes a body; None if it takes `Codec.decode_request` to tell whether the body is valid.
        redacted_payload: the payload in a redacted request line.
    """

    decode: Callable[[bytes, Context], DecodedRequest | None]
    redacted_payload: Callable[[DecodedRequest], object]


class Codec(msgspec.Struct, frozen=True):
    """Converts the requests and responses of one prediction route.

    Attributes:
        request: msgspec type of the request body, for OpenAPI.
        response: msgspec type of the response body, for OpenAPI.
        decode_request: decodes a JSON value; raises `Invalid` or `TooLarge`.
        encode_response: encodes a decoded request and the outputs of its graphs.
        log_payload: the payload in the request line, from a JSON value, valid or not, and whether to redact it.
        fast_path: faster decoding of most valid requests.
        inline: whether a small request takes less than a millisecond and is computed in the event loop.
    """

    request: Any
    response: Any
    decode_request: Callable[[Any, Context], DecodedRequest]
    encode_response: Callable[[DecodedRequest, Outputs, Context], EncodedResponse]
    log_payload: Callable[[Any, bool], object]
    fast_path: FastPath | None = None
    inline: bool = True
