"""Every example of every function gets its recorded response and matches OpenAPI."""

import json

import jsonschema
import pytest

from tests.conftest import Lines
from tests.openapi import described
from tests.replay import FOLDERS, MODELS, Case, ask, cases, differences, load

CASES = [case for folder in FOLDERS for case in cases(folder)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_example_gets_its_recorded_response(case: Case, log_lines: Lines) -> None:
    client = load(case.file.parent.parent)
    status, body = ask(client, case)
    assert status == case.status
    assert differences(case.expected, body) == []
    lines = [(line["function"], line["status"], line["httpRequest"]["requestUrl"]) for line in log_lines()]
    has_model = case.file.parent.parent in MODELS
    assert lines == ([(case.function, case.status, case.path)] if has_model else [])


@pytest.mark.parametrize("case", [case for case in CASES if case.status == 200], ids=str)
def test_an_example_matches_the_openapi_document(case: Case) -> None:
    document = load(case.file.parent.parent).get("/openapi.json").get_json()
    operation = described(document, case)
    [media_type] = operation["responses"]["200"]["content"].values()
    pairs = [(media_type, case.expected)]
    if case.method == "POST":
        pairs.append((operation["requestBody"]["content"]["application/json"], json.loads(case.body)))
    for content, value in pairs:
        schema = {"components": document["components"], **content.get("schema", {"type": "string"})}
        jsonschema.Draft202012Validator(schema).validate(value)
    assert {"value": case.expected} in media_type["examples"].values()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_function_has_examples_of_success_and_error(folder: object) -> None:
    statuses = {case.status for case in CASES if case.file.parent.parent == folder}
    assert {200, 422} <= statuses if folder in MODELS else {200, 400, 404} <= statuses


@pytest.mark.parametrize(
    ("expected", "actual", "messages"),
    [
        ({"a": [1.0, "x"]}, {"a": [1.000001, "x"]}, []),
        ({"a": [1.0]}, {"a": [1.1]}, ["/a/0: expected 1.0, got 1.1"]),
        ({"a": 1}, {"a": 1, "b": 2}, ["/: expected {'a': 1}, got {'a': 1, 'b': 2}"]),
        ([True], [1], []),
        ("x", "y", ["/: expected 'x', got 'y'"]),
    ],
)
def test_differences_reports_unequal_values(expected: object, actual: object, messages: list[str]) -> None:
    assert differences(expected, actual) == messages
