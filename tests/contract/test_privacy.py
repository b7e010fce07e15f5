"""Personal data never reaches a redacted log, from any field, type, header, path, query or image."""

import base64
import io
import json
import os
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from functions.predire.student import SENSITIVE
from shared.log.redaction import DECIMALS
from shared.model.predictor import Predictor
from tests.client import Client
from tests.replay import MODELS, Case, cases, load
from tests.serving import serving

NAME, EMAIL, NUMBER = "Zélie Quignon", "zelie.quignon@etu.example", "22107654321"
SECRETS = (NAME, EMAIL, NUMBER)
TRACES = ("zélie", "zelie", "quignon", "etu.example", "107654321", "WsOpbGll")
"""Parts of the secrets, in lower case; the last one is base64."""

JSON = "application/json"


def leaks(text: str) -> list[str]:
    """The traces of the secrets in a text."""
    lower = text.lower().replace("\\u00e9", "é").replace("%c3%a9", "é")
    return [trace for trace in TRACES if trace in lower or trace in text]


def test_leaks_finds_every_secret() -> None:
    for secret in SECRETS:
        assert leaks(f"... {secret} ...")
        assert leaks(json.dumps(secret))
    assert leaks(base64.b64encode(NAME.encode()).decode())
    assert not leaks(json.dumps(list(string.printable)))


@pytest.fixture(params=MODELS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    """Each function that logs its requests."""
    folder: Path = request.param
    return folder


@pytest.fixture(params=[{"K_SERVICE": "x", "REQUEST_LOG": "auto"}, {"REQUEST_LOG_PAYLOAD": "redacted"}, "none"])
def redacting(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Client, Case]:
    """Each function with each redacting setting: on Cloud Run, `redacted` and `none`."""
    settings = {"REQUEST_LOG_PAYLOAD": "none"} if request.param == "none" else request.param
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return load(folder), next(case for case in cases(folder) if case.status == 200)


@pytest.fixture
def written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Any:
    """Reads the whole output: log, stdout and stderr."""

    def read() -> str:
        file = tmp_path / "log.jsonl"
        captured = capfd.readouterr()
        return (file.read_text("utf-8") if file.exists() else "") + captured.out + captured.err

    return read


def insertions(value: Any, secret: object) -> Iterator[Any]:
    """Copies of a JSON value with the secret at each position in turn, and as an unknown key at each level."""
    yield secret
    yield [secret]
    if isinstance(value, dict):
        for key, item in value.items():
            yield from ({**value, key: inserted} for inserted in insertions(item, secret))
        yield {**value, str(secret): 1}
        yield {**value, "nom": secret, str(secret): secret}
        yield {str(secret): value}
    elif isinstance(value, list):
        yield from (
            [*value[:i], inserted, *value[i + 1 :]]
            for i, item in enumerate(value)
            for inserted in insertions(item, secret)
        )
        yield [*value, secret]


def bodies(good: Any) -> Iterator[bytes]:
    """Bodies with a secret in them, most of them invalid."""
    for secret in (*SECRETS, int(NUMBER), -int(NUMBER), float(NUMBER), int(NUMBER) / 1e9):
        for value in insertions(good, secret):
            yield from {json.dumps(value, ensure_ascii=escaped).encode() for escaped in (True, False)}  # often the same
    for secret in SECRETS:
        yield secret.encode()
        yield f'{{"{secret}": '.encode()
        yield f'{{"{secret}": 1, "{secret}": 2}}'.encode()
        yield f'{{"{secret}": NaN}}'.encode()
        yield b"\xff" + secret.encode()
        yield b"[" * 40 + json.dumps(secret).encode() + b"]" * 40


def test_no_secret_of_a_body_reaches_the_log(redacting: tuple[Client, Case], written: Any) -> None:
    client, case = redacting
    statuses = {}
    for path in logged_paths(client):
        for body in bodies(json.loads(case.body)):
            status = client.post(path, data=body, content_type=JSON).status_code
            statuses[status] = body
    assert {400, 422} <= set(statuses) <= {200, 400, 422}
    text = written()
    assert text.count("\n") > 100
    assert leaks(text) == []


def logged_paths(client: Client) -> list[str]:
    """Paths whose requests write a log line."""
    paths = client.get("/openapi.json").get_json()["paths"]
    return [path for path, methods in paths.items() if "post" in methods]


HEADERS = (
    "Accept-Language",
    "Authorization",
    "Content-Encoding",
    "Content-Type",
    "Cookie",
    "Forwarded",
    "From",
    "Host",
    "Origin",
    "Referer",
    "Traceparent",
    "Tracestate",
    "User-Agent",
    "X-Cloud-Trace-Context",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Goog-Authenticated-User-Email",
    "X-Request-Id",
)


@pytest.mark.parametrize("secret", ["Zelie-Quignon", EMAIL, NUMBER])
def test_no_secret_of_a_header_path_or_query_reaches_the_log(
    redacting: tuple[Client, Case], written: Any, secret: str
) -> None:
    client, case = redacting
    trace = f"00-{'ab' * 16}-{'cd' * 8}-01"  # a valid trace is logged, so that the log can be searched by it
    for path in logged_paths(client):
        for name in HEADERS:
            for value in (secret, f"{trace}-{secret}", f"{'ab' * 16}/{secret};o=1", f"{secret}/1;o=1"):
                client.post(path, data=case.body, headers={"Content-Type": JSON, name: value})
        for url in (
            f"{path}?nom={secret}",
            f"{path}/?{secret}",
            f"{path}/{secret}",
            f"/{secret}",
            f"{path};{secret}",
        ):
            for method in ("POST", "GET", "PUT", "OPTIONS", "BREW"):
                client.open(url, method=method, data=case.body, content_type=JSON)
        client.open(path, method=secret.partition("@")[0].upper(), data=case.body)
        client.post(path, data=case.body, content_type=JSON, protocol=secret)
    text = written()
    assert text.count("\n") > 50
    assert leaks(text) == []


def drawing(place: str, secret: str) -> bytes:
    """A PNG of a digit with a secret in a text chunk, after its end, or in damaged data."""
    picture = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(picture).line([(100, 30), (100, 170)], fill=0, width=18)
    info = PngInfo()
    if place == "text":
        info.add_text("Author", secret)
        info.add_itxt("Comment", secret, zip=False)
        info.add_text("Description", secret, zip=True)
    file = io.BytesIO()
    picture.save(file, "PNG", pnginfo=info)
    content = file.getvalue()
    if place == "after":
        return content + secret.encode()
    return content[:60] + secret.encode() if place == "damaged" else content


@pytest.mark.parametrize("mode", ["redacted", "none"])
def test_no_secret_of_an_image_reaches_the_log(
    written: Any, monkeypatch: pytest.MonkeyPatch, function: Any, mode: str
) -> None:
    monkeypatch.setenv("REQUEST_LOG_PAYLOAD", mode)
    monkeypatch.setenv("SAVED_IMAGES_URI", "off")
    client = function("predict_digit")
    answers = []
    for secret in SECRETS:
        urls = [
            f"data:image/png;base64,{secret}",
            f"data:{secret};base64,AAAA",
            f"data:image/png;{secret},AAAA",
            secret,
        ]
        urls.append("data:image/png;base64," + base64.b64encode(secret.encode()).decode())
        pictures = [drawing(place, secret) for place in ("text", "after", "damaged")]
        urls += ["data:image/png;base64," + base64.b64encode(picture).decode() for picture in pictures]
        for path in logged_paths(client):
            answers += [client.post(path, json={"image": url}) for url in urls]
    lines = [json.loads(line) for line in written().splitlines()]
    assert len(lines) == len(answers)
    assert [answer.status_code for answer in answers].count(200) == 2 * 2 * len(SECRETS)
    assert leaks(json.dumps(lines, ensure_ascii=False)) == []
    hashed = [line for line in lines if "sha256" in json.dumps(line)]
    assert {line["status"] for line in hashed} == ({200} if mode == "redacted" else set())


def test_an_internal_error_logs_no_secret(
    redacting: tuple[Client, Case], written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, case = redacting

    def fail(*_: object) -> None:
        try:
            int(NAME)
        except ValueError as error:
            raise RuntimeError(f"{EMAIL} {NUMBER}") from error

    monkeypatch.setattr(Predictor, "predict", fail)
    assert client.post(case.path, data=case.body, content_type=JSON).status_code == 500
    text = written()
    assert leaks(text) == []
    assert "RuntimeError" in text
    assert "ValueError" in text


def test_a_redacted_line_keeps_the_values_that_the_model_read(redacting: tuple[Client, Case], written: Any) -> None:
    """A log that holds nothing would pass every test above."""
    client, case = redacting
    client.post(case.path, data=case.body, content_type=JSON)
    [line] = [json.loads(line) for line in written().splitlines()]
    assert line["prediction"] is not None
    logged, sent = line["payload"], json.loads(case.body)
    if os.environ.get("REQUEST_LOG_PAYLOAD") == "none":
        assert logged is None
    elif "image" in sent:
        assert set(logged["image"]) == {"saved", "sha256", "bytes", "ink"}
    elif "data" in sent:
        table = client.get("/model").get_json().get("table") or {"columns": []}
        kinds = {column["name"]: column["kind"] for column in table["columns"]}
        assert logged == [kept(row, kinds) for row in sent["data"]]
    else:
        assert logged == {name: round(value, DECIMALS) for name, value in sent.items() if name not in SENSITIVE}


def kept(row: dict[str, Any], kinds: dict[str, str]) -> dict[str, Any]:
    """What a redacted line keeps of a usual row: two decimals, the month of a date, nothing of a free text."""
    values = {name: value for name, value in row.items() if kinds.get(name) != "text"}
    months = {name: value[:7] for name, value in values.items() if kinds.get(name) == "date" and value is not None}
    return {
        name: round(value, DECIMALS) if isinstance(value, float) else value for name, value in values.items()
    } | months


def test_the_servers_own_output_holds_no_secret(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """gunicorn and the Functions Framework around the function, as on Cloud Run."""
    case = next(case for case in cases(folder) if case.status == 200)
    environ = {"K_SERVICE": folder.name, "REQUEST_LOG": "auto"}
    with serving(folder.name, tmp_path, environ=environ) as server:
        assert server.post(f"{case.path}?nom=zelie.quignon&numero={NUMBER}", case.body)[0] == 200
        assert server.post(f"/{NUMBER}/zelie.quignon", case.body)[0] == 404
        assert server.post(case.path, json.dumps({"nom": NAME, EMAIL: NUMBER}).encode())[0] == 422
        assert server.post(case.path, NAME.encode())[0] == 400
    captured = capfd.readouterr()
    assert len(captured.out.splitlines()) == 3
    assert leaks(captured.out + captured.err) == []
