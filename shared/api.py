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
from shared.web.routes import Function, RouteFactory, common_routes


def api(name: str, title: Text, folder: Path, build: Callable[[Settings], Sequence[RouteFactory]]) -> View:
    """Build a function without a model. Its requests leave no line in the request log, which holds predictions only.

    Args:
        name: name of the function, its target and its folder.
        title: what it does.
        folder: folder of its templates and of `examples/`.
        build: reads the data and returns the factories of its own routes, `/health/ready` among them.
            `/health/live` and OpenAPI are added.

    Raises:
        SystemExit: a setting, or data that `build` reads, is invalid; the message says which and why.
    """
    try:
        config = settings.parse(os.environ)
        factories = build(config)
    except AugureError as error:
        from shared.terminal import say  # noqa: PLC0415  # only for this error

        sys.exit(say(error.detail))
    function = Function(name, title, folder, config)
    function.routes.extend(route for factory in (*factories, common_routes) for route in factory(function))
    private = sinks.payload_policy(config, os.environ) != "full"
    view = application(name, function.routes, limits(config, private=private), _no_line)
    finish()
    return view


def limits(config: Settings, *, private: bool) -> Limits:
    """The limits of the settings."""
    origins = frozenset({origin.strip() for origin in config.cors_origins.split(",")} - {"", "off"})
    return Limits(config.max_body_bytes, origins, private=private)


def _no_line(_: Request, __: Response, ___: float) -> None:
    """A function without a model has no prediction route."""
