"""Finds operations in a function's OpenAPI document, whose paths may be templates."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from tools.examples import Case

ARGUMENT = re.compile(r"{\w+}")


def filled(path: str) -> str:
    """A path template with the value 1 for each parameter."""
    return ARGUMENT.sub("1", path)


def described(document: dict[str, Any], case: Case) -> dict[str, Any]:
    """The operation of an example: its method, in the longest path template that matches."""
    path = unquote(urlsplit(case.path).path)
    templates = [template for template in document["paths"] if re.fullmatch(ARGUMENT.sub(".+", template), path)]
    operation: dict[str, Any] = document["paths"][max(templates, key=len)][case.method.lower()]
    return operation
