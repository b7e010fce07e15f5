"""What the environment may decide of the explorer."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from shared.errors import SettingsError
from shared.i18n import fill
from shared.validation import find_faults

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CLOUD = "cloud"


class Settings(msgspec.Struct, frozen=True):
    """Each field is read from the environment variable of its name in upper case."""

    data_root: Annotated[str, Meta(description="Folder outside which no data set can be read")] = str(HERE / "datasets")
    journal: Annotated[
        str, Meta(description="Request log: a JSONL file, or `cloud` for Cloud Logging (GOOGLE_CLOUD_PROJECT)")
    ] = "requetes_enrg.jsonl"
    models_bucket: Annotated[
        str,
        Meta(
            pattern="^(gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9])?$",
            description="Bucket of models, `gs://BUCKET`; empty: none",
        ),
    ] = ""
    bundles: Annotated[str, Meta(description="Folder with other bundles, such as a mounted bucket; empty: none")] = ""
    saved_images_uri: Annotated[str, Meta(description="Folder where predict_digit keeps pictures, to replay them")] = (
        "saved_images"
    )
    max_lines: Annotated[
        int, Meta(ge=1, le=500_000, description="Lines of the request log, the newest, that are read")
    ] = 10_000
    max_rows: Annotated[int, Meta(ge=1, le=500_000, description="Rows of a data set that are kept")] = 50_000
    allowed_hosts: Annotated[
        str, Meta(description="Names by which a page may address the explorer, separated by commas; empty: any")
    ] = ""
    port: Annotated[int, Meta(ge=0, le=65535, description="Port; 0: any free one")] = 8501


def parse(environ: Mapping[str, str]) -> Settings:
    """Read the settings. A variable that is empty counts as not set.

    Raises:
        SettingsError: a value is not usable; the sentence names the variable, what was expected and what came.
    """
    names = {name: name.upper() for name in Settings.__struct_fields__}
    given = {name: environ[variable] for name, variable in names.items() if environ.get(variable)}
    try:
        settings = msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError:
        pointer, detail = find_faults(given, Settings, "", names, strict=False)[0]
        where = re.sub("^/", "", pointer)
        raise SettingsError(fill(("{name} : {detail}", "{name}: {detail}"), name=where, detail=detail)) from None
    if not Path(settings.data_root).is_dir():
        text = ("DATA_ROOT : attendu : un dossier, reçu : {got}", "DATA_ROOT: expected: a folder, got: {got}")
        raise SettingsError(fill(text, got=settings.data_root))
    return settings
