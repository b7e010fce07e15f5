"""Settings of a function: name, type, default and description. The environment sets them."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from shared.errors import SettingsError, Text
from shared.formats import BUCKET_NAME, VERSION
from shared.i18n import fill
from shared.validation import find_faults

S = TypeVar("S", bound=msgspec.Struct)

MIB = 1024 * 1024


class UriFormat(msgspec.Struct, frozen=True):
    """Format of a setting that is a local path or a URI.

    Attributes:
        pattern: regular expression of the URI.
        path: `a folder` or `a file`, for the error.
        form: the URI with its placeholders, for the error.
    """

    pattern: str
    path: Text
    form: str


_FOLDER, _FILE = ("un dossier", "a folder"), ("un fichier", "a file")
_URIS = {
    "books_uri": UriFormat(f"gs://{BUCKET_NAME}/.*[^/]", _FILE, "gs://BUCKET/OBJECT"),
    "model_uri": UriFormat(
        f"gs://{BUCKET_NAME}/[A-Za-z0-9._-]+(/{VERSION})?/?", _FOLDER, "gs://BUCKET/MODEL[/VERSION]"
    ),
    "saved_images_uri": UriFormat(f"gs://{BUCKET_NAME}(/.*)?", _FOLDER, "gs://BUCKET[/PREFIX]"),
}


class Settings(msgspec.Struct, frozen=True):
    """Settings of a function. Each field is read from the environment variable of the same name in upper case."""

    model_uri: Annotated[
        str,
        Meta(
            description="Model to serve: a bundle folder, `gs://BUCKET/MODEL` (the promoted version) or "
            "`gs://BUCKET/MODEL/VERSION`; empty: the embedded bundle"
        ),
    ] = ""
    model_fallback: Annotated[
        Literal["embedded", "none"], Meta(description="What to serve if MODEL_URI fails; `none`: 503")
    ] = "embedded"
    model_refresh_seconds: Annotated[
        float, Meta(ge=0, description="Seconds after which a request re-checks the bucket; 0: never")
    ] = 0.0
    model_pull_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=600,
            description="Timeout of a download from the bucket (model or catalogue), in seconds",
        ),
    ] = 10.0
    model_cache: Annotated[str, Meta(description="Cache folder of verified files from the bucket; empty: no cache")] = (
        ""
    )
    books_uri: Annotated[
        str,
        Meta(description="Catalogue of books: a file or `gs://BUCKET/OBJECT`; empty: the embedded list"),
    ] = ""
    storage_emulator_host: Annotated[
        str, Meta(description="Address of an emulator of Cloud Storage, called without credentials")
    ] = ""
    storage_api_endpoint: Annotated[
        str, Meta(description="Address of Cloud Storage, called with credentials; empty: Google's")
    ] = ""
    max_body_bytes: Annotated[
        int,
        Meta(ge=1, description="Largest request body, in bytes (predire: 1.5 MiB; predict_digit: 4 MiB)"),
    ] = MIB
    max_rows: Annotated[int, Meta(ge=1, description="Maximum number of rows in a request")] = 1000
    max_json_depth: Annotated[int, Meta(ge=1, le=500, description="Maximum nesting of arrays and objects")] = 32
    max_image_pixels: Annotated[
        int, Meta(ge=784, le=100_000_000, description="Maximum number of pixels in a picture, read from its header")
    ] = 4_000_000
    certainty_threshold: Annotated[
        float, Meta(ge=0, le=100, description="Certainty below which predict_digit refuses to answer, in percent")
    ] = 60.0
    saved_images_uri: Annotated[
        str,
        Meta(
            description="Where predict_digit saves pictures: a folder or `gs://BUCKET/PREFIX`; `off`: nowhere; "
            "`auto`: `saved_images`, but `off` on Cloud Run"
        ),
    ] = "auto"
    request_log: Annotated[
        str,
        Meta(
            pattern="^(auto|stdout|cloud|off|jsonl:.+)$",
            description="Sink of the request log: `auto` (stdout on Cloud Run, else a file), `stdout`, `cloud`, "
            "`jsonl:PATH`, `off`",
        ),
    ] = "auto"
    request_log_payload: Annotated[
        Literal["auto", "full", "redacted", "none"],
        Meta(description="How much of a request is logged; `auto`: `redacted` in the cloud, else `full`"),
    ] = "auto"
    cors_origins: Annotated[
        str, Meta(description="Origins whose pages may call the function, separated by commas; `*`: all; `off`: none")
    ] = "*"
    service_urls: Annotated[
        str,
        Meta(
            pattern=r"^([a-z0-9_-]+=https?://\S+( +|$))*$",
            description="Other services that pages link to: `NAME=URL`, separated by spaces",
        ),
    ] = ""


def addresses(setting: str) -> dict[str, str]:
    """The URLs of SERVICE_URLS by name."""
    return dict(entry.split("=", 1) for entry in setting.split())


def parse(environ: Mapping[str, str], **defaults: int) -> Settings:
    """Read the settings of a function from the environment.

    Args:
        environ: environment variables.
        defaults: defaults that differ for this function.

    Raises:
        SettingsError: a value is invalid; the message names the variable, what was expected and what came.
    """
    settings = parse_environ(Settings, environ, defaults, _URIS)
    if settings.saved_images_uri != "auto":
        return settings
    # On Cloud Run a folder is in the instance's memory, which pictures would fill.
    return msgspec.structs.replace(settings, saved_images_uri="off" if "K_SERVICE" in environ else "saved_images")


def parse_environ(
    kind: type[S],
    environ: Mapping[str, str],
    defaults: Mapping[str, object] | None = None,
    uris: Mapping[str, UriFormat] | None = None,
) -> S:
    """Read a struct from the environment. A variable that is empty counts as not set.

    Args:
        kind: the struct; the variable of a field is its name in upper case.
        environ: environment variables.
        defaults: defaults by field, in place of the struct's own.
        uris: formats of URIs by field; a value without `://` is a local path.

    Raises:
        SettingsError: a value is invalid; the message names the variable, what was expected and what came.
    """
    variables = {name: name.upper() for name in kind.__struct_fields__}
    values = dict(defaults or {})
    values |= {name: environ[variable] for name, variable in variables.items() if environ.get(variable)}
    try:
        settings = msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError:
        pointer, detail = find_faults(values, kind, "", variables, strict=False)[0]
        name = pointer.lstrip("/")
        raise SettingsError(fill(("{name} : {detail}", "{name}: {detail}"), name=name, detail=detail)) from None
    for name, uri in (uris or {}).items():
        _check_uri(variables[name], getattr(settings, name), uri)
    return settings


def _check_uri(variable: str, value: str, uri: UriFormat) -> None:
    if "://" in value and not re.fullmatch(uri.pattern, value):
        text = (
            "{name} : attendu : {local} ou {form}, reçu : {got}",
            "{name}: expected: {local} or {form}, got: {got}",
        )
        raise SettingsError(fill(text, name=variable, local=uri.path, form=uri.form, got=value))
