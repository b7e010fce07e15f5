"""The fast path: it decodes a body to the same rows as the slow path, or leaves the body to it."""

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
DATASET_COLUMNS = dict(
    zip(sorted(DATASET_NAMES), (DATASET_NAMES[field] for field in sorted(DATASET_NAMES)), strict=True)
)


def context_of(name: str, **settings: str) -> Context:
    bundle = read_folder(embedded_bundle(name), name)
    prepared = species.MODEL.prepare(bundle) if bundle.manifest.table else None
    return Context(bundle.manifest, parse({key.upper(): value for key, value in settings.items()}), "fr", prepared)


def slow_path(codec: Codec, body: bytes, context: Context) -> DecodedRequest | None:
    """The rows of the slow path; None if it refuses the body."""
    try:
        return codec.decode_request(parse_json(body, context.settings.max_json_depth), context)
    except AugureError:
        return None


def fast_path(codec: Codec, body: bytes, context: Context) -> DecodedRequest | None:
    assert codec.fast_path is not None
    return codec.fast_path.decode(body, context)


def same_rows(first: DecodedRequest, second: DecodedRequest) -> bool:
    one, other = inputs_of(first), inputs_of(second)
    return one.keys() == other.keys() and all(
        np.array_equal(rows, other[name]) and rows.dtype == other[name].dtype and rows.flags.c_contiguous
        for name, rows in one.items()
    )


def inputs_of(decoded: DecodedRequest) -> dict[str, Any]:
    """The arrays of each graph, and of a table each column, by name."""
    return {
        name: rows
        for role, given in decoded.rows.items()
        for name, rows in (given.items() if isinstance(given, dict) else [(role, given)])
    }


def with_dataset_columns(student: dict[str, Any]) -> dict[str, Any]:
    """A student under the data set's column names, with columns that are never read."""
    unread = {DATASET_COLUMNS[field]: 1 for field in SENSITIVE if field in DATASET_COLUMNS} | {"Target": "Graduate"}
    return {DATASET_COLUMNS[field]: value for field, value in student.items()} | unread


VALID: dict[str, tuple[Codec, str, list[bytes]]] = {
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
            json.dumps([with_dataset_columns(student) for student in STUDENTS]).encode(),
            json.dumps([with_dataset_columns(student) for student in STUDENTS])
            .replace("attendance", "attendance\\t")
            .encode(),
            json.dumps(with_dataset_columns(STUDENTS[0])).replace("/", "\\/").encode(),
        ],
    ),
}


@pytest.mark.parametrize("kind", VALID)
def test_a_valid_body_gives_the_same_rows_on_both_paths(kind: str) -> None:
    codec, name, bodies = VALID[kind]
    context = context_of(name)
    for body in bodies:
        slow, fast = slow_path(codec, body, context), fast_path(codec, body, context)
        assert slow is not None, body
        assert fast is not None, body
        assert same_rows(fast, slow), body


DOUBTFUL: dict[str, Callable[[bytes], bytes]] = {
    "duplicate key": lambda body: body.replace(b"}", b', "sepal width (cm)": 3.5, "debtor": 0}', 1),
    "adjacent duplicate key": lambda body: body.replace(b'"course":', b'"course": 171, "course":', 1).replace(
        b'"petal width (cm)":', b'"petal width (cm)": 0.2, "petal width (cm)":', 1
    ),
    "not JSON": lambda body: body.rstrip()[:-1],
    "trailing bytes": lambda body: body + b"x",
    "byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "lone surrogate": lambda body: body.replace(b"}", b', "target": "\\ud800"}', 1),
    "not UTF-8": lambda body: body.replace(b"}", b', "target": "\xff"}', 1),
    "NaN": lambda body: body.replace(b"3.5", b"NaN", 1).replace(b"127.3", b"NaN", 1),
    "very long number": lambda body: body.replace(b"}", b', "gender": ' + b"9" * 5000 + b"}", 1),
    "deep nesting": lambda body: body.replace(b"}", b', "gender": ' + b"[" * 40 + b"]" * 40 + b"}", 1),
    "text": lambda body: body.replace(b"3.5", b'"3.5"', 1).replace(b"127.3", b'"127.3"', 1),
    "boolean": lambda body: body.replace(b"3.5", b"true", 1).replace(b"127.3", b"true", 1),
    "out of range": lambda body: body.replace(b"3.5", b"-3.5", 1).replace(b"127.3", b"-127.3", 1),
    "infinite number": lambda body: body.replace(b"3.5", b"1e999", 1).replace(b"127.3", b"1e999", 1),
    "unknown field": lambda body: body.replace(b"}", b', "autre": 1}', 1),
}


@pytest.mark.parametrize("doubt", DOUBTFUL)
@pytest.mark.parametrize("kind", VALID)
def test_a_doubtful_body_is_left_to_the_slow_path(kind: str, doubt: str) -> None:
    codec, name, bodies = VALID[kind]
    assert fast_path(codec, DOUBTFUL[doubt](bodies[0]), context_of(name)) is None


def test_a_body_over_a_limit_is_left_to_the_slow_path() -> None:
    assert fast_path(species.PREDICT, IRIS, context_of("predict_species", max_rows="2")) is None
    assert fast_path(species.PREDICT, IRIS, context_of("predict_species", max_json_depth="2")) is None
    assert fast_path(predire.PREDICT, json.dumps(STUDENTS).encode(), context_of("predire", max_rows="1")) is None
    assert fast_path(predire.PREDICT, json.dumps(STUDENTS).encode(), context_of("predire", max_json_depth="1")) is None
    assert fast_path(predire.PREDICT, b"[]", context_of("predire")) is None


def test_a_body_with_half_a_semester_is_left_to_the_slow_path() -> None:
    complete = STUDENTS[-1]
    for missing in (*SEMESTER_1, *SEMESTER_2):
        incomplete = {key: value for key, value in complete.items() if key != missing}
        assert fast_path(predire.PREDICT, json.dumps([incomplete, complete]).encode(), context_of("predire")) is None
    without_first = {key: value for key, value in complete.items() if key not in SEMESTER_1}
    assert fast_path(predire.PREDICT, json.dumps(without_first).encode(), context_of("predire")) is None


def mutations(body: bytes, count: int) -> Iterator[bytes]:
    """Copies of a body with a byte changed, removed or doubled, or a slice repeated or removed."""
    rng = random.Random(0)  # noqa: S311
    for _ in range(count):
        start, end = sorted(rng.choices(range(len(body)), k=2))
        yield rng.choice(
            [
                body[:start] + bytes([rng.choice(b'0123456789.eE+-"\\{}[]:, tfnu\n\t\x00\xff')]) + body[start + 1 :],
                body[:start] + body[start + 1 :],
                body[:start] + body[start : start + 1] + body[start:],
                body[:end] + body[start:end] + body[end:],
                body[:start] + body[end:],
            ]
        )


@pytest.mark.parametrize("kind", VALID)
def test_both_paths_agree_on_mutated_bodies(kind: str) -> None:
    """The slow path accepts every body that the fast path accepts, with the same rows."""
    codec, name, bodies = VALID[kind]
    context = context_of(name)
    accepted = 0
    for body in (mutated for valid in bodies for mutated in mutations(valid, 400)):
        fast = fast_path(codec, body, context)
        if fast is not None:
            slow = slow_path(codec, body, context)
            assert slow is not None, body
            assert same_rows(fast, slow), body
            accepted += 1
    assert accepted > 100
