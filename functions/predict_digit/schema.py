"""Requests and responses of `predict_digit`: an image as a data URL in, a digit and its certainty out."""

import base64
import binascii
import hashlib
from typing import Annotated, Any

import numpy as np
from msgspec import UNSET, Meta, Struct, UnsetType
from numpy.typing import NDArray

from shared.errors import Invalid
from shared.i18n import fill
from shared.model.codec import Codec, Context, DecodedRequest, EncodedResponse, ModelSignature, Outputs
from shared.validation import convert, mismatch, reject

from . import image_store
from .preprocessing import SIDE, decode_png, encode_png, extract_ink, normalise

PREFIX = "data:image/png;base64,"
SIGNATURE = ModelSignature(columns={"digit": tuple(f"p{i}" for i in range(SIDE * SIDE))}, classes=tuple("0123456789"))
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
    details: Annotated[
        bool,
        Meta(
            title="Répondre aussi ce que le modèle a vu",
            description="Ajoute `seen` à la réponse ; à un refus (422) aussi, avec `probabilities`",
            extra_json_schema={"x-title-en": "Also answer what the model saw"},
        ),
    ] = False
    draft: Annotated[
        bool,
        Meta(
            title="Dessin en cours",
            description="L'image n'est pas conservée, et ne compte pas dans la mesure de la dérive",
            extra_json_schema={"x-title-en": "A drawing that is not finished"},
        ),
    ] = False


class Response(Struct, frozen=True):
    """The digit, its certainty in percent (two decimals), the probabilities of the digits 0 to 9.

    With `details` also what the model saw: a PNG of 28x28 grey levels as a data URL.
    """

    prediction: int
    certainty: float
    probabilities: list[float]
    seen: str | UnsetType = UNSET


class Drawing(Struct, frozen=True):
    """A decoded request: the model input (784,), None if the drawing is blank; and the request itself."""

    digit: NDArray[np.float32] | None
    request: Request


def decode_request(value: Any, context: Context) -> DecodedRequest:
    """Decode the image, save it unless it is a draft, and frame it. The log line has the share of ink, in percent.

    Raises:
        Invalid: not a PNG, or a damaged one.
        TooLarge: more pixels than MAX_IMAGE_PIXELS.
    """
    request = convert(value, Request)
    content = _png(request.image)
    image = decode_png(content, context.settings.max_image_pixels)
    name = None if request.draft else image_store.save(content, context.settings)
    digit = normalise(extract_ink(image))
    logged = {"saved": name, **_digest(content)}
    if digit is None:
        return DecodedRequest({}, Drawing(None, request), {"image": logged})
    logged["ink"] = round(100 * float(digit.mean()), 2)
    return DecodedRequest({"digit": digit[np.newaxis]}, Drawing(digit, request), {"image": logged})


def _png(url: str) -> bytes:
    start, comma, text = url.partition(",")
    if start + comma != PREFIX:
        expected = fill(("une image {prefix}...", "a picture {prefix}..."), prefix=PREFIX)
        reject([mismatch("/image", expected, url[:40])])
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        reject([mismatch("/image", ("du base64", "base64"), f"{text[:20]}... ({len(text)})")])


def encode_response(inputs: DecodedRequest, outputs: Outputs, context: Context) -> EncodedResponse:
    """The most probable digit; an error if the drawing is blank or the certainty too low.

    Args:
        inputs: the decoded request.
        outputs: the outputs of the graph `digit`; `probabilities` is (1, 10) float32.
        context: the served model, the settings and the request's language.
    """
    image_store.wait_for_uploads(context.settings)
    drawing: Drawing = inputs.parsed
    if drawing.digit is None:
        return EncodedResponse(None, None, Invalid(BLANK, (("/image", BLANK),), code="blank_image"))
    probabilities = outputs["digit"]["probabilities"][0].astype(np.float64)
    digit = int(probabilities.argmax())
    certainty = round(float(probabilities[digit]) * 100, 2)
    seen = PREFIX + base64.b64encode(encode_png(drawing.digit)).decode() if drawing.request.details else UNSET
    body = Response(digit, certainty, probabilities.round(6).tolist(), seen)
    logged = {"prediction": digit, "certainty": certainty} | ({"draft": True} if drawing.request.draft else {})
    if certainty < context.settings.certainty_threshold:
        return EncodedResponse(body, logged, Invalid(UNCERTAIN, code="low_certainty", details=_details(body)))
    return EncodedResponse(body, logged)


def _details(body: Response) -> dict[str, object]:
    """Extra members of an error; only if the request has `details`."""
    return {} if body.seen is UNSET else {"probabilities": body.probabilities, "seen": body.seen}


def log_payload(value: Any, redacted: bool) -> object:  # noqa: FBT001
    """The size and SHA-256 of the `image` text, never the text itself; if redacted, only its size.

    An invalid `image` may be a name or a number, which a hash would not hide.
    """
    image = value.get("image") if isinstance(value, dict) else None
    if not isinstance(image, str):
        return None
    return {"image": {"bytes": len(image.encode())} if redacted else _digest(image.encode())}


def _digest(content: bytes) -> dict[str, object]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


PREDICT = Codec(Request, Response, decode_request, encode_response, log_payload, inline=False)
