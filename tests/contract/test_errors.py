"""Every error status of every model: a problem body in the reader's language, one log line, nothing leaked."""

import asyncio
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.model.predictor import Predictor
from tests.client import Client, Exchange, Reply, event_loop, scope
from tests.conftest import Lines, models_only
from tests.replay import Case, cases, load

pytestmark = models_only

JSON = "application/json"
KEYS = {"type", "title", "status", "detail", "code", "request_id", "errors", "error"}
LEAKS = ("Traceback", "site-packages", "onnxruntime", "numpy", "msgspec", "werkzeug", "/home", ".py")


@pytest.fixture
def good(folder: Path) -> Case:
    """The first example of the function that succeeds."""
    return next(case for case in cases(folder) if case.status == 200)


def check_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Check that a response is a problem of this status and code; returns its body."""
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = answer.get_json()
    assert body.keys() == KEYS
    assert (body["status"], body["code"], body["type"]) == (status, code, "about:blank")
    assert body["error"] == body["detail"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert not [leak for leak in LEAKS if leak in answer.text]
    return body


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        (b"", "invalid_json", "attendu : du JSON, reçu : un corps vide"),
        (b" \n ", "invalid_json", "attendu : du JSON, reçu : un corps vide"),
        (b"{", "invalid_json", "attendu : du JSON valide, reçu : ligne 1, colonne 2"),
        (b"\xff\xfe{}", "invalid_json", "attendu : du JSON valide, reçu : texte qui n'est pas de l'UTF-8"),
        (b'{"a": NaN}', "invalid_json", "attendu : un nombre fini, reçu : NaN"),
        (b'{"a": [-Infinity]}', "invalid_json", "attendu : un nombre fini, reçu : -Infinity"),
        (b'{"a": "\\ud800"}', "invalid_json", "attendu : du JSON valide, reçu : texte qui n'est pas de l'UTF-8"),
        (b"[" + b"9" * 5000 + b"]", "invalid_json", "attendu : du JSON valide, reçu : nombre trop long"),
        (b'{"a": 1, "b": {"c": 1, "c" : 2}}', "duplicate_key", 'clé présente deux fois : "c"'),
        (b"[" * 33 + b"]" * 33, "json_too_deep", "attendu : 32 niveaux au plus, reçu : davantage"),
    ],
)
def test_an_invalid_body_is_400(
    client: Client, good: Case, log_lines: Lines, body: bytes, code: str, detail: str
) -> None:
    problem = check_problem(client.post(good.path, data=body, content_type=JSON), 400, code)
    assert (problem["detail"], problem["title"]) == (detail, "Requête illisible")
    [line] = log_lines()
    assert (line["status"], line["error"]["code"], line["payload"], line["severity"]) == (400, code, None, "WARNING")


def test_an_unknown_path_is_404(client: Client, log_lines: Lines) -> None:
    for answer in (client.get("/nulle/part"), client.post("/nulle/part", data="{}", content_type=JSON)):
        problem = check_problem(answer, 404, "not_found")
        assert problem["detail"] == "aucune page à cette adresse : /nulle/part"
    assert log_lines() == []


def test_a_wrong_method_is_405_with_the_allowed_ones(client: Client, good: Case, log_lines: Lines) -> None:
    answer = client.get(good.path)
    problem = check_problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "OPTIONS, POST"
    assert problem["detail"] == f"méthode attendue pour {good.path} : OPTIONS, POST, reçue : GET"
    assert client.delete("/health/live").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert log_lines() == []


def test_a_content_length_over_the_limit_is_413(client: Client, good: Case, log_lines: Lines) -> None:
    limit = {"predict_digit": 8, "predire": 3}.get(good.function, 2) * 512 * 1024
    problem = check_problem(client.post(good.path, data=b" " * (limit + 1), content_type=JSON), 413, "too_large")
    assert problem["detail"] == f"attendu : un corps de {limit} octets au plus, reçu : {limit + 1}"
    [line] = log_lines()
    assert (line["status"], line["payload"]) == (413, None)


def test_a_body_without_a_length_over_the_limit_is_413(
    client: Client, good: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_BODY_BYTES", "1000")
    client = load(good.file.parent.parent)
    problem = check_problem(client.post(good.path, data=[b" " * 1000, b" "], content_type=JSON), 413, "too_large")
    assert problem["detail"] == "attendu : un corps de 1000 octets au plus, reçu : davantage"
    assert client.post(good.path, data=[b" " * 999, b" "], content_type=JSON).status_code == 400


@pytest.mark.parametrize(
    ("headers", "got"),
    [
        ({"Content-Type": "text/plain"}, "Content-Type: application/json, reçu : text/plain"),
        ({}, "Content-Type: application/json, reçu : rien"),
        ({"Content-Type": JSON, "Content-Encoding": "gzip"}, "un corps sans Content-Encoding, reçu : gzip"),
    ],
)
def test_a_wrong_content_type_or_encoding_is_415(
    client: Client, good: Case, log_lines: Lines, headers: dict[str, str], got: str
) -> None:
    problem = check_problem(client.post(good.path, data=good.body, headers=headers), 415, "unsupported_media_type")
    assert problem["detail"] == f"attendu : {got}"
    assert [line["status"] for line in log_lines()] == [415]


def test_a_charset_or_byte_order_mark_is_accepted(client: Client, good: Case) -> None:
    answer = client.post(good.path, data=good.body, content_type="application/json; charset=utf-8")
    assert answer.status_code == 200
    assert client.post(good.path, data=b"\xef\xbb\xbf" + good.body, content_type=JSON).status_code == 200


@pytest.mark.parametrize(("value", "shown"), [(b'"mot"', '"mot"'), (b"null", "null"), (b"12", "12"), (b"true", "true")])
def test_a_body_that_is_not_an_object_is_422(
    client: Client, good: Case, log_lines: Lines, value: bytes, shown: str
) -> None:
    problem = check_problem(client.post(good.path, data=value, content_type=JSON), 422, "invalid_request")
    assert problem["detail"] == f"attendu : un objet, reçu : {shown}"
    assert problem["errors"] == [{"pointer": "", "detail": f"attendu : un objet, reçu : {shown}"}]
    assert [line["status"] for line in log_lines()] == [422]


def test_an_internal_error_is_500_without_its_cause(
    client: Client,
    good: Case,
    log_lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret of /home/numpy.py")

    monkeypatch.setattr(Predictor, "predict", fail)
    problem = check_problem(client.post(good.path, data=good.body, content_type=JSON), 500, "internal_error")
    assert problem["detail"] == "erreur interne ; signalez l'identifiant de la requête si elle se répète"
    [line] = log_lines()
    assert (line["status"], line["severity"], line["prediction"]) == (500, "ERROR", None)
    report = json.loads(capfd.readouterr().err)
    assert report["severity"] == "ERROR"
    assert "secret of /home/numpy.py" in report["message"]
    assert problem["request_id"] in report["message"]


@pytest.fixture
def unready(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Client:
    """Each function in turn, without a model."""
    monkeypatch.setenv("MODEL_URI", str(tmp_path / "nowhere"))
    monkeypatch.setenv("MODEL_FALLBACK", "none")
    return load(folder)


def test_without_a_model_a_prediction_is_503(unready: Client, good: Case, log_lines: Lines) -> None:
    reason = "le modèle n'est pas prêt : manifest.json illisible : No such file or directory"
    for answer in (unready.post(good.path, data=good.body, content_type=JSON), unready.get("/health/ready")):
        assert check_problem(answer, 503, "not_ready")["detail"] == reason
    assert unready.get("/health/live").get_json() == {"status": "live"}
    check_problem(unready.get("/model"), 503, "not_ready")
    assert unready.get("/openapi.json").get_json()["info"]["version"] == "0"
    [line] = log_lines()
    assert (line["status"], line["model"]) == (503, None)


def test_errors_are_in_english_on_request(client: Client, good: Case) -> None:
    english = {"Accept-Language": "en-GB,en;q=0.9,fr;q=0.5"}
    problem = check_problem(client.get(good.path, headers=english), 405, "method_not_allowed")
    assert problem["title"] == "Method Not Allowed"
    assert problem["detail"] == f"expected method for {good.path}: OPTIONS, POST, got: GET"
    french = client.get(good.path, headers={"Accept-Language": "de"}).get_json()
    assert french["title"] == "Méthode non autorisée"


def test_an_endless_body_is_413_at_the_limit(
    client: Client, good: Case, log_lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_BODY_BYTES", "1000")
    client = load(good.file.parent.parent)
    endless = Exchange(scope("POST", good.path, {"content-type": JSON}), itertools.repeat(b" " * 100))
    check_problem(client.exchange(endless), 413, "too_large")
    assert endless.taken == 1100
    assert [line["status"] for line in log_lines()] == [413]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": JSON, "content-encoding": "gzip"},
        {"content-type": JSON, "content-length": "99999999"},
    ],
)
def test_the_body_of_a_refused_request_is_not_read(client: Client, good: Case, headers: dict[str, str]) -> None:
    endless = Exchange(scope("POST", good.path, headers), itertools.repeat(b" " * 100))
    assert client.exchange(endless).status_code in {413, 415}
    assert endless.taken == 0


def test_a_refused_request_with_expect_100_continue_closes_the_connection(client: Client, good: Case) -> None:
    """The client may send the body or leave it out, so the start of its next request is unknown."""
    for expect, connection in (({}, None), ({"Expect": "100-continue"}, "close")):
        answer = client.post(good.path, data=good.body, content_type="text/plain", headers=expect)
        assert answer.headers.get("connection") == connection


def test_a_body_cut_short_is_400_with_one_log_line(client: Client, good: Case, log_lines: Lines) -> None:
    for headers in ({"content-length": "500"}, {}):
        interrupted = Exchange(scope("POST", good.path, {"content-type": JSON, **headers}), [b"{"], leaves=True)
        check_problem(client.exchange(interrupted), 400, "incomplete_body")
    short = Exchange(scope("POST", good.path, {"content-type": JSON, "content-length": "500"}), [b"{"])
    check_problem(client.exchange(short), 400, "incomplete_body")
    assert [line["status"] for line in log_lines()] == [400, 400, 400]


def test_a_request_cancelled_at_shutdown_is_503(client: Client, good: Case, log_lines: Lines) -> None:
    """uvicorn cancels requests that still run when its shutdown timeout is over."""
    exchange = Exchange(scope("POST", good.path, {"content-type": JSON}), [b"{"], waits=True)

    async def cancel() -> Reply:
        task = asyncio.create_task(exchange.run(client.app))
        while not exchange.taken:
            await asyncio.sleep(0)
        task.cancel()
        return await task

    answer = asyncio.run_coroutine_threadsafe(cancel(), event_loop()).result(60)
    assert (
        check_problem(answer, 503, "stopping")["detail"] == "le serveur s'arrête avant d'avoir pu répondre ; réessayez"
    )
    assert [line["status"] for line in log_lines()] == [503]


def mutations(value: Any) -> Iterator[Any]:
    """Copies of a JSON value, each with one value replaced or one member removed."""
    if isinstance(value, dict):
        yield from ({**value, key: mutated} for key, item in value.items() for mutated in mutations(item))
        yield from ({name: member for name, member in value.items() if name != key} for key in value)
    elif isinstance(value, list):
        yield from (
            [*value[:index], mutated, *value[index + 1 :]]
            for index, item in enumerate(value)
            for mutated in mutations(item)
        )
    else:
        yield from ("mot", None, True, {}, [], 1e308, -1e9)


def test_a_mutated_body_is_never_a_server_error(client: Client, good: Case) -> None:
    for body in mutations(json.loads(good.body)):
        answer = client.post(good.path, json=body)
        assert answer.status_code in {200, 422}, body
        if answer.status_code == 422:
            check_problem(answer, 422, answer.get_json()["code"])
