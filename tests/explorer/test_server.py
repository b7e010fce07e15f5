"""The explorer's settings and the errors of its process."""

import logging
from pathlib import Path

import pytest
import streamlit as st

from functions.explorer import server, settings
from functions.explorer.settings import HERE
from shared.errors import SettingsError


def test_empty_settings_count_as_not_set(tmp_path: Path) -> None:
    parsed = settings.parse({"DATA_ROOT": str(tmp_path), "PORT": "9000", "JOURNAL": "", "MODELS_BUCKET": "gs://models"})
    assert (parsed.data_root, parsed.port, parsed.journal, parsed.models_bucket) == (
        str(tmp_path), 9000, "requetes_enrg.jsonl", "gs://models",
    )  # fmt: skip
    assert settings.parse({}).data_root == str(HERE / "datasets")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "web", 'PORT : attendu : entier entre 0 et 65535, reçu : "web"'),
        ("MAX_ROWS", "0", 'MAX_ROWS : attendu : entier entre 1 et 500000, reçu : "0"'),
        ("MODELS_BUCKET", "models", "MODELS_BUCKET : attendu : texte de la forme ^(gs://"),
        ("DATA_ROOT", "/nowhere", "DATA_ROOT : attendu : un dossier, reçu : /nowhere"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        settings.parse({name: value})
    assert wrong.value.detail[0].startswith(message)


def test_the_readme_has_every_setting() -> None:
    page = (HERE / "README.md").read_text("utf-8")
    assert [name for name in settings.Settings.__struct_fields__ if f"| `{name.upper()}` |" not in page] == []


def test_an_unexpected_error_shows_an_identifier_and_logs_the_traceback(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(st, "error", lambda text, **_: shown.append(text))
    with caplog.at_level(logging.ERROR, "explorer"):
        assert server._show_fault(RuntimeError("a secret"))
    [record] = caplog.records
    number = record.getMessage().removeprefix("fault ")
    assert shown[0].endswith(f"donnez ce numéro à la personne qui tient l'explorateur : {number}")
    assert "secret" not in shown[0]
    assert record.exc_info is not None
