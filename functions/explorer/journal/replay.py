"""One request of the log, put again to any version of its model."""

import base64
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from functions.explorer import log_texts, texts
from functions.explorer.errors import Refused
from shared.errors import AugureError, BundleError, Text
from shared.i18n import fill
from shared.log.reader import Line
from shared.model.bundle import Bundle
from shared.model.codec import Codec, Context, ModelSignature
from shared.model.holder import check_signature
from shared.model.predictor import Predictor
from shared.settings import Settings

_PICTURE = re.compile(r"[0-9A-Za-z.-]{1,80}\.png")
LARGEST_PICTURE = 4 * 1024 * 1024
"""Bytes, as predict_digit takes them."""


class Answer(msgspec.Struct, frozen=True):
    """What a version answers: the body, or why it refuses; both where it is too unsure to answer."""

    body: Any
    refusal: Text | None = None


def predictor_of(bundle: Bundle, function: str) -> Predictor:
    """A version, ready to answer.

    Raises:
        Refused: its graphs do not run, or lack what the function reads.
    """
    signature: ModelSignature = import_module(f"functions.{function}.schema").SIGNATURE
    try:
        check_signature(bundle.manifest, signature)
        return Predictor(bundle)
    except BundleError as error:
        raise Refused(fill(texts.BAD_BUNDLE, version=bundle.manifest.version, reason=error.detail)) from error


def answer(function: str, value: Any, predictor: Predictor, language: str) -> Answer:
    """What the function would answer to a JSON value, by this version. Nothing is logged and no picture kept.

    Args:
        function: one of `bundles.discovery.models()`, never a line's own word.
        value: the request.
        predictor: the version.
        language: of the words in the answer.
    """
    codec: Codec = import_module(f"functions.{function}.schema").PREDICT
    context = Context(predictor.manifest, Settings(saved_images_uri="off"), language)
    try:
        inputs = codec.decode_request(value, context)
        outputs = {role: predictor.predict(role, rows) for role, rows in inputs.rows.items()}
        outcome = codec.encode_response(inputs, outputs, context)
    except AugureError as error:
        return Answer(None, error.detail)
    return Answer(msgspec.to_builtins(outcome.body), outcome.error.detail if outcome.error else None)


def value_of(line: Line, pictures: str) -> Any:
    """The request of a line, as far as the line kept it.

    Args:
        line: of the log.
        pictures: the folder where predict_digit keeps what was drawn.

    Raises:
        Refused: the line does not hold the request, or its picture is not there.
    """
    payload = line.get("payload")
    if payload is None:
        raise Refused(log_texts.NO_PAYLOAD)
    image = payload.get("image") if isinstance(payload, dict) else None
    return {"image": _picture(image, pictures)} if isinstance(image, dict) else payload


def _picture(image: Mapping[str, Any], pictures: str) -> str:
    """The saved picture of a line, as a data URL."""
    name = str(image.get("saved") or "")
    if not _PICTURE.fullmatch(name):
        raise Refused(log_texts.NO_PICTURE)
    try:
        with Path(pictures, name).open("rb") as file:
            content = file.read(LARGEST_PICTURE)
    except OSError as error:
        raise Refused(fill(log_texts.LOST_PICTURE, name=name, folder=pictures)) from error
    return "data:image/png;base64," + base64.b64encode(content).decode()


def flat(value: Any, at: str = "") -> dict[str, Any]:
    """Every value of a JSON answer by its place, as a JSON pointer."""
    if isinstance(value, dict):
        return {place: one for key, item in value.items() for place, one in flat(item, f"{at}/{key}").items()}
    if isinstance(value, list):
        return {place: one for i, item in enumerate(value) for place, one in flat(item, f"{at}/{i}").items()}
    return {at or "/": value}
