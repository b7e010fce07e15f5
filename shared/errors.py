"""The errors of the project.

A message is a pair, French then English: the HTTP layer and the command line choose the language.
"""

Text = tuple[str, str]
Fault = tuple[str, Text]
"""A JSON pointer (RFC 6901) and a sentence, French then English."""


class AugureError(Exception):
    """Base class of errors whose message is written for people.

    Attributes:
        status: HTTP status of the response.
        code: stable lower-case identifier, for programs.
        detail: one sentence, French then English.
        faults: the invalid places of a request, each with a sentence.
        headers: more response headers (`Allow`, `Retry-After`).
        details: more members of the response body, by name.
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
    """The body is not JSON (RFC 8259), or is JSON that two parsers may read differently."""

    status = 400
    code = "invalid_json"


class InvalidParameter(AugureError):
    """A parameter of the path or of the query string is unknown, repeated or invalid."""

    status = 400
    code = "invalid_parameter"


class NotFound(AugureError):
    """No route or no resource has this path."""

    status = 404
    code = "not_found"


class MethodNotAllowed(AugureError):
    """The path has no route with this method."""

    status = 405
    code = "method_not_allowed"


class TooLarge(AugureError):
    """The request exceeds a limit that protects the process."""

    status = 413
    code = "too_large"


class UnsupportedMediaType(AugureError):
    """Content-Type or Content-Encoding announces something else than plain JSON."""

    status = 415
    code = "unsupported_media_type"


class Invalid(AugureError):
    """The JSON is well formed, but the request is invalid."""

    status = 422
    code = "invalid_request"


class NotReady(AugureError):
    """No verified model is loaded."""

    status = 503
    code = "not_ready"


class InternalError(AugureError):
    """A bug of ours. The cause is logged and never sent to the client."""


class SettingsError(AugureError):
    """An environment variable has an invalid value."""

    code = "invalid_settings"


class BundleError(NotReady):
    """A bundle is missing or altered, or does not fit the function."""

    code = "invalid_bundle"


class BucketError(BundleError):
    """A request to a bucket failed.

    Attributes:
        retryable: whether a retry may succeed.
        retry_after: delay that the bucket asks for, in seconds.
    """

    code = "bucket_unavailable"

    def __init__(self, detail: Text, *, retryable: bool = False, retry_after: float = 0.0) -> None:
        super().__init__(detail)
        self.retryable = retryable
        self.retry_after = retry_after
