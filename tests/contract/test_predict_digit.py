"""The routes of `predict_digit`, value by value, on images drawn here."""

import base64
import hashlib
import io
import json
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngImageFile

from functions.predict_digit.preprocessing import extract_ink, normalise
from tests.client import Client
from tests.conftest import Lines
from tests.replay import ROOT

Load = Callable[[str], Client]
FIVE = json.loads((ROOT / "functions/predict_digit/examples/cinq.json").read_text("utf-8"))["image"]
PNG = "data:image/png;base64,"


def png(picture: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def url(content: bytes) -> str:
    return PNG + base64.b64encode(content).decode()


def digit_one(mode: str = "L", paper: Any = 255, ink: Any = 0, side: int = 280) -> Image.Image:
    """A vertical stroke: the digit 1."""
    picture = Image.new(mode, (side, side), paper)
    ImageDraw.Draw(picture).line([(side * 0.5, side * 0.2), (side * 0.5, side * 0.8)], fill=ink, width=side // 14)
    return picture


def ask(client: Client, image: object, **options: bool) -> tuple[int, dict[str, Any]]:
    answer = client.post("/api/predict", json={"image": image, **options})
    return answer.status_code, answer.get_json()


def test_the_page_is_at_the_root(function: Load) -> None:
    answer = function("predict_digit").get("/")
    assert answer.status_code == 200
    assert b"<canvas" in answer.content


@pytest.mark.parametrize(
    "picture",
    [
        digit_one(),
        digit_one(paper=0, ink=255),
        digit_one("RGB", (255, 255, 255), (200, 0, 0)),
        digit_one("RGBA", (0, 0, 0, 0), (0, 0, 0, 255)),
        digit_one("RGBA", (255, 255, 255, 255), (0, 0, 0, 255)),
        digit_one("LA", (255, 0), (0, 255)),
        digit_one("1", 1, 0),
        digit_one().convert("P"),
        digit_one("I;16", 65535, 0),
        digit_one("I;16", 40000, 20000),
        digit_one(side=28),
        digit_one(side=1000),
    ],
    ids=lambda picture: f"{picture.mode} {picture.size[0]} {picture.getpixel((0, 0))}",
)
def test_a_1_is_recognised_in_every_colour_and_size(function: Load, picture: Image.Image) -> None:
    status, body = ask(function("predict_digit"), url(png(picture)))
    assert status == 200
    assert body["prediction"] == 1
    assert body["certainty"] == round(body["certainty"], 2)
    assert 60 <= body["certainty"] <= 100
    assert len(body["probabilities"]) == 10
    assert abs(sum(body["probabilities"]) - 1) < 1e-5
    assert abs(100 * body["probabilities"][1] - body["certainty"]) < 0.01


def test_a_certainty_below_the_threshold_is_422_in_the_original_words(
    function: Load, monkeypatch: pytest.MonkeyPatch, log_lines: Lines
) -> None:
    certain = ask(function("predict_digit"), url(png(blot())))[1]
    monkeypatch.setenv("CERTAINTY_THRESHOLD", "100")
    status, body = ask(function("predict_digit"), url(png(blot())))
    assert (status, body["code"]) == (422, "low_certainty")
    assert body["error"] == "La certitude est trop faible pour une prédiction fiable. Essayez à nouveau."
    monkeypatch.setenv("CERTAINTY_THRESHOLD", "0")
    status, answer = ask(function("predict_digit"), url(png(blot())))
    assert status == 200
    logged = [line["prediction"] for line in log_lines()[1:]]
    assert logged == [{"prediction": answer["prediction"], "certainty": answer["certainty"]}] * 2
    assert certain.get("certainty", 0) < 100


def blot() -> Image.Image:
    """A drawing that is not a digit."""
    picture = Image.new("L", (280, 280), 255)
    draw = ImageDraw.Draw(picture)
    for step in range(0, 280, 40):
        draw.line([(step, 0), (280 - step, 280)], fill=0, width=6)
    return picture


@pytest.mark.parametrize(
    "picture", [Image.new("L", (280, 280), 255), Image.new("L", (1, 1), 0), Image.new("RGBA", (99, 9), (0, 0, 0, 0))]
)
def test_a_blank_image_is_422(function: Load, picture: Image.Image) -> None:
    status, body = ask(function("predict_digit"), url(png(picture)))
    assert (status, body["code"]) == (422, "blank_image")
    assert body["error"] == "Le dessin est vide ou presque : tracez un chiffre."


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, colour: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))


def file_of(*chunks: bytes) -> bytes:
    """A PNG of a few kilobytes whose data decompresses to millions of pixels."""
    data = chunk(b"IDAT", zlib.compress(bytes(4_100_000), 9))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + data + chunk(b"IEND", b"")


def truncated() -> bytes:
    content = png(digit_one())
    return content[: len(content) // 2]


def damaged() -> bytes:
    content = bytearray(png(digit_one()))
    content[60] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize(
    ("image", "detail"),
    [
        (3, "attendu : texte, reçu : 3"),
        ("", 'attendu : une image data:image/png;base64,..., reçu : ""'),
        ("data:image/gif;base64,R0lG", None),
        (PNG, "attendu : une image PNG, reçu : 0 octets : rien"),
        (PNG + "é", 'attendu : du base64, reçu : "é... (1)"'),
        (PNG + "AAA", 'attendu : du base64, reçu : "AAA... (3)"'),
        (url(png(digit_one(), "GIF")), None),
        (url(png(digit_one(), "JPEG")), None),
        (url(truncated()), "image PNG abîmée ou tronquée"),
        (url(damaged()), "image PNG abîmée ou tronquée"),
        (url(b"\x89PNG\r\n\x1a\n"), None),
        (url(file_of(header(28, 28, colour=3))), "image PNG abîmée ou tronquée"),
    ],
)
def test_an_invalid_png_is_422(function: Load, image: object, detail: str | None, tmp_path: Path) -> None:
    status, body = ask(function("predict_digit"), image)
    assert status == 422
    [fault] = body["errors"]
    assert fault["pointer"] == "/image"
    assert detail is None or fault["detail"] == detail
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (file_of(header(20000, 20000)), "20000 x 20000"),
        (file_of(header(2001, 2000)), "2001 x 2000"),
        (file_of(header(2**31 - 1, 2**31 - 1)), "2147483647 x 2147483647"),
        (file_of(header(28, 28), header(12000, 12000)), "12000 x 12000"),
        (file_of(chunk(b"tEXt", bytes((0, 0, 0, 28, 0, 0, 0, 28))), header(12000, 12000)), "12000 x 12000"),
    ],
    ids=["vast", "just over", "largest", "second header", "hidden header"],
)
def test_a_decompression_bomb_is_413_from_its_header(
    function: Load, content: bytes, size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PngImageFile, "load", None)
    assert len(content) < 10_000
    status, body = ask(function("predict_digit"), url(content))
    assert (status, body["code"]) == (413, "image_too_large")
    detail = f"attendu : 4000000 pixels au plus, reçu : {size}"
    assert body["errors"] == [{"pointer": "/image", "detail": detail}]


def test_both_paths_give_the_same_response(function: Load) -> None:
    client = function("predict_digit")
    answers = [client.post(path, json={"image": FIVE}).get_json() for path in ("/api/predict", "/predict_digit")]
    assert answers[0] == answers[1]
    assert answers[0]["prediction"] == 5


@pytest.mark.parametrize(("threshold", "expected"), [("0", 200), ("100", 422)])
def test_details_return_the_image_that_the_model_read(
    function: Load, monkeypatch: pytest.MonkeyPatch, threshold: str, expected: int
) -> None:
    monkeypatch.setenv("CERTAINTY_THRESHOLD", threshold)
    client = function("predict_digit")
    status, body = ask(client, url(png(blot())), details=True)
    seen = PngImageFile(io.BytesIO(base64.b64decode(body.pop("seen").removeprefix(PNG))))
    framed = normalise(extract_ink(blot()))
    assert (status, seen.size, seen.mode) == (expected, (28, 28), "L")
    assert framed is not None
    assert np.array_equal(255 - np.asarray(seen).reshape(-1), np.rint(255 * framed))
    plain = ask(client, url(png(blot())))[1]
    assert "seen" not in plain
    monkeypatch.setenv("CERTAINTY_THRESHOLD", "0")
    assert body.pop("probabilities") == ask(function("predict_digit"), url(png(blot())))[1]["probabilities"]
    assert {*plain} - {*body} == ({"probabilities"} if status == 200 else set())


def test_a_draft_is_predicted_and_not_saved(function: Load, tmp_path: Path, log_lines: Lines) -> None:
    client = function("predict_digit")
    assert ask(client, FIVE, draft=True) == ask(client, FIVE)
    assert len(list((tmp_path / "pictures").iterdir())) == 1
    draft, final = log_lines()
    assert (draft["payload"]["image"]["saved"], draft["prediction"].get("draft")) == (None, True)
    assert "draft" not in final["prediction"]


def test_an_option_that_is_not_a_boolean_is_422(function: Load) -> None:
    answer = function("predict_digit").post("/api/predict", json={"image": FIVE, "details": "oui", "draft": 1})
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/details", "/draft"]


def test_each_image_is_saved_once_under_its_own_name(function: Load, tmp_path: Path, log_lines: Lines) -> None:
    client = function("predict_digit")
    sent = base64.b64decode(FIVE.partition(",")[2])
    for _ in range(20):
        assert ask(client, FIVE)[0] == 200
    files = sorted((tmp_path / "pictures").iterdir())
    assert len(files) == 20
    assert all(file.read_bytes() == sent for file in files)
    assert all(re.fullmatch(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}\.png", file.name) for file in files)
    logged = [line["payload"]["image"] for line in log_lines()]
    assert [picture["saved"] for picture in logged] == [file.name for file in files]
    assert {picture["sha256"] for picture in logged} == {hashlib.sha256(sent).hexdigest()}


def test_a_blank_image_is_saved(function: Load, tmp_path: Path) -> None:
    ask(function("predict_digit"), url(png(Image.new("L", (28, 28), 255))))
    assert len(list((tmp_path / "pictures").iterdir())) == 1


def test_a_failure_to_save_an_image_is_reported_and_the_prediction_sent(
    function: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], log_lines: Lines
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SAVED_IMAGES_URI", str(tmp_path / "file" / "pictures"))
    assert ask(function("predict_digit"), FIVE)[0] == 200
    assert json.loads(capfd.readouterr().err)["message"].endswith("not kept: Not a directory")
    [line] = log_lines()
    assert line["payload"]["image"]["saved"] is None
    monkeypatch.setenv("SAVED_IMAGES_URI", "off")
    assert ask(function("predict_digit"), FIVE)[0] == 200
    assert log_lines()[1]["payload"]["image"]["saved"] is None
    assert capfd.readouterr().err == ""


def test_the_log_never_holds_an_image(function: Load, log_lines: Lines) -> None:
    client = function("predict_digit")
    for image in (FIVE, "data:image/gif;base64,R0lG" * 50, 3, ["x" * 99]):
        ask(client, image)
    client.post("/api/predict", json=["x" * 99])
    assert all(len(json.dumps(line)) < 1500 for line in log_lines())
    assert [line["payload"] is None for line in log_lines()] == [False, False, True, True, True]


def test_system_info_gives_percentages(function: Load) -> None:
    facts = function("predict_digit").get("/api/system_info").get_json()
    assert facts.keys() == {"memory", "cpu"}
    assert all(re.fullmatch(r"\d{1,3}%", value) for value in facts.values())
