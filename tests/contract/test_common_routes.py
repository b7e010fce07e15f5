"""Routes and headers that every function has: health, model, OpenAPI, CORS, pages."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.model.bundle import read_folder
from tests.client import Client
from tests.conftest import Lines, models_only
from tests.openapi import described, filled
from tests.replay import MODELS, ROOT, cases, load

ALLOWED = {"GET": "GET, HEAD, OPTIONS", "POST": "OPTIONS, POST"}


def test_every_function_is_live_and_ready(client: Client) -> None:
    assert client.get("/health/live").get_json() == {"status": "live"}
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.get_json()["status"] == "ready"


@models_only
def test_ready_gives_the_model_version_and_its_source(client: Client, folder: Path) -> None:
    version = json.loads((ROOT / "models" / folder.name / "bundle/manifest.json").read_text("utf-8"))["version"]
    assert client.get("/health/ready").get_json() == {
        "status": "ready",
        "model": {"nom": folder.name, "version": version},
        "source": "embedded",
    }


@models_only
def test_ready_gives_the_reason_of_a_fallback(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODEL_URI", str(tmp_path / "nowhere"))
    ready = load(folder).get("/health/ready")
    assert ready.status_code == 200
    assert ready.get_json()["source"] == "embedded"
    assert ready.get_json()["fallback"] == "manifest.json illisible : No such file or directory"


@models_only
def test_model_returns_facts_of_the_manifest(client: Client, folder: Path) -> None:
    facts = client.get("/model").get_json()
    manifest = read_folder(ROOT / "models" / folder.name / "bundle", folder.name).manifest
    assert facts["version"] == manifest.version
    assert facts["source"] == "embedded"
    assert facts["data"]["sha256"] == manifest.data.sha256
    assert set(facts["graphs"]) == set(manifest.graphs)


def test_openapi_is_valid_and_complete(client: Client, folder: Path) -> None:
    document = client.get("/openapi.json").get_json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"
    for case in cases(folder):
        expected = {"400", "413", "415", "422", "500", "503"} if case.method == "POST" else set()
        assert {"200", str(case.status), *expected} <= set(described(document, case)["responses"])
    for path, methods in document["paths"].items():
        for method in methods:
            answer = client.open(filled(path), method=method.upper())
            assert answer.status_code != 404 or answer.get_json()["code"] != "not_found", path
    english = client.get("/openapi.json", headers={"Accept-Language": "en"}).get_json()
    assert english["info"]["title"] != document["info"]["title"]


def test_no_path_ends_in_z(client: Client) -> None:
    paths = client.get("/openapi.json").get_json()["paths"]
    assert [path for path in paths if path.endswith("z")] == []


def test_every_page_runs_only_its_own_scripts_and_styles(client: Client, folder: Path) -> None:
    """A function with a model has two pages, its own and the card. Pages of the others have no script."""
    document = client.get("/openapi.json").get_json()
    responses = {path: str(methods.get("get", {}).get("responses")) for path, methods in document["paths"].items()}
    pages = {path for path, text in responses.items() if "text/html" in text}
    if folder in MODELS:
        assert "/model/card" in pages
        assert len(pages) == 2
    assert pages
    for page in pages:
        check_content_security_policy(client, filled(page), ["style", "script"] if folder in MODELS else ["style"])


def check_content_security_policy(client: Client, page: str, kinds: list[str]) -> None:
    answer = client.get(page)
    assert answer.content_type == "text/html; charset=utf-8"
    html, policy = answer.text, answer.headers["Content-Security-Policy"]
    assert re.search(r'<html lang="fr"', html)
    assert not re.search(r"innerHTML|(src|href)=.?https?:|\son[a-z]+=|\sstyle=", html)
    inline = re.findall(r"<(script|style)\b[^>]*>(.*?)</\1>", html, re.DOTALL)
    assert [kind for kind, _ in inline] == kinds
    for kind, text in inline:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")


def test_head_has_no_body_and_options_lists_the_methods(client: Client, folder: Path, log_lines: Lines) -> None:
    head = client.head("/health/live")
    assert (head.status_code, head.content) == (200, b"")
    case = cases(folder)[0]
    options = client.options(case.path)
    assert (options.status_code, options.headers["Allow"]) == (204, ALLOWED[case.method])
    assert client.options("/nulle/part").status_code == 404
    assert log_lines() == []


def test_responses_are_neither_cached_nor_sniffed(client: Client) -> None:
    answer = client.get("/health/live")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])
    assert answer.headers["X-Request-Id"] != client.get("/health/live").headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("setting", "origin", "allowed"),
    [
        (None, "https://ailleurs.example", "*"),
        ("", "https://ailleurs.example", "*"),
        ("https://ici.example, https://la.example", "https://la.example", "https://la.example"),
        ("https://ici.example", "https://ailleurs.example", None),
    ],
)
def test_cors_allows_the_configured_origins(
    folder: Path, monkeypatch: pytest.MonkeyPatch, setting: str | None, origin: str, allowed: str | None
) -> None:
    if setting is not None:
        monkeypatch.setenv("CORS_ORIGINS", setting)
    client = load(folder)
    path, method = cases(folder)[0].path, cases(folder)[0].method
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    preflight = client.options(path, headers=headers)
    assert preflight.headers["Access-Control-Allow-Methods"] == ALLOWED[method]
    assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]
    for answer in (
        preflight,
        client.get("/health/live", headers={"Origin": origin}),
        client.get(path, headers=headers),
    ):
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    assert "Access-Control-Allow-Origin" not in client.get("/health/live").headers


def test_cors_off_sends_no_cors_header(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "off")
    headers = {"Origin": "https://ailleurs.example", "Access-Control-Request-Method": "POST"}
    case = cases(folder)[0]
    answer = load(folder).options(case.path, headers=headers)
    assert (answer.status_code, answer.headers["Allow"]) == (204, ALLOWED[case.method])
    assert [name for name in answer.headers if name.startswith("access-control")] == []


def test_an_unknown_path_or_method_is_a_problem_in_the_readers_language(client: Client, log_lines: Lines) -> None:
    missing, english = client.get("/nulle/part"), client.get("/nulle/part", headers={"Accept-Language": "en"})
    assert (missing.status_code, missing.content_type) == (404, "application/problem+json")
    assert missing.get_json()["detail"] == "aucune page à cette adresse : /nulle/part"
    assert english.get_json()["detail"] == "nothing at this address: /nulle/part"
    wrong_method = client.post("/health/live", json={})
    assert (wrong_method.status_code, wrong_method.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert wrong_method.get_json()["code"] == "method_not_allowed"
    assert log_lines() == []


def test_a_trailing_slash_is_ignored(client: Client) -> None:
    assert client.get("/health/live/").get_json() == {"status": "live"}


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("fr_FR.UTF-8", 'MAX_ROWS : attendu : entier d\'au moins 1, reçu : "beaucoup"'),
        ("C.UTF-8", 'MAX_ROWS: expected: integer of at least 1, got: "beaucoup"'),
    ],
)
def test_an_invalid_setting_stops_the_start_with_one_sentence(
    folder: Path, locale: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("MAX_ROWS", "beaucoup")
    with pytest.raises(SystemExit) as excinfo:
        load(folder)
    assert excinfo.value.code == sentence
