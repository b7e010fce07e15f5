"""Builds a function that serves a model from settings, model, request log and routes. Called by its `main.py`."""

import os
import sys
from pathlib import Path

from shared import settings
from shared.api import limits
from shared.errors import AugureError, SettingsError, Text
from shared.log import entry, sinks
from shared.model import holder
from shared.model.codec import ModelSignature
from shared.model.routes import ModelRouteFactory, Service, model_name, model_routes
from shared.model.source import Pull
from shared.startup import finish
from shared.web.app import LogFields, OnResponse, Response, View, application
from shared.web.request import Request
from shared.web.routes import common_routes


def endpoint(
    name: str,
    title: Text,
    folder: Path,
    signature: ModelSignature,
    *factories: ModelRouteFactory,
    pull: Pull | None = None,
    **defaults: int,
) -> View:
    """Build a function that serves a model.

    Args:
        name: name of the function, its target, its model and its folder.
        title: what it does.
        folder: folder of its page and of `examples/`.
        signature: what its model must have; a bundle without it is refused.
        factories: make its own routes. Health, OpenAPI and model routes are added to them.
        pull: the download of MODEL_URI's bundle, if `start_pull` started one before the slow imports.
        defaults: defaults of settings that differ for this function.

    Raises:
        SystemExit: a setting is invalid; the message names it.
    """
    try:
        config = settings.parse(os.environ, **defaults)
        models = holder.load(name, config, signature, pull)
    except SettingsError as error:
        from shared.terminal import say  # noqa: PLC0415  # only for this error

        sys.exit(say(error.detail))
    payload = sinks.payload_policy(config, os.environ)
    service = Service(name, title, folder, config, holder=models, payload=payload)
    service.routes.extend(route for factory in (*factories, model_routes, common_routes) for route in factory(service))
    view = application(name, service.routes, limits(config, private=payload != "full"), _line_writer(service))
    finish()
    return view


def _line_writer(service: Service) -> OnResponse:
    sink = sinks.open_sink(service.settings, os.environ)
    project = os.environ.get("GOOGLE_CLOUD_PROJECT", "")

    def on_response(request: Request, response: Response, latency: float) -> None:
        w3c, google = request.header(b"traceparent"), request.header(b"x-cloud-trace-context")
        logged = response.logged or LogFields()
        facts = entry.RequestFacts(
            function=service.name,
            model=logged.model or model_name(service.holder.served),
            request_id=request.request_id,
            method=request.method,
            route=request.route,
            protocol=request.protocol,
            request_size=len(request.body),  # not Content-Length: a body that was refused unread may claim any size
            status=response.status,
            response_size=len(response.content),
            latency=latency,
            error=_error(response.error, service.payload),
            trace=entry.trace_fields(w3c, google, project),
        )
        sinks.log_request(logged.payload, logged.prediction, facts, sink)

    return on_response


def _error(error: AugureError | None, payload: str) -> dict[str, object] | None:
    """The detail quotes the request, so it is kept only if the payload is."""
    if error is None:
        return None
    return {"code": error.code, "detail": error.detail[0]} if payload == "full" else {"code": error.code}
