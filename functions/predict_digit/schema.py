"""Requests and answers of `predict_digit`: a picture in a data URL in, a digit and how certain it is, out."""

import base64
import binascii
import hashlib
from typing import Annotated, Any

import numpy as np
from msgspec import Meta, Struct

from shared.errors import Invalid
from shared.i18n import fill
from shared.operation import Context, Inputs, Needs, Operation, Outcome, Outputs
from shared.validation import convert, mismatch, reject

from . import saved_images
from .image import SIDE, decode, grey, normalise

PREFIX = "data:image/png;base64,"
NEEDS = Needs(columns={"digit": tuple(f"p{i}" for i in range(SIDE * SIDE))}, classes=tuple("0123456789"))
UNCERTAIN = (
    "La certitude est trop faible pour une prédiction fiable. Essayez à nouveau.",
    "The certainty is too low for a reliable prediction. Try again.",
)
BLANK = ("Le dessin est vide ou presque : tracez un chiffre.", "The drawing is empty, or nearly so: draw a digit.")


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """A PNG as a data URL, as a canvas gives it."""

    image: Annotated[
        str,
        Meta(
            title="Image PNG en data URL",
            description=f"`{PREFIX}` puis l'image en base64",
            extra_json_schema={"x-title-en": "PNG picture as a data URL"},
        ),
    ]


class Response(Struct, frozen=True):
    """The digit, its certainty in percent (two decimals), the probabilities of the digits 0 to 9."""

    prediction: int
    certainty: float
    probabilities: list[float]


def parse(value: Any, context: Context) -> Inputs:
    """Decode the picture, keep it, frame it. Its line says how much ink the frame holds, in percent, for drift.

    Raises:
        Invalid: no PNG, or a damaged one.
        TooLarge: more pixels than MAX_IMAGE_PIXELS.
    """
    content = _png(convert(value, Request).image)
    picture = decode(content, context.settings.max_image_pixels)
    saved = saved_images.keep(content, context.settings)
    digit = normalise(grey(picture))
    image = {"saved": saved, **_digest(content)}
    if digit is None:
        return Inputs({}, None, {"image": image})
    kept = {"image": image | {"ink": round(100 * float(digit.mean()), 2)}}
    return Inputs({"digit": digit[np.newaxis]}, digit, kept)


def _png(url: str) -> bytes:
    start, comma, text = url.partition(",")
    if start + comma != PREFIX:
        expected = fill(("une image {prefix}...", "a picture {prefix}..."), prefix=PREFIX)
        reject([mismatch("/image", expected, url[:40])])
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        reject([mismatch("/image", ("du base64", "base64"), f"{text[:20]}... ({len(text)})")])


def encode(inputs: Inputs, outputs: Outputs, context: Context) -> Outcome:
    """The most probable digit, or a refusal where there is no drawing or no certainty."""
    saved_images.settle(context.settings)
    if inputs.subject is None:
        return Outcome(None, None, Invalid(BLANK, (("/image", BLANK),), code="blank_image"))
    probabilities = outputs["digit"]["probabilities"][0].astype(np.float64)
    digit = int(probabilities.argmax())
    certainty = round(float(probabilities[digit]) * 100, 2)
    body = Response(digit, certainty, probabilities.round(6).tolist())
    logged = {"prediction": digit, "certainty": certainty}
    if certainty < context.settings.certainty_threshold:
        return Outcome(body, logged, Invalid(UNCERTAIN, code="low_certainty"))
    return Outcome(body, logged)


def loggable(value: Any, redacted: bool) -> object:  # noqa: FBT001
    """The size and SHA-256 of what stands for the picture, never the picture; redacted, its size.

    What is no picture may be a name or a number, which a hash does not hide.
    """
    image = value.get("image") if isinstance(value, dict) else None
    if not isinstance(image, str):
        return None
    return {"image": {"bytes": len(image.encode())} if redacted else _digest(image.encode())}


def _digest(content: bytes) -> dict[str, object]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


PREDICT = Operation(Request, Response, parse, encode, loggable)
