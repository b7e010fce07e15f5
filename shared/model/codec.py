"""What a function's `schema.py` gives: how a request becomes rows for the model, and its outputs an answer."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.errors import AugureError
from shared.model.bundle import Manifest
from shared.settings import Settings

Matrix = NDArray[np.float32]
Outputs = Mapping[str, Mapping[str, Matrix]]
"""By role of the graph, then by name of the output."""


class Context(msgspec.Struct, frozen=True):
    """What parsing and encoding may depend on beside the request."""

    manifest: Manifest
    settings: Settings
    language: str


class DecodedRequest(msgspec.Struct, frozen=True):
    """A request that was found good.

    Attributes:
        rows: for each graph to run, a float32 matrix of shape (n, inputs of that graph).
        subject: whatever `encode` wants to know of the request.
        logged_payload: what the request line says of the request beside its payload.
    """

    rows: Mapping[str, Matrix]
    subject: Any
    logged_payload: Mapping[str, object] | None = None


class EncodedResponse(msgspec.Struct, frozen=True):
    """The answer to a request.

    Attributes:
        body: what msgspec encodes as the JSON answer.
        logged_prediction: what the request line keeps of it.
        error: the error to answer instead, the prediction being logged all the same.
    """

    body: object
    logged_prediction: object
    error: AugureError | None = None


class ModelSignature(msgspec.Struct, frozen=True):
    """What a function cannot do without. A bundle that lacks some of it is refused before it is served.

    Attributes:
        columns: the columns that it gives to each graph, by role, in order: these graphs and no others.
        classes: what it takes each column of `probabilities` for, in order.
        outputs: what it reads of each graph.
        thresholds: what it reads of the manifest's thresholds.
        constants: what it reads of each graph's constants.
    """

    columns: Mapping[str, tuple[str, ...]]
    classes: tuple[str, ...]
    outputs: tuple[str, ...] = ("probabilities",)
    thresholds: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()


class FastPath(msgspec.Struct, frozen=True):
    """The way of requests that are plainly good: decoded by msgspec straight into what the model reads.

    Attributes:
        decode: body to inputs; None where only the slow way can tell.
        redacted_payload: what a redacted line keeps of such inputs.
    """

    decode: Callable[[bytes, Context], DecodedRequest | None]
    redacted_payload: Callable[[DecodedRequest], object]


class Codec(msgspec.Struct, frozen=True):
    """One kind of prediction.

    Attributes:
        request: msgspec type of the body, for OpenAPI.
        response: msgspec type of the answer, for OpenAPI.
        decode_request: JSON value to inputs; raises `Invalid` or `TooLarge`.
        encode_response: inputs and the graphs' outputs to an outcome.
        log_payload: what a request line may keep of a JSON value, valid or not; told whether to redact.
        fast_path: the way of most requests, if there is one.
        inline: whether a small request takes less than a millisecond and so is computed in the event loop.
    """

    request: Any
    response: Any
    decode_request: Callable[[Any, Context], DecodedRequest]
    encode_response: Callable[[DecodedRequest, Outputs, Context], EncodedResponse]
    log_payload: Callable[[Any, bool], object]
    fast_path: FastPath | None = None
    inline: bool = True
