"""Puts the shared pieces together for a `main.py` that serves no model: settings, what it answers from, routes."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from shared import request_log, settings
from shared.errors import AugureError, Text
from shared.http import Answer, Limits, View, application
from shared.parts import Function, Part, common
from shared.request import Call
from shared.settings import Settings
from shared.starting import end


def api(name: str, title: Text, folder: Path, build: Callable[[Settings], Sequence[Part]]) -> View:
    """Build a function that serves no model. Its requests leave no line in the log: lines are of predictions.

    Args:
        name: the function's name: its target, its folder.
        title: what it does.
        folder: where its templates and `examples/` are.
        build: makes its own routes, `/health/ready` among them; the others that every function has come by themselves.

    Raises:
        SystemExit: a setting, or what `build` reads, is not usable; the message says which and why.
    """
    try:
        chosen = settings.parse(os.environ)
        parts = build(chosen)
    except AugureError as error:
        sys.exit(error.detail[0])
    function = Function(name, title, folder, chosen)
    function.routes.extend(route for part in (*parts, common) for route in part(function))
    private = request_log.keep_payload(chosen, os.environ) != "full"
    view = application(name, function.routes, limits(chosen, private=private), _no_line)
    end()
    return view


def limits(chosen: Settings, *, private: bool) -> Limits:
    """What the settings let a request be, and who may ask from a page."""
    origins = frozenset({origin.strip() for origin in chosen.cors_origins.split(",")} - {"", "off"})
    return Limits(chosen.max_body_bytes, origins, private=private)


def _no_line(_: Call, __: Answer, ___: float) -> None:
    """No route is a prediction."""
