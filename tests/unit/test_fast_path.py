"""The fast_path: for every body it gives what the slow way gives, or nothing."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from functions.predict_species import schema as species
from functions.predire import schema as predire
from functions.predire.student import DATASET_NAMES, SEMESTER_1, SEMESTER_2, SENSITIVE
from shared.errors import AugureError
from shared.model.bundle import read_folder
from shared.model.codec import Codec, Context, DecodedRequest
from shared.model.holder import embedded_bundle
from shared.settings import parse
from shared.validation import parse_json
from tests.replay import ROOT

IRIS = (ROOT / "functions/predict_species/examples/iris.json").read_bytes()
STUDENTS = json.loads((ROOT / "functions/predire/examples/donnees_etapes.json").read_text("utf-8"))
WRITTEN = dict(zip(sorted(DATASET_NAMES), (DATASET_NAMES[field] for field in sorted(DATASET_NAMES)), strict=True))


def context(name: str, **settings: str) -> Context:
    manifest = read_folder(embedded_bundle(name), name).manifest
    return Context(manifest, parse({key.upper(): value for key, value in settings.items()}), "fr")


def slow(codec: Codec, body: bytes, at: Context) -> DecodedRequest | None:
    """What the other way makes of a body; None where it refuses it."""
    try:
        return codec.decode_request(parse_json(body, at.settings.max_json_depth), at)
    except AugureError:
        return None


def quick(codec: Codec, body: bytes, at: Context) -> DecodedRequest | None:
    assert codec.fast_path is not None
    return codec.fast_path.decode(body, at)


def same(one: DecodedRequest, other: DecodedRequest) -> bool:
    return one.rows.keys() == other.rows.keys() and all(
        np.array_equal(rows, other.rows[role]) and rows.dtype == np.float32 and rows.flags.c_contiguous
        for role, rows in one.rows.items()
    )


def written(student: dict[str, Any]) -> dict[str, Any]:
    """A student under the names of the data set, with columns that are never read."""
    others = {WRITTEN[field]: 1 for field in SENSITIVE if field in WRITTEN} | {"Target": "Graduate"}
    return {WRITTEN[field]: value for field, value in student.items()} | others


GOOD: dict[str, tuple[Codec, str, list[bytes]]] = {
    "irises": (
        species.PREDICT,
        "predict_species",
        [
            IRIS,
            json.dumps(json.loads(IRIS), indent=2).encode(),
            json.dumps({"data": json.loads(IRIS)["data"]}).encode(),
            b'{"data":[{"sepal length (cm)":5,"sepal width (cm)":3e0,"petal length (cm)":1.4,"petal width (cm)":0.2}]}',
        ],
    ),
    "students": (
        predire.PREDICT,
        "predire",
        [
            json.dumps(STUDENTS).encode(),
            *(json.dumps(student).encode() for student in STUDENTS),
            json.dumps([{**student, "gender": 1, "target": "Graduate"} for student in STUDENTS]).encode(),
            json.dumps(
                [{key: float(value) if "sem" in key else value for key, value in STUDENTS[-1].items()}]
            ).encode(),
            json.dumps([STUDENTS[0] | dict.fromkeys(STUDENTS[-1].keys() - STUDENTS[0].keys())]).encode(),
            json.dumps([written(student) for student in STUDENTS]).encode(),
            json.dumps([written(student) for student in STUDENTS]).replace("attendance", "attendance\\t").encode(),
            json.dumps(written(STUDENTS[0])).replace("/", "\\/").encode(),
        ],
    ),
}


@pytest.mark.parametrize("kind", GOOD)
def test_good_requests_take_the_shortcut_to_the_same_rows(kind: str) -> None:
    codec, name, bodies = GOOD[kind]
    at = context(name)
    for body in bodies:
        expected, found = slow(codec, body, at), quick(codec, body, at)
        assert expected is not None, body
        assert found is not None, body
        assert same(found, expected), body


DOUBTFUL: dict[str, Callable[[bytes], bytes]] = {
    "a key twice": lambda body: body.replace(b"}", b', "sepal width (cm)": 3.5, "debtor": 0}', 1),
    "the same key twice": lambda body: body.replace(b'"course":', b'"course": 171, "course":', 1).replace(
        b'"petal width (cm)":', b'"petal width (cm)": 0.2, "petal width (cm)":', 1
    ),
    "no JSON": lambda body: body.rstrip()[:-1],
    "more than JSON": lambda body: body + b"x",
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "half of a character": lambda body: body.replace(b"}", b', "target": "\\ud800"}', 1),
    "no UTF-8": lambda body: body.replace(b"}", b', "target": "\xff"}', 1),
    "a constant": lambda body: body.replace(b"3.5", b"NaN", 1).replace(b"127.3", b"NaN", 1),
    "a number without end": lambda body: body.replace(b"}", b', "gender": ' + b"9" * 5000 + b"}", 1),
    "something deep": lambda body: body.replace(b"}", b', "gender": ' + b"[" * 40 + b"]" * 40 + b"}", 1),
    "text": lambda body: body.replace(b"3.5", b'"3.5"', 1).replace(b"127.3", b'"127.3"', 1),
    "a truth value": lambda body: body.replace(b"3.5", b"true", 1).replace(b"127.3", b"true", 1),
    "out of range": lambda body: body.replace(b"3.5", b"-3.5", 1).replace(b"127.3", b"-127.3", 1),
    "an infinite number": lambda body: body.replace(b"3.5", b"1e999", 1).replace(b"127.3", b"1e999", 1),
    "an unknown field": lambda body: body.replace(b"}", b', "autre": 1}', 1),
}


@pytest.mark.parametrize("doubt", DOUBTFUL)
@pytest.mark.parametrize("kind", GOOD)
def test_the_shortcut_leaves_doubt_to_the_slow_way(kind: str, doubt: str) -> None:
    codec, name, bodies = GOOD[kind]
    assert quick(codec, DOUBTFUL[doubt](bodies[0]), context(name)) is None


def test_limits_hold_on_the_shortcut() -> None:
    assert quick(species.PREDICT, IRIS, context("predict_species", max_rows="2")) is None
    assert quick(species.PREDICT, IRIS, context("predict_species", max_json_depth="2")) is None
    assert quick(predire.PREDICT, json.dumps(STUDENTS).encode(), context("predire", max_rows="1")) is None
    assert quick(predire.PREDICT, json.dumps(STUDENTS).encode(), context("predire", max_json_depth="1")) is None
    assert quick(predire.PREDICT, b"[]", context("predire")) is None


def test_half_a_semester_is_left_to_the_slow_way() -> None:
    whole = STUDENTS[-1]
    for missing in (*SEMESTER_1, *SEMESTER_2):
        part = {key: value for key, value in whole.items() if key != missing}
        assert quick(predire.PREDICT, json.dumps([part, whole]).encode(), context("predire")) is None
    second_alone = {key: value for key, value in whole.items() if key not in SEMESTER_1}
    assert quick(predire.PREDICT, json.dumps(second_alone).encode(), context("predire")) is None


def mutations(body: bytes, count: int) -> Iterator[bytes]:
    """The same body with a byte changed, taken out or doubled, or a piece of it repeated."""
    chance = random.Random(0)  # noqa: S311
    for _ in range(count):
        at, to = sorted(chance.choices(range(len(body)), k=2))
        yield chance.choice(
            [
                body[:at] + bytes([chance.choice(b'0123456789.eE+-"\\{}[]:, tfnu\n\t\x00\xff')]) + body[at + 1 :],
                body[:at] + body[at + 1 :],
                body[:at] + body[at : at + 1] + body[at:],
                body[:to] + body[at:to] + body[to:],
                body[:at] + body[to:],
            ]
        )


@pytest.mark.parametrize("kind", GOOD)
def test_whatever_comes_both_ways_agree(kind: str) -> None:
    """What the fast_path takes, the slow way takes too, for the same rows."""
    codec, name, bodies = GOOD[kind]
    at = context(name)
    taken = 0
    for body in (mutated for good in bodies for mutated in mutations(good, 400)):
        found = quick(codec, body, at)
        if found is not None:
            expected = slow(codec, body, at)
            assert expected is not None, body
            assert same(found, expected), body
            taken += 1
    assert taken > 100
