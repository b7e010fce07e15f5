"""The behaviour of the committed digit model, through its function, on drawings of the test writers."""

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.predict_digit import scribbles, strokes
from models.predict_digit.pen import CANVAS, Pen, draw
from models.predict_digit.strokes import Drawing, PenDigits
from tests.client import Client

Ink = NDArray[np.uint8]
EACH = 6
"""Drawings of each digit, one per test writer."""
USUAL = Pen()


@pytest.fixture
def client(function: Callable[[str], Client]) -> Client:
    return function("predict_digit")


@pytest.fixture(scope="module")
def written() -> PenDigits:
    """The first drawing of each digit by each of the six test writers."""
    every = strokes.load().by(strokes.TEST_WRITERS)
    first = {(int(label), int(writer)): place for place, (label, writer) in _reversed(every)}
    return every.take(np.array([first[key] for key in sorted(first)]))


@pytest.fixture(scope="module")
def many() -> PenDigits:
    """300 drawings of the same six writers, for an error rate."""
    return strokes.load().by(strokes.TEST_WRITERS).sample(300)


def _reversed(every: PenDigits) -> list[tuple[int, tuple[int, int]]]:
    return list(enumerate(zip(every.labels.tolist(), every.writers.tolist(), strict=True)))[::-1]


def _ask(client: Client, picture: Image.Image) -> tuple[int, dict[str, Any]]:
    file = io.BytesIO()
    picture.save(file, "PNG")
    image = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    answer = client.post("/api/predict", json={"image": image})
    return answer.status_code, answer.get_json()


def _on_paper(ink: Ink) -> Image.Image:
    return Image.fromarray(255 - ink)


def _read(client: Client, ink: Ink) -> int | None:
    """The predicted digit; None if the drawing is refused."""
    prediction: int | None = _ask(client, _on_paper(ink))[1].get("prediction")
    return prediction


@pytest.mark.usefixtures("digits")
def test_digits_of_unseen_writers_are_recognised(client: Client, written: PenDigits, many: PenDigits) -> None:
    assert len(written.labels) == 10 * EACH
    predicted = [_read(client, draw(drawing, USUAL)) for drawing in many.drawings]
    errors = sum(label != read for label, read in zip(many.labels.tolist(), predicted, strict=True))
    assert errors <= len(predicted) / 60
    predicted = [_read(client, draw(drawing, USUAL)) for drawing in written.drawings]
    wrong = [(label, read) for label, read in zip(written.labels.tolist(), predicted, strict=True) if label != read]
    assert len(wrong) <= 2, wrong  # one of the six writers has an error rate of 3 %


@pytest.mark.usefixtures("digits")
@pytest.mark.parametrize("place", [(0, 0), (1, 0), (0.3, 0.8), (1, 1)])
def test_predictions_do_not_depend_on_the_place_on_the_canvas(
    client: Client, written: PenDigits, place: tuple[float, float]
) -> None:
    for drawing in written.drawings[::7]:
        ink = draw(drawing, Pen(scale=0.5))
        rows, columns = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
        box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        top, left = (round((CANVAS - size) * share) for size, share in zip(box.shape, place[::-1], strict=True))
        moved = np.zeros_like(ink)
        moved[top : top + box.shape[0], left : left + box.shape[1]] = box
        assert _ask(client, _on_paper(moved)) == _ask(client, _on_paper(ink))


@pytest.mark.usefixtures("digits")
def test_predictions_do_not_depend_on_the_colours(client: Client, written: PenDigits) -> None:
    for drawing in written.drawings[::7]:
        ink = draw(drawing, USUAL)
        pen = Image.new("RGB", (CANVAS, CANVAS), (20, 20, 160))
        transparent = Image.merge("RGBA", (*pen.split(), Image.fromarray(ink)))
        expected = _ask(client, _on_paper(ink))
        for other in (Image.fromarray(ink), _on_paper(ink).convert("RGB"), _on_paper(ink).convert("1"), transparent):
            assert _ask(client, other) == expected


@pytest.mark.usefixtures("digits")
@pytest.mark.parametrize("pen", [Pen(width=8), Pen(width=36), Pen(scale=0.3), Pen(scale=1.0)], ids=str)
def test_pen_and_size_rarely_change_the_prediction(client: Client, written: PenDigits, pen: Pen) -> None:
    same = [_read(client, draw(drawing, pen)) == _read(client, draw(drawing, USUAL)) for drawing in written.drawings]
    assert sum(same) >= len(same) - 2


@pytest.mark.usefixtures("digits")
def test_a_scribbled_over_digit_is_mostly_refused(client: Client, many: PenDigits) -> None:
    random = np.random.default_rng(0)
    accepted = 0
    for drawing in many.drawings:
        over = draw(scribbles.TEST["gribouillis"][0](random), USUAL)
        status, _ = _ask(client, _on_paper(np.maximum(draw(drawing, USUAL), over)))
        accepted += status == 200
    assert accepted <= 0.1 * len(many.drawings)


def test_a_dot_gets_the_error_of_an_empty_canvas(client: Client) -> None:
    dot: Drawing = (np.array([[0.0, 0.0]]),)
    status, body = _ask(client, _on_paper(draw(dot, Pen(width=36))))
    assert (status, body["code"]) == (422, "blank_image")
    assert body["error"] == "Le dessin est vide ou presque : tracez un chiffre."


def test_a_drawing_that_is_not_a_digit_gets_its_own_error(client: Client) -> None:
    status, body = _ask(client, _on_paper(draw(scribbles.house(np.random.default_rng(0)), USUAL)))
    assert (status, body["code"]) == (422, "low_certainty")
