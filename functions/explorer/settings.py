"""What the environment may decide of the explorer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from shared.errors import SettingsError
from shared.formats import BUCKET_NAME
from shared.i18n import fill
from shared.settings import parse_environ

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
            pattern=f"^(gs://{BUCKET_NAME})?$",
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
    """Read the settings from the environment.

    Raises:
        SettingsError: a value is invalid; the message names the variable, what was expected and what came.
    """
    settings = parse_environ(Settings, environ)
    if not Path(settings.data_root).is_dir():
        text = ("DATA_ROOT : attendu : un dossier, reçu : {got}", "DATA_ROOT: expected: a folder, got: {got}")
        raise SettingsError(fill(text, got=settings.data_root))
    return settings
