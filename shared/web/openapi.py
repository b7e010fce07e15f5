"""Builds the OpenAPI 3.1 document of a function from its routes, msgspec types and examples."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from shared.errors import Text
from shared.i18n import TITLES, pick
from shared.web.app import PROBLEM, Route
from shared.web.request import JSON
from shared.web.routing import RouteTable

_ERRORS = (400, 413, 415, 422, 500, 503)
"""Error statuses of routes with a request body."""

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


class ProblemFault(msgspec.Struct):
    """One invalid place of a request: a JSON pointer (RFC 6901) and a sentence."""

    pointer: str
    detail: str


class Problem(msgspec.Struct):
    """An error (RFC 9457). `error` repeats `detail`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[ProblemFault]
    error: str


def document(title: Text, version: str, routes: Sequence[Route], folder: Path, language: str) -> dict[str, Any]:
    """The document of a function.

    Args:
        title: what the function does.
        version: version of its model, else of the function.
        routes: all of its routes.
        folder: its folder; `examples/*.case.json` become the examples.
        language: `fr` or `en`, for titles and summaries.
    """
    types = [kind for route in routes for kind in (route.request, route.response) if kind is not None]
    schemas, components = msgspec.json.schema_components([*types, Problem], ref_template="#/components/schemas/{name}")
    by_type = dict(zip(map(id, [*types, Problem]), schemas, strict=True))
    cases = _cases(folder, routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operation = _operation(route, by_type, cases.get((route.method, route.path), {}), language)
        paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": pick(title, language), "version": version},
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(route: Route, by_type: Mapping[int, Any], cases: Mapping[str, Any], language: str) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": by_type[id(route.response)]} if route.response is not None else {}
    responses = {name: {"value": case["response"]["body"]} for name, case in cases.items() if _succeeds(case)}
    if responses:
        content["examples"] = responses
    name = route.method + _PARAMETER.sub(r"\1", route.path)
    operation: dict[str, Any] = {
        "summary": pick(route.summary, language),
        "operationId": name.replace("/", "_").lower().rstrip("_"),
        "responses": {"200": {"description": "OK", "content": {route.media_type: content}}},
    }
    if route.parameters is not None:
        operation["parameters"] = _parameters(route, language)
        operation["responses"] |= _problems((400, 404, 500) if "<" in route.path else (400, 500), language)
    if route.request is not None:
        body: dict[str, Any] = {"schema": by_type[id(route.request)]}
        if cases:
            body["examples"] = {name: _request_example(case) for name, case in cases.items()}
        operation["requestBody"] = {"required": True, "content": {JSON: body}}
        operation["responses"] |= _problems(_ERRORS, language)
    return operation


def _request_example(case: Mapping[str, Any]) -> dict[str, Any]:
    """The request of an example, with its summary in both languages if the file has one."""
    words = dict(zip(("summary", "x-summary-en"), case.get("summary", ()), strict=False))
    return {**words, "value": case["request"]["body"]}


def _problems(statuses: Sequence[int], language: str) -> dict[str, Any]:
    problem = {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    return {str(status): {"description": pick(TITLES[status], language)} | problem for status in statuses}


def _parameters(route: Route, language: str) -> list[dict[str, Any]]:
    """Fields of the struct: path parameters if the path names them, else query parameters."""
    kind = route.parameters
    schema = msgspec.json.schema(kind)["$defs"][kind.__name__]
    arguments = set(_PARAMETER.findall(route.path))
    return [
        {
            "name": name,
            "in": "path" if name in arguments else "query",
            "required": name in schema.get("required", ()),
            "description": pick((facts.pop("title"), facts.pop("x-title-en")), language),
            "schema": facts,
        }
        for name, facts in schema["properties"].items()
    ]


def _succeeds(case: Mapping[str, Any]) -> bool:
    return bool(case["response"]["status"] == 200)


def _cases(folder: Path, routes: Sequence[Route]) -> dict[tuple[str, str], dict[str, Any]]:
    """Examples by route, then by name. A body that names a file is replaced by its content."""
    table = RouteTable(routes)
    examples: dict[tuple[str, str], dict[str, Any]] = {}
    for file in sorted((folder / "examples").glob("*.case.json")):
        case = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(case["request"].get("body"), str):
            body = (folder / "examples" / case["request"]["body"]).read_text(encoding="utf-8")
            case["request"]["body"] = json.loads(body)
        name, method = file.name.removesuffix(".case.json"), case["request"]["method"]
        if matched := table.find(method, unquote(urlsplit(case["request"]["path"]).path)):
            examples.setdefault((method, matched[0].path), {})[name] = case
    return examples
