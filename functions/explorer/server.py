"""The explorer's process: settings, health checks, allowed origins, unexpected errors."""

import logging
import os
import secrets
import signal
import sys
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from functions.explorer import messages, settings
from functions.explorer.session import translate
from shared.errors import SettingsError
from shared.terminal import say as terminal_say

LOG = logging.getLogger("explorer")
THIS_MACHINE = ("localhost", "127.0.0.1")


class SameOrigin:
    """Middleware that refuses requests from pages of other sites.

    Streamlit's own check would ask another company's server for this machine's public address.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request from a page of this site or of this machine, or without an `Origin`."""
        if scope["type"] not in {"http", "websocket"} or _is_allowed(Headers(scope=scope)):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(1008)(scope, receive, send)
        else:
            await PlainTextResponse("another origin", 403)(scope, receive, send)


def _is_allowed(headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is None:
        return True
    url = urlsplit(origin)
    return url.netloc == headers.get("host") or url.hostname in THIS_MACHINE


async def _live(_: Request) -> JSONResponse:
    return JSONResponse({"status": "live"})


async def _ready(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ready"})


def _show_fault(error: Exception) -> bool:
    """Show an unexpected error as a number; the process's log has the traceback under the same number."""
    number = secrets.token_hex(4)
    LOG.error("fault %s", number, exc_info=error)
    st.error(translate(messages.UNEXPECTED_ERROR, number=number), icon=":material/error:")
    return True


def main() -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        SystemExit: a setting is wrong; the message names it.
    """
    try:
        configuration = settings.parse(os.environ)
    except SettingsError as error:
        sys.exit(terminal_say(error.detail))
    host = os.environ.get("HOST", THIS_MACHINE[1])
    app = st.App(
        settings.HERE / "app.py",
        routes=[Route("/health/live", _live), Route("/health/ready", _ready)],
        middleware=[Middleware(SameOrigin)],
        on_script_error=_show_fault,
    )
    print(f"http://localhost:{configuration.port}", flush=True)
    allowed = configuration.allowed_hosts or (",".join(THIS_MACHINE) if host in THIS_MACHINE else "")
    hosts = [name.strip() for name in allowed.split(",") if name.strip()]
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises it again once every connection is closed
        signal.signal(number, lambda *_: sys.exit())
    app.run(config={"server.address": host, "server.port": configuration.port, "server.allowedHosts": hosts})
