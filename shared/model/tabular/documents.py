"""The types of requests and responses of a table, for OpenAPI: all that a form needs to know of each column."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from shared.errors import Text
from shared.model.table import BOOLEAN, CATEGORY, CLASSES, CODE, DATE, NUMBER, TEXT, VALUES, Column, Table, Target
from shared.model.tabular.cells import MAX_CATEGORY, MAX_TEXT
from shared.model.tabular.unusual import Unusual

_JSON_TYPES = {
    NUMBER: "number",
    CODE: "integer",
    BOOLEAN: "boolean",
    CATEGORY: "string",
    TEXT: "string",
    DATE: "string",
}


def request_type(
    name: str, table: Table, titles: Mapping[str, Text], types: Mapping[str, Any], *, explained: bool
) -> Any:
    """The type of a request body.

    Args:
        name: name of the model.
        table: the table.
        titles: titles of columns that replace the manifest's, by name.
        types: msgspec types that replace those of some columns, by name.
        explained: whether a request may have `explain`.
    """
    fields: list[tuple[str, Any]] = [
        (f"c{at}", types.get(column.name) or _described(column_schema(column, titles.get(column.name))))
        for at, column in enumerate(table.columns)
    ]
    row = msgspec.defstruct(
        f"{_camel(name)}Row",
        fields,
        rename={f"c{at}": column.name for at, column in enumerate(table.columns)},
        forbid_unknown_fields=not table.ignored,
    )
    ignored = {"x-ignored": list(table.ignored)} if table.ignored else None
    members: list[Any] = [
        ("data", Annotated[list[row], Meta(min_length=1, extra_json_schema=ignored)]),  # type: ignore[valid-type]
        ("columns", list[str] | None, None),
    ]
    if explained:
        members.append(("explain", Annotated[bool, _titled("Expliquer les réponses", "Explain the answers")], False))
    return msgspec.defstruct(f"{_camel(name)}Request", members, forbid_unknown_fields=True)


def column_schema(column: Column, title: Text | None = None) -> dict[str, Any]:
    """The JSON Schema of a cell.

    Members of our own: `x-kind`; `x-whole`: a number had no fraction in training; `x-minimum`, `x-maximum`: the range
    seen; `x-values`: the known values, `x-closed`: others are refused; `x-first`, `x-last`: the dates seen.

    Args:
        column: the column.
        title: replaces the manifest's.
    """
    french, english = title or column.title or (column.name, column.name)
    kind: Any = _JSON_TYPES[column.kind]
    facts = {
        "type": [kind, "null"] if column.nullable else kind,
        "title": french,
        "x-title-en": english,
        "x-kind": column.kind,
        "format": "date" if column.kind == DATE else None,
        "maxLength": {TEXT: MAX_TEXT, CATEGORY: MAX_CATEGORY}.get(column.kind),
        "x-whole": column.whole or None,
        "x-minimum": column.minimum,
        "x-maximum": column.maximum,
        "x-values": column.values,
        "x-closed": column.closed or None,
        "x-first": column.first,
        "x-last": column.last,
    }
    schema = {name: value for name, value in facts.items() if value is not None}
    return schema | {"examples": [column.example]}


def response_type(name: str, table: Table, outputs: Mapping[str, int], *, explained: bool) -> Any:
    """The type of a response body.

    Args:
        name: name of the model.
        table: the table.
        outputs: the outputs of its graph.
        explained: whether a request may have `explain`.
    """
    several = len(table.targets) > 1
    answers = {"x-kind": table.kind, "x-targets": list(map(_target_facts, table.targets))}
    members: list[Any] = [("result", _list(_answer(table), several=several, **answers))]

    def add(member: str, item: dict[str, Any], **facts: object) -> None:
        members.append((member, _list(item, several=several, **facts)))

    numbers = {"type": "array", "items": {"type": "number"}}
    if "probabilities" in outputs:
        add("probabilities", numbers)
    elif "scores" in outputs:
        add("scores", numbers)
    if "probabilities" in outputs and all(target.set_limit is not None for target in table.targets):
        add("sets", {"type": "array"}, **{"x-coverage": table.coverage})
    if table.kind == VALUES and all(target.half_width is not None for target in table.targets):
        add("intervals", numbers | {"minItems": 2, "maxItems": 2}, **{"x-coverage": table.coverage})
    members.append(("unusual", list[Unusual] | UnsetType, UNSET))
    if table.ignored:
        members.append(("ignored", list[str] | UnsetType, UNSET))
    if explained:
        members.append(("explanations", list[dict[str, Any]] | UnsetType, UNSET))
    return msgspec.defstruct(f"{_camel(name)}Response", members)


def _answer(table: Table) -> dict[str, Any]:
    """The schema of one target's answer to one row."""
    if table.kind == VALUES:
        return {"type": "number"}
    if table.kind != CLASSES:
        return {"type": "integer"}
    return {"enum": list(table.targets[0].labels)} if len(table.targets) == 1 else {}


def _target_facts(target: Target) -> dict[str, Any]:
    french, english = target.title or (target.name, target.name)
    facts = {
        "name": target.name,
        "title": french,
        "x-title-en": english,
        "labels": list(target.labels) or None,
        "minimum": target.minimum,
        "maximum": target.maximum,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _list(item: dict[str, Any], *, several: bool, **facts: object) -> Any:
    """A list with one item for each row; with several targets, a list of items for each row."""
    return _described({"type": "array", "items": {"type": "array", "items": item} if several else item, **facts})


def _described(schema: dict[str, Any]) -> Any:
    return Annotated[Any, Meta(extra_json_schema=schema)]


def _titled(french: str, english: str) -> Meta:
    return Meta(title=french, extra_json_schema={"x-title-en": english})


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


class ExplainedResponse(Struct):
    """The answers, and for each what every column adds to it: `base` plus the contributions is the answer."""

    result: list[Any]
    explanations: list[dict[str, Any]]
