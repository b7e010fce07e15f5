"""Looks up operations in a function's OpenAPI document, whose paths may be templates."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from tools.examples import Case

ARGUMENT = re.compile(r"{\w+}")


def filled(path: str) -> str:
    """A path template with its parameters filled in."""
    return ARGUMENT.sub("1", path)


def described(document: dict[str, Any], case: Case) -> dict[str, Any]:
    """The operation of an example's method and path, from the most specific path template."""
    asked = unquote(urlsplit(case.path).path)
    fitting = [path for path in document["paths"] if re.fullmatch(ARGUMENT.sub(".+", path), asked)]
    operation: dict[str, Any] = document["paths"][max(fitting, key=len)][case.method.lower()]
    return operation
