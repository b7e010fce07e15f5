"""The one family of errors. Imports nothing, so that everything may import it.

A message is a pair of texts, French then English: nobody below the HTTP layer knows which one the client reads.
"""

Text = tuple[str, str]
Fault = tuple[str, Text]
"""Where (a JSON pointer, RFC 6901) and what (French, English)."""


class AugureError(Exception):
    """Root of every error that is meant to be read by a person.

    Attributes:
        status: the HTTP status that a client receives.
        code: a stable, lower-case identifier for programs.
        detail: one sentence, French then English.
        faults: the places of a request that are wrong, each with its own sentence.
        headers: what the answer's head must add (`Allow`, `Retry-After`).
        details: what the answer's body has beside the members of every error, by name.
    """

    status = 500
    code = "internal_error"

    def __init__(
        self,
        detail: Text,
        faults: tuple[Fault, ...] = (),
        *,
        code: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        details: dict[str, object] | None = None,
    ) -> None:
        super().__init__(detail[1])
        self.detail = detail
        self.faults = faults
        self.headers = headers
        self.details = details or {}
        if code is not None:
            self.code = code


class InvalidJson(AugureError):
    """The body is not the JSON that RFC 8259 describes, or is JSON that two readers may read differently."""

    status = 400
    code = "invalid_json"


class InvalidParameter(AugureError):
    """A parameter of the path or of the query string is none, or none that can be used."""

    status = 400
    code = "invalid_parameter"


class NotFound(AugureError):
    """No route has this path, or nothing is there."""

    status = 404
    code = "not_found"


class MethodNotAllowed(AugureError):
    """The path exists, the method does not."""

    status = 405
    code = "method_not_allowed"


class TooLarge(AugureError):
    """The request is over a limit that protects the process."""

    status = 413
    code = "too_large"


class UnsupportedMediaType(AugureError):
    """The body is announced as something else than plain JSON."""

    status = 415
    code = "unsupported_media_type"


class Invalid(AugureError):
    """The JSON is well formed but is not a request that the function can answer."""

    status = 422
    code = "invalid_request"


class NotReady(AugureError):
    """There is no verified model to answer with."""

    status = 503
    code = "not_ready"


class InternalError(AugureError):
    """A fault of ours. The cause goes to the log, never to the client."""


class SettingsError(AugureError):
    """An environment variable has a value that cannot be used."""

    code = "invalid_settings"


class BundleError(NotReady):
    """A bundle is missing, altered or not what the function serves."""

    code = "invalid_bundle"


class BucketError(BundleError):
    """A bucket did not do what was asked of it.

    Attributes:
        again: whether the same request may well succeed a moment later.
        pause: seconds that the bucket asks us to wait before.
    """

    code = "bucket_unavailable"

    def __init__(self, detail: Text, *, again: bool = False, pause: float = 0.0) -> None:
        super().__init__(detail)
        self.again = again
        self.pause = pause
