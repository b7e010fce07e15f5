"""What every function has: health, the model's facts, OpenAPI, CORS, safe headers, a page."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.model_store import read_folder
from tests.conftest import Lines
from tests.replay import ROOT, cases, load


def test_health(client: FlaskClient, folder: Path) -> None:
    version = json.loads((ROOT / "models" / folder.name / "bundle/manifest.json").read_text("utf-8"))["version"]
    assert client.get("/health/live").get_json() == {"status": "live"}
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.get_json() == {
        "status": "ready",
        "model": {"nom": folder.name, "version": version},
        "source": "embedded",
    }


def test_fallback_is_ready_and_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODEL_URI", str(tmp_path / "nowhere"))
    ready = load(folder).get("/health/ready")
    assert ready.status_code == 200
    assert ready.get_json()["source"] == "embedded"
    assert ready.get_json()["fallback"] == "manifest.json illisible : No such file or directory"


def test_model_gives_the_manifest(client: FlaskClient, folder: Path) -> None:
    facts = client.get("/model").get_json()
    manifest = read_folder(ROOT / "models" / folder.name / "bundle", folder.name).manifest
    assert facts["version"] == manifest.version
    assert facts["source"] == "embedded"
    assert facts["data"]["sha256"] == manifest.data.sha256
    assert set(facts["graphs"]) == set(manifest.graphs)


def test_openapi_is_valid_and_complete(client: FlaskClient, folder: Path) -> None:
    document = client.get("/openapi.json").get_json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"
    for case in cases(folder):
        operation = document["paths"][case.path][case.method.lower()]
        assert {"200", "400", "413", "415", "422", "500", "503"} <= set(operation["responses"])
    for path, methods in document["paths"].items():
        for method in methods:
            assert client.open(path, method=method.upper()).status_code != 404, path
    english = client.get("/openapi.json", headers={"Accept-Language": "en"}).get_json()
    assert english["info"]["title"] != document["info"]["title"]


def test_no_path_ends_in_z(client: FlaskClient) -> None:
    paths = client.get("/openapi.json").get_json()["paths"]
    assert [path for path in paths if path.endswith("z")] == []


def test_every_page_runs_its_own_code_only(client: FlaskClient) -> None:
    """The card is one, and beside it there is one more."""
    document = client.get("/openapi.json").get_json()
    responses = {path: str(methods.get("get", {}).get("responses")) for path, methods in document["paths"].items()}
    pages = {path for path, text in responses.items() if "text/html" in text}
    assert "/model/card" in pages
    assert len(pages) == 2
    for page in pages:
        runs_its_own_code_only(client, page)


def runs_its_own_code_only(client: FlaskClient, page: str) -> None:
    answer = client.get(page)
    assert answer.content_type == "text/html; charset=utf-8"
    html, policy = answer.get_data(as_text=True), answer.headers["Content-Security-Policy"]
    assert re.search(r'<html lang="fr"', html)
    assert not re.search(r"innerHTML|(src|href)=.?https?:|\son[a-z]+=|\sstyle=", html)
    for kind in ("script", "style"):
        [text] = re.findall(rf"<{kind}>(.*?)</{kind}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")


def test_head_and_options(client: FlaskClient, folder: Path, log_lines: Lines) -> None:
    head = client.head("/health/live")
    assert (head.status_code, head.get_data()) == (200, b"")
    path = cases(folder)[0].path
    options = client.options(path)
    assert (options.status_code, options.headers["Allow"]) == (204, "OPTIONS, POST")
    assert client.options("/nulle/part").status_code == 404
    assert log_lines() == []


def test_answers_are_not_kept_nor_guessed(client: FlaskClient) -> None:
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
def test_cors(
    folder: Path, monkeypatch: pytest.MonkeyPatch, setting: str | None, origin: str, allowed: str | None
) -> None:
    if setting is not None:
        monkeypatch.setenv("CORS_ORIGINS", setting)
    client = load(folder)
    path = cases(folder)[0].path
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = client.options(path, headers=asked)
    assert preflight.headers["Access-Control-Allow-Methods"] == "OPTIONS, POST"
    assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]
    for answer in (preflight, client.get("/health/live", headers={"Origin": origin}), client.get(path, headers=asked)):
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    assert "Access-Control-Allow-Origin" not in client.get("/health/live").headers


def test_cors_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "off")
    asked = {"Origin": "https://ailleurs.example", "Access-Control-Request-Method": "POST"}
    answer = load(folder).options(cases(folder)[0].path, headers=asked)
    assert (answer.status_code, answer.headers["Allow"]) == (204, "OPTIONS, POST")
    assert [name for name, _ in answer.headers if name.startswith("Access-Control")] == []


def test_trailing_slash_is_the_same_page(client: FlaskClient) -> None:
    assert client.get("/health/live/").get_json() == {"status": "live"}


def test_bad_setting_stops_the_start_with_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_ROWS", "beaucoup")
    with pytest.raises(SystemExit) as stopped:
        load(folder)
    assert stopped.value.code == 'MAX_ROWS : attendu : entier d\'au moins 1, reçu : "beaucoup"'
