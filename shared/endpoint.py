"""Puts the shared pieces together for a `main.py` that serves a model: settings, model, request log, routes."""

import os
import sys
from pathlib import Path

from shared import log_entry, model_holder, request_log, settings
from shared.api import limits
from shared.errors import SettingsError, Text
from shared.http import Answer, Finished, View, application
from shared.model_bucket import Pull
from shared.operation import Needs
from shared.parts import common
from shared.request import Call
from shared.routes import ModelPart, Service, model, model_name
from shared.starting import end


def endpoint(
    name: str, title: Text, folder: Path, needs: Needs, *parts: ModelPart, pull: Pull | None = None, **defaults: int
) -> View:
    """Build a function.

    Args:
        name: the function's name: its target, its model, its folder.
        title: what it does.
        folder: where its page and `examples/` are.
        needs: what its model must have; a bundle that lacks some of it is refused.
        parts: its own routes; those that every function has come by themselves.
        pull: MODEL_URI's bundle on its way from a bucket, where `begin` was called before the slow imports.
        defaults: settings whose default is this function's own.

    Raises:
        SystemExit: a setting is not usable; the message says which.
    """
    try:
        chosen = settings.parse(os.environ, **defaults)
        holder = model_holder.load(name, chosen, needs, pull)
    except SettingsError as error:
        sys.exit(error.detail[0])
    payload = request_log.keep_payload(chosen, os.environ)
    service = Service(name, title, folder, chosen, holder=holder, payload=payload)
    service.routes.extend(route for part in (*parts, model, common) for route in part(service))
    view = application(name, service.routes, limits(chosen, private=payload != "full"), _line_writer(service))
    end()
    return view


def _line_writer(service: Service) -> Finished:
    sink = request_log.open_sink(service.settings, os.environ)
    project = os.environ.get("GOOGLE_CLOUD_PROJECT", "")

    def finished(call: Call, answer: Answer, latency: float) -> None:
        w3c, google = call.header(b"traceparent"), call.header(b"x-cloud-trace-context")
        facts = log_entry.Facts(
            function=service.name,
            model=call.model or model_name(service.holder.served),
            request_id=call.request_id,
            method=call.method,
            route=call.route,
            protocol=call.protocol,
            request_size=len(call.body),  # what a client says of a body that is not read may be anything
            status=answer.status,
            response_size=len(answer.content),
            latency=latency,
            error=_error(call, service.payload),
            trace=log_entry.trace_fields(w3c, google, project),
        )
        request_log.log_request(call.payload, call.prediction, facts, sink)

    return finished


def _error(call: Call, payload: str) -> dict[str, object] | None:
    """The sentence quotes the request, and is kept only where the request is."""
    if call.error is None:
        return None
    return {"code": call.error.code, "detail": call.error.detail[0]} if payload == "full" else {"code": call.error.code}
