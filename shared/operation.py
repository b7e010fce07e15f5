"""What a function's `schema.py` gives: how a request becomes rows for the model, and its outputs an answer."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.errors import AugureError
from shared.model_store import Manifest
from shared.settings import Settings

Matrix = NDArray[np.float32]
Outputs = Mapping[str, Mapping[str, Matrix]]
"""By role of the graph, then by name of the output."""


class Context(msgspec.Struct, frozen=True):
    """What parsing and encoding may depend on beside the request."""

    manifest: Manifest
    settings: Settings
    language: str


class Inputs(msgspec.Struct, frozen=True):
    """A request that was found good.

    Attributes:
        rows: for each graph to run, a float32 matrix of shape (n, inputs of that graph).
        subject: whatever `encode` wants to know of the request.
        kept: what the request line says of the request beside its payload.
    """

    rows: Mapping[str, Matrix]
    subject: Any
    kept: Mapping[str, object] | None = None


class Outcome(msgspec.Struct, frozen=True):
    """The answer to a request.

    Attributes:
        body: what msgspec encodes as the JSON answer.
        prediction: what the request line keeps of it.
        refusal: the error to answer instead, the prediction being logged all the same.
    """

    body: object
    prediction: object
    refusal: AugureError | None = None


class Needs(msgspec.Struct, frozen=True):
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


class Shortcut(msgspec.Struct, frozen=True):
    """The way of requests that are plainly good: decoded by msgspec straight into what the model reads.

    Attributes:
        read: body to inputs; None where only the slow way can tell.
        redacted: what a redacted line keeps of such inputs.
    """

    read: Callable[[bytes, Context], Inputs | None]
    redacted: Callable[[Inputs], object]


class Operation(msgspec.Struct, frozen=True):
    """One kind of prediction.

    Attributes:
        request: msgspec type of the body, for OpenAPI.
        response: msgspec type of the answer, for OpenAPI.
        parse: JSON value to inputs; raises `Invalid` or `TooLarge`.
        encode: inputs and the graphs' outputs to an outcome.
        loggable: what a request line may keep of a JSON value, valid or not; told whether to redact.
        shortcut: the way of most requests, if there is one.
        brief: whether a small request takes less than a millisecond; one that takes longer is computed in a thread.
    """

    request: Any
    response: Any
    parse: Callable[[Any, Context], Inputs]
    encode: Callable[[Inputs, Outputs, Context], Outcome]
    loggable: Callable[[Any, bool], object]
    shortcut: Shortcut | None = None
    brief: bool = True
