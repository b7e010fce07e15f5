"""Finds its way in a function's OpenAPI document, whose paths may have arguments."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from tools.examples import Case

ARGUMENT = re.compile(r"{\w+}")


def filled(path: str) -> str:
    """A path with something in the place of its arguments."""
    return ARGUMENT.sub("1", path)


def described(document: dict[str, Any], case: Case) -> dict[str, Any]:
    """What a document says of an example's method and address: of the template that says most of it."""
    asked = unquote(urlsplit(case.path).path)
    fitting = [path for path in document["paths"] if re.fullmatch(ARGUMENT.sub(".+", path), asked)]
    operation: dict[str, Any] = document["paths"][max(fitting, key=len)][case.method.lower()]
    return operation
