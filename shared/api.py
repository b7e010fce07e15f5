"""Builds a function without a model from settings and routes. Called by its `main.py`."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from shared import settings
from shared.errors import AugureError, Text
from shared.log import sinks
from shared.settings import Settings
from shared.startup import finish
from shared.web.app import Limits, Response, View, application
from shared.web.request import Request
from shared.web.routes import Function, RouteFactory, common


def api(name: str, title: Text, folder: Path, build: Callable[[Settings], Sequence[RouteFactory]]) -> View:
    """Build a function without a model. Its requests leave no line in the request log, which holds predictions only.

    Args:
        name: name of the function, its target and its folder.
        title: what it does.
        folder: folder of its templates and of `examples/`.
        build: makes the factories of its own routes, `/health/ready` among them. `/health/live` and OpenAPI are added.

    Raises:
        SystemExit: a setting, or data that `build` reads, is invalid; the message says which and why.
    """
    try:
        chosen = settings.parse(os.environ)
        factories = build(chosen)
    except AugureError as error:
        sys.exit(error.detail[0])
    function = Function(name, title, folder, chosen)
    function.routes.extend(route for factory in (*factories, common) for route in factory(function))
    private = sinks.payload_policy(chosen, os.environ) != "full"
    view = application(name, function.routes, limits(chosen, private=private), _no_line)
    finish()
    return view


def limits(chosen: Settings, *, private: bool) -> Limits:
    """The limits that the settings choose."""
    origins = frozenset({origin.strip() for origin in chosen.cors_origins.split(",")} - {"", "off"})
    return Limits(chosen.max_body_bytes, origins, private=private)


def _no_line(_: Request, __: Response, ___: float) -> None:
    """A function without a model has no prediction route."""
