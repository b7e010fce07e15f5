"""Everything that the environment may decide, in one table: name (in upper case), type, default, help."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from shared.errors import SettingsError
from shared.i18n import fill
from shared.validation import find_faults

MIB = 1024 * 1024
_BUCKET = "gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]"
_FOLDER, _FILE = ("un dossier", "a folder"), ("un fichier", "a file")
_URIS = {
    "books_uri": (_BUCKET + "/.*[^/]", _FILE, "gs://BUCKET/OBJECT"),
    "model_uri": (_BUCKET + "/[A-Za-z0-9._-]+(/[0-9a-f]{12})?/?", _FOLDER, "gs://BUCKET/MODEL[/VERSION]"),
    "saved_images_uri": (_BUCKET + "(/.*)?", _FOLDER, "gs://BUCKET[/PREFIX]"),
}
"""The addresses that a setting may have, what else it may be, and how they are described."""


class Settings(msgspec.Struct, frozen=True):
    """The settings of one function. Each field is read from the environment variable of its name in upper case."""

    model_uri: Annotated[
        str,
        Meta(
            description="Model to serve: a bundle folder, `gs://BUCKET/MODEL` (the version that is promoted) or "
            "`gs://BUCKET/MODEL/VERSION`; empty: the embedded bundle"
        ),
    ] = ""
    model_fallback: Annotated[
        Literal["embedded", "none"], Meta(description="What to serve when MODEL_URI is not usable; `none`: 503")
    ] = "embedded"
    model_refresh_seconds: Annotated[
        float, Meta(ge=0, description="Age at which a request has the bucket looked at again; 0: never")
    ] = 0.0
    model_pull_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=600,
            description="Longest time that a pull from the bucket, or of a catalogue, may take, in seconds",
        ),
    ] = 10.0
    model_cache: Annotated[
        str, Meta(description="Folder in which verified files from the bucket are kept; empty: none are written")
    ] = ""
    books_uri: Annotated[
        str,
        Meta(description="Catalogue of books: a file or `gs://BUCKET/OBJECT`; empty: the list that comes with it"),
    ] = ""
    storage_emulator_host: Annotated[
        str, Meta(description="Address of an emulator of Cloud Storage, asked without credentials")
    ] = ""
    storage_api_endpoint: Annotated[
        str, Meta(description="Address of Cloud Storage, asked with credentials; empty: Google's")
    ] = ""
    max_body_bytes: Annotated[
        int,
        Meta(ge=1, description="Largest request body, in bytes (predire: 1.5 MiB; predict_digit: 4 MiB)"),
    ] = MIB
    max_rows: Annotated[int, Meta(ge=1, description="Most rows in one request")] = 1000
    max_json_depth: Annotated[int, Meta(ge=1, le=500, description="Most arrays and objects inside each other")] = 32
    max_image_pixels: Annotated[
        int, Meta(ge=784, le=100_000_000, description="Most pixels in a picture, read from its header")
    ] = 4_000_000
    certainty_threshold: Annotated[
        float, Meta(ge=0, le=100, description="Certainty, in percent, under which predict_digit refuses to answer")
    ] = 60.0
    saved_images_uri: Annotated[
        str,
        Meta(
            description="Where predict_digit keeps pictures: a folder or `gs://BUCKET/PREFIX`; `off`: nowhere; "
            "`auto`: `saved_images`, but `off` on Cloud Run"
        ),
    ] = "auto"
    request_log: Annotated[
        str,
        Meta(
            pattern="^(auto|stdout|cloud|off|jsonl:.+)$",
            description="Where: `auto` (Cloud Run: stdout, else a file), `stdout`, `cloud`, `jsonl:PATH`, `off`",
        ),
    ] = "auto"
    request_log_payload: Annotated[
        Literal["auto", "full", "redacted", "none"],
        Meta(description="How much of a request its line keeps; `auto`: `redacted` in the cloud, else `full`"),
    ] = "auto"
    cors_origins: Annotated[
        str, Meta(description="Origins whose pages may call, separated by commas; `*`: all; `off`: none")
    ] = "*"
    service_urls: Annotated[
        str,
        Meta(
            pattern=r"^([a-z0-9_-]+=https?://\S+( +|$))*$",
            description="Addresses of the other services, to which pages link: `NAME=URL`, separated by spaces",
        ),
    ] = ""


def addresses(setting: str) -> dict[str, str]:
    """The addresses of SERVICE_URLS, by name."""
    return dict(entry.split("=", 1) for entry in setting.split())


def parse(environ: Mapping[str, str], **defaults: int) -> Settings:
    """Read the settings from an environment. A variable that is empty counts as not set.

    Args:
        environ: environment variables.
        defaults: defaults of one function's own.

    Raises:
        SettingsError: a value is not usable; the sentence names the variable, what was expected and what came.
    """
    names = {name: name.upper() for name in Settings.__struct_fields__}
    given = {name: environ[variable] for name, variable in names.items() if environ.get(variable)}
    try:
        settings = msgspec.convert(defaults | given, Settings, strict=False)
    except msgspec.ValidationError:
        pointer, detail = find_faults(defaults | given, Settings, "", names, strict=False)[0]
        name = pointer.lstrip("/")
        raise SettingsError(fill(("{name} : {detail}", "{name}: {detail}"), name=name, detail=detail)) from None
    for name, (pattern, local, form) in _URIS.items():
        if "://" in (uri := getattr(settings, name)) and not re.fullmatch(pattern, uri):
            text = (
                "{name} : attendu : {local} ou {form}, reçu : {got}",
                "{name}: expected: {local} or {form}, got: {got}",
            )
            raise SettingsError(fill(text, name=names[name], local=local, form=form, got=uri))
    return _where_pictures_go(settings, environ)


def _where_pictures_go(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """On Cloud Run a folder is the instance's own memory, which pictures would fill."""
    if settings.saved_images_uri != "auto":
        return settings
    return msgspec.structs.replace(settings, saved_images_uri="off" if "K_SERVICE" in environ else "saved_images")
