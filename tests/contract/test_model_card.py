"""`GET /model/card`: the card of the served model, from a folder or a bucket, and its errors."""

import base64
import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.model import card as cards
from shared.model import holder, source
from shared.model.bundle import CARD, MANIFEST, describe
from shared.storage import bucket
from tests.buckets import bundle, point_to, promote, publish, ready, until
from tests.client import Client
from tests.conftest import Lines, models_only
from tests.gcs import Cut, Delay, Emulator, FakeGcs, Flip, Hang, Status
from tests.gcs_faults import Fault
from tests.replay import ROOT, load
from tests.unit.bundles import change_manifest, copy_bundle

Load = Callable[[str], Client]
NAME = "predict_species"
FLOWERS = json.loads((ROOT / "functions/predict_species/examples/iris.json").read_text("utf-8"))
PICTURE = re.compile(r'<img src="data:image/png;base64,([^"]*)" alt="([^"]+)" />')
UNREADABLE = "la fiche du modèle n'a pas pu être lue ; réessayez dans un instant"


@pytest.fixture(autouse=True)
def fast_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "FIRST_PAUSE_SECONDS", 0.005)


def with_files(folder: Path, **contents: bytes | None) -> Path:
    """Replace files of a bundle and their manifest entries; None removes the file."""
    files = json.loads((folder / MANIFEST).read_bytes())["files"]
    for name, content in contents.items():
        if content is None:
            del files[name]
            (folder / name).unlink()
        else:
            files[name] = msgspec.to_builtins(describe(content))
            (folder / name).write_bytes(content)
    change_manifest(folder, {"files": files}, sealed=True)
    return folder


def second_bundle(tmp_path: Path, **contents: bytes | None) -> Path:
    """Another version of the bundle, with these files."""
    (tmp_path / "second").mkdir()
    return with_files(copy_bundle(NAME, tmp_path / "second"), **contents)


def card(client: Client) -> str:
    """The HTML of the card, which must be served."""
    answer = client.get("/model/card")
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    return answer.text


def check_problem(client: Client, status: int, code: str) -> dict[str, Any]:
    """Check a problem that names no file, bucket or library, while predictions go on; returns its French body."""
    answer = client.get("/model/card", headers={"Accept-Language": "en"})
    body: dict[str, Any] = answer.get_json()
    assert (answer.status_code, answer.content_type, body["code"]) == (status, "application/problem+json", code)
    assert not re.search(r"/|\.md|\.png|augure|bucket|storage|sha256|markdown", body["detail"])
    assert client.post("/predict_species", json=FLOWERS).status_code == 200
    french: dict[str, Any] = client.get("/model/card").get_json()
    assert french["detail"] != body["detail"]
    return french


@models_only
def test_the_card_is_a_page_with_all_its_pictures_and_tables(client: Client, folder: Path) -> None:
    page, files = card(client), bundle(folder.name)
    text = (files / CARD).read_text("utf-8")
    shown = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", text)
    assert len(shown) >= 3
    assert [(base64.b64decode(content), alt.replace("\u00a0", " ")) for content, alt in PICTURE.findall(page)] == [
        ((files / file).read_bytes(), alt) for alt, file in shown
    ]
    assert page.count("<img") == len(shown)
    heading = re.sub(r"\\(.)", r"\1", text.partition("\n")[0].removeprefix("# "))
    title = heading.replace(" :", "\u00a0:").replace("'", "&#x27;")
    assert f"<title>{title} · Augure</title>" in page
    assert f'<h1 lang="fr">{title}</h1>' in page
    assert f"Version {json.loads((files / MANIFEST).read_bytes())['version']}." in page
    assert page.count('<div class="table"') == page.count("<table>") == len(re.findall(r"^\| -", text, re.MULTILINE))
    assert re.findall(r'<a href="#([^"]*)">', page) == re.findall(r'<h[23] id="([^"]*)">', page)


@models_only
@pytest.mark.parametrize(("query", "language"), [("", "en"), ("?lang=en", "fr")])
def test_an_english_page_says_that_the_card_is_in_french(client: Client, query: str, language: str) -> None:
    page = client.get(f"/model/card{query}", headers={"Accept-Language": language}).text
    assert '<html lang="en">' in page
    assert '<p class="notice other" data-other="">This card is written in French only.</p>' in page
    assert '<article class="text card" lang="fr">' in page
    assert '<p class="notice other" data-other="This card is written in French only."></p>' in card(client)


@models_only
@pytest.mark.parametrize(("path", "prefix"), [("/model/card", "../"), ("/model/card/", "../../")])
def test_links_of_the_card_lead_to_its_function(path: str, prefix: str, client: Client, folder: Path) -> None:
    page = client.get(path).text
    home = "" if folder.name == "predict_digit" else "demo"
    menu = (ROOT / "shared/web/site/header.html").read_text("utf-8")
    if f'data-service="{folder.name}"' in menu:  # a new function is not
        assert f'<a data-service="{folder.name}" href="{prefix}{home}" aria-current="true"' in page
    assert [f'href="{prefix}{name}"' in page for name in ("openapi.json", "model", "model/card")] == [True] * 3
    assert 'class="own"' not in page


@models_only
def test_the_card_writes_no_log_line(client: Client, log_lines: Lines) -> None:
    card(client)
    assert log_lines() == []


def test_html_and_placeholders_in_a_card_are_escaped(
    function: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """# <script>alert("{{body}}")</script>
<style>*{}</style> <img src=x onerror=alert(1)> {{version}} [ici](javascript:alert(1)) [là](../secret)
![ailleurs](https://ailleurs.example/x.png) ![graphe](model.onnx) ![dehors](../manifest.json)

| a | b |
| --- | :-: |
| 1 | 2 |
"""
    monkeypatch.setenv("MODEL_URI", str(second_bundle(tmp_path, **{CARD: text.encode()})))
    page = card(function(NAME))
    assert "<title>&lt;script&gt;alert(&quot;{{body}}&quot;)&lt;/script&gt; · Augure</title>" in page
    article = page.partition('<article class="text card" lang="fr">')[2].partition("</article>")[0]
    assert set(re.findall(r"</?([a-z]+)", article)) == {"p", "a", "div", "table", "thead", "tbody", "tr", "th", "td"}
    assert "&lt;style&gt;*{}&lt;/style&gt; &lt;img src=x onerror=alert(1)&gt; {{version}} [ici](java" in article
    assert "<a>là</a>" in article
    assert article.count("[image non affichée\u00a0: ") + article.count("[image non affichée : ") == 3
    assert not re.search("href|src=.?data|<[^>]* (style|on[a-z]+)=", article)


def test_a_bundle_without_a_card_is_404(function: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_URI", str(second_bundle(tmp_path, **{CARD: None})))
    client = function(NAME)
    assert ready(client)["source"] == "folder"
    assert check_problem(client, 404, "no_card")["detail"] == "le modèle servi n'a pas de fiche"


def test_without_a_model_the_card_is_503(function: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_URI", str(tmp_path))
    monkeypatch.setenv("MODEL_FALLBACK", "none")
    answer = function(NAME).get("/model/card")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "not_ready")


@pytest.mark.parametrize("file", [CARD, "paires.png"])
def test_a_file_altered_since_the_start_is_503(
    file: str,
    function: Load,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder = second_bundle(tmp_path)
    monkeypatch.setenv("MODEL_URI", str(folder))
    client, content = function(NAME), (folder / file).read_bytes()
    (folder / file).write_bytes(content[:-1] + b"x")
    assert check_problem(client, 503, "card_unavailable")["detail"] == UNREADABLE
    assert client.get("/model/card").headers["Retry-After"] == "10"
    [line] = capfd.readouterr().err.splitlines()  # several requests, one read
    assert json.loads(line)["severity"] == "WARNING"
    assert f"sha256 {file}: expected {describe(content).sha256}" in json.loads(line)["message"]
    (folder / file).write_bytes(content)
    assert client.get("/model/card").status_code == 503
    monkeypatch.setattr(cards, "time", _Later)
    assert PICTURE.search(card(client))


class _Later:
    """The clock after the retry delay."""

    @staticmethod
    def monotonic() -> float:
        return time.monotonic() + holder.RETRY_SECONDS


def test_a_picture_over_the_size_limit_becomes_its_alt_text(
    function: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half, rest = bytes(cards.MAX_PICTURES_BYTES // 2), bytes(cards.MAX_PICTURES_BYTES // 2 + 1)
    text = "![une](a.png)\n\n![deux](b.png)\n\n![trois](confusion.png)\n\n![une](a.png)\n"
    files = {"a.png": half, "b.png": rest, CARD: text.encode()}
    monkeypatch.setenv("MODEL_URI", str(second_bundle(tmp_path, **files)))
    page = card(function(NAME))
    assert [alt for _, alt in PICTURE.findall(page)] == ["une", "trois"]
    assert re.findall(r"\[image non affichée : (\w+)\]", page) == ["deux", "une"]


def test_a_card_over_the_size_limit_is_503(function: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = second_bundle(tmp_path, **{CARD: b"x" * (cards.MAX_TEXT_BYTES + 1)})
    monkeypatch.setenv("MODEL_URI", str(folder))
    check_problem(function(NAME), 503, "card_unavailable")


def test_a_card_in_a_bucket_is_read_once_on_the_first_request(
    storage: Emulator, function: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish(storage, second_bundle(tmp_path, **{CARD: b"# Deux\n\n![Un dessin](confusion.png)\n"}))
    promote(storage, tmp_path / "second" / NAME)
    point_to(monkeypatch, storage, NAME)
    client = function(NAME)
    requests = storage.requests if isinstance(storage, FakeGcs) else []
    requests.clear()
    page = card(client)
    assert "<title>Deux · Augure</title>" in page
    assert [alt for _, alt in PICTURE.findall(page)] == ["Un dessin"]
    assert card(client) == page
    if isinstance(storage, FakeGcs):
        assert [request.name for request in requests] == [
            f"{NAME}/{version}/{file}" for file in (CARD, "confusion.png")
        ]


def test_a_new_version_has_its_own_card(
    gcs: FakeGcs, function: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(gcs, bundle(NAME))
    promote(gcs, bundle(NAME))
    point_to(monkeypatch, gcs, NAME, MODEL_REFRESH_SECONDS="0.01", MODEL_CACHE=str(tmp_path / "cache"))
    client = function(NAME)
    assert "espèce d" in card(client)
    version = publish(gcs, second_bundle(tmp_path, **{CARD: b"# Deux"}))
    promote(gcs, tmp_path / "second" / NAME)
    until(lambda: ready(client)["model"]["version"] == version)
    assert "<title>Deux · Augure</title>" in card(client)
    assert (tmp_path / "cache" / gcs.bucket / NAME / version / CARD).read_bytes() == b"# Deux"


@pytest.mark.parametrize("fault", [Status(403), Status(404), Status(503), Cut(), Flip(), Hang()], ids=str)
@pytest.mark.parametrize("file", [CARD, "paires.png"])
def test_a_bucket_fault_makes_the_card_503_and_nothing_else(
    fault: Fault,
    file: str,
    gcs: FakeGcs,
    function: Load,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    publish(gcs, bundle(NAME))
    promote(gcs, bundle(NAME))
    point_to(monkeypatch, gcs, NAME)
    original_timeout = source.CARD_SECONDS
    monkeypatch.setattr(source, "CARD_SECONDS", 0.3)
    client = function(NAME)
    gcs.fail(fault, file)
    assert check_problem(client, 503, "card_unavailable")["detail"] == UNREADABLE
    attempts = len(gcs.requests)
    check_problem(client, 503, "card_unavailable")
    assert len(gcs.requests) == attempts
    assert "fallback" not in ready(client)
    [line] = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert line["message"].startswith("card of ")
    gcs.heal()
    monkeypatch.setattr(source, "CARD_SECONDS", original_timeout)
    monkeypatch.setattr(cards, "time", _Later)
    assert len(PICTURE.findall(card(client))) == 4


def test_a_wrong_hash_in_the_cache_or_the_bucket_is_503(
    gcs: FakeGcs, function: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish(gcs, bundle(NAME))
    promote(gcs, bundle(NAME))
    point_to(monkeypatch, gcs, NAME, MODEL_CACHE=str(tmp_path))
    cached, text = tmp_path / gcs.bucket / NAME / version / CARD, (bundle(NAME) / CARD).read_bytes()
    client = function(NAME)
    cached.write_bytes(text.replace(b"98,0", b"99,9"))
    gcs.put(f"{NAME}/{version}/{CARD}", text.replace(b"98,0", b"99,8"))
    check_problem(client, 503, "card_unavailable")
    gcs.put(f"{NAME}/{version}/{CARD}", text)
    monkeypatch.setattr(cards, "time", _Later)
    assert "98,0\u00a0%" in card(client)
    assert cached.read_bytes() == text


def test_concurrent_requests_read_the_card_once(gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(gcs, bundle(NAME))
    promote(gcs, bundle(NAME))
    point_to(monkeypatch, gcs, NAME)
    client = function(NAME)
    gcs.requests.clear()
    gcs.fail(Delay(0.2), CARD)
    monkeypatch.setattr(cards, "REFRESH_WAIT_SECONDS", 30)
    with ThreadPoolExecutor(8) as pool:
        pages = set(pool.map(lambda _: card(client), range(8)))
    assert len(pages) == 1
    assert gcs.asked("GET", CARD) == 1


def test_while_one_request_waits_for_the_bucket_others_get_503_at_once(
    gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thread waits, for a limited time. Other visitors get 503 at once; predictions have their own threads."""
    publish(gcs, bundle(NAME))
    promote(gcs, bundle(NAME))
    point_to(monkeypatch, gcs, NAME)
    monkeypatch.setattr(cards, "REFRESH_WAIT_SECONDS", 0.01)
    client = function(NAME)
    gcs.fail(Hang(), CARD)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.get, "/model/card")
        until(lambda: gcs.asked("GET", CARD))
        check_problem(client, 503, "card_unavailable")
        assert not first.done()
        gcs.heal()
        assert first.result().status_code == 200


def test_a_start_does_not_read_the_card(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a request for the card reads it."""
    monkeypatch.setattr(cards, "_card", lambda *_: pytest.fail("the card was read"))
    assert load(folder).get("/health/ready").status_code == 200
