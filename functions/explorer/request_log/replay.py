"""Replays a logged request against any version of its model."""

import base64
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from functions.explorer import log_messages, messages
from functions.explorer.errors import ExplorerError
from shared.errors import AugureError, BundleError, Text
from shared.i18n import fill
from shared.log.reader import Line
from shared.model.bundle import Bundle
from shared.model.codec import Codec, Context, ModelSignature
from shared.model.holder import load_predictor
from shared.model.predictor import Predictor
from shared.settings import Settings

_PICTURE_NAME = re.compile(r"[0-9A-Za-z.-]{1,80}\.png")
MAX_PICTURE_BYTES = 4 * 1024 * 1024
"""Largest picture, in bytes: the limit of predict_digit."""


class ReplayedResponse(msgspec.Struct, frozen=True):
    """The response of a version.

    Attributes:
        body: the JSON body; None if the request was refused.
        error: why it was refused, or why the prediction is too uncertain.
    """

    body: Any
    error: Text | None = None


def build_predictor(bundle: Bundle, function: str) -> Predictor:
    """A predictor of a version.

    Raises:
        ExplorerError: its graphs do not run, or lack something that the function reads.
    """
    signature: ModelSignature = import_module(f"functions.{function}.schema").SIGNATURE
    try:
        return load_predictor(bundle, signature)
    except BundleError as error:
        raise ExplorerError(fill(messages.BAD_BUNDLE, version=bundle.manifest.version, reason=error.detail)) from error


def replay(function: str, payload: Any, predictor: Predictor, language: str) -> ReplayedResponse:
    """The response of a version to a request. Nothing is logged and no picture is saved.

    Args:
        function: a name from `discovery.model_names()`, never from a line of a log.
        payload: the JSON value of the request.
        predictor: the version.
        language: language of the response's texts.
    """
    codec: Codec = import_module(f"functions.{function}.schema").PREDICT
    context = Context(predictor.manifest, Settings(saved_images_uri="off"), language, predictor.prepared)
    try:
        inputs = codec.decode_request(payload, context)
        outputs = {role: predictor.predict(role, rows) for role, rows in inputs.rows.items()}
        outcome = codec.encode_response(inputs, outputs, context)
    except AugureError as error:
        return ReplayedResponse(None, error.detail)
    return ReplayedResponse(msgspec.to_builtins(outcome.body), outcome.error.detail if outcome.error else None)


def logged_request(line: Line, pictures: str) -> Any:
    """The JSON value of a logged request, as far as the line holds it.

    Args:
        line: a line of the log.
        pictures: folder where predict_digit saves drawings.

    Raises:
        ExplorerError: the line does not hold the request, or its picture is missing.
    """
    payload = line.get("payload")
    if payload is None:
        raise ExplorerError(log_messages.NO_PAYLOAD)
    image = payload.get("image") if isinstance(payload, dict) else None
    return {"image": _read_picture(image, pictures)} if isinstance(image, dict) else payload


def _read_picture(image: Mapping[str, Any], pictures: str) -> str:
    """The saved picture of a line, as a data URL."""
    name = str(image.get("saved") or "")
    if not _PICTURE_NAME.fullmatch(name):
        raise ExplorerError(log_messages.NO_PICTURE)
    try:
        with Path(pictures, name).open("rb") as file:
            content = file.read(MAX_PICTURE_BYTES)
    except OSError as error:
        raise ExplorerError(fill(log_messages.PICTURE_MISSING, name=name, folder=pictures)) from error
    return "data:image/png;base64," + base64.b64encode(content).decode()


def flatten(value: Any, pointer: str = "") -> dict[str, Any]:
    """Every scalar of a JSON value, by its JSON pointer."""
    if isinstance(value, dict):
        return {at: leaf for key, item in value.items() for at, leaf in flatten(item, f"{pointer}/{key}").items()}
    if isinstance(value, list):
        return {at: leaf for i, item in enumerate(value) for at, leaf in flatten(item, f"{pointer}/{i}").items()}
    return {pointer or "/": value}
