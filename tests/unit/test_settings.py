"""Settings: defaults, precedence, errors."""

import re

import pytest

from shared.errors import SettingsError
from shared.settings import MIB, Settings, addresses, parse
from tests.replay import ROOT


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = parse({})
    assert settings == Settings(saved_images_uri="saved_images")
    assert (settings.max_body_bytes, settings.model_fallback, settings.request_log) == (MIB, "embedded", "auto")


def test_the_environment_overrides_a_functions_default_which_overrides_the_tables() -> None:
    assert parse({}, max_body_bytes=5).max_body_bytes == 5
    assert parse({"MAX_BODY_BYTES": "7"}, max_body_bytes=5).max_body_bytes == 7
    assert parse({"MAX_BODY_BYTES": ""}, max_body_bytes=5).max_body_bytes == 5
    assert parse({"CERTAINTY_THRESHOLD": "72.5", "PATH": "x"}).certainty_threshold == 72.5


def test_images_are_not_saved_on_cloud_run_by_default() -> None:
    assert parse({"K_SERVICE": "predict_digit"}).saved_images_uri == "off"
    assert parse({"K_SERVICE": "predict_digit", "SAVED_IMAGES_URI": "mounted"}).saved_images_uri == "mounted"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("MAX_ROWS", "0", 'attendu : entier d\'au moins 1, reçu : "0"'),
        ("MAX_ROWS", "mille", 'attendu : entier d\'au moins 1, reçu : "mille"'),
        ("CERTAINTY_THRESHOLD", "101", 'attendu : nombre entre 0 et 100, reçu : "101"'),
        ("MODEL_FALLBACK", "autre", 'attendu : une valeur parmi embedded, none, reçu : "autre"'),
        ("REQUEST_LOG", "jsonl:", 'attendu : texte de la forme ^(auto|stdout|cloud|off|jsonl:.+)$, reçu : "jsonl:"'),
        ("MODEL_REFRESH_SECONDS", "-1", 'attendu : nombre d\'au moins 0, reçu : "-1"'),
        ("MODEL_URI", "gs://seau", "attendu : un dossier ou gs://BUCKET/MODEL[/VERSION], reçu : gs://seau"),
        ("MODEL_URI", "s3://seau/m", "attendu : un dossier ou gs://BUCKET/MODEL[/VERSION], reçu : s3://seau/m"),
        ("MODEL_URI", "gs://seau/m/v1", "attendu : un dossier ou gs://BUCKET/MODEL[/VERSION], reçu : gs://seau/m/v1"),
        (
            "SERVICE_URLS",
            "predire=augure.example",
            r'attendu : texte de la forme ^([a-z0-9_-]+=https?://\S+( +|$))*$, reçu : "predire=augure.example"',
        ),
        ("BOOKS_URI", "gs://seau", "attendu : un fichier ou gs://BUCKET/OBJECT, reçu : gs://seau"),
        ("BOOKS_URI", "gs://seau/livres/", "attendu : un fichier ou gs://BUCKET/OBJECT, reçu : gs://seau/livres/"),
        ("SAVED_IMAGES_URI", "gs://", "attendu : un dossier ou gs://BUCKET[/PREFIX], reçu : gs://"),
    ],
)
def test_an_invalid_value_is_refused_with_the_expected_form(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as excinfo:
        parse({name: value})
    assert excinfo.value.detail[0] == f"{name} : {message}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL_URI", "gs://seau/predire"),
        ("MODEL_URI", "gs://mon-seau.exemple/predire/0123456789ab"),
        ("BOOKS_URI", "gs://seau/le fonds/livres 2026.json"),
        ("SAVED_IMAGES_URI", "gs://seau"),
        ("SAVED_IMAGES_URI", "gs://seau/images/d'essai"),
    ],
)
def test_a_bucket_uri_is_accepted(name: str, value: str) -> None:
    assert getattr(parse({name: value}), name.lower()) == value


def test_service_urls_are_parsed() -> None:
    """A name is that of a folder, in any form that Terraform accepts for a service."""
    setting = "predire=http://localhost:8083  iris-v2_b=https://augure-iris-v2-b-1.europe-west9.run.app"
    assert addresses(parse({"SERVICE_URLS": setting}).service_urls) == {
        "predire": "http://localhost:8083",
        "iris-v2_b": "https://augure-iris-v2-b-1.europe-west9.run.app",
    }


def test_the_documentation_lists_every_setting() -> None:
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE)) == {
        name.upper() for name in Settings.__struct_fields__
    }
