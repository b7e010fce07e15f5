"""The process: settings, health, who may connect, and what a fault looks like."""

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

from functions.explorer import settings, texts
from functions.explorer.session import say
from shared.errors import SettingsError
from shared.terminal import say as terminal_say

LOG = logging.getLogger("explorer")
THIS_MACHINE = ("localhost", "127.0.0.1")


class SameOrigin:
    """Refuses what another site's page asks for. Streamlit would look up this machine's public address to decide."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes from this site, from this machine, or from no page."""
        if scope["type"] not in {"http", "websocket"} or _is_ours(Headers(scope=scope)):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(1008)(scope, receive, send)
        else:
            await PlainTextResponse("another origin", 403)(scope, receive, send)


def _is_ours(headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is None:
        return True
    parts = urlsplit(origin)
    return parts.netloc == headers.get("host") or parts.hostname in THIS_MACHINE


async def _live(_: Request) -> JSONResponse:
    return JSONResponse({"status": "live"})


async def _ready(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ready"})


def _failed(error: Exception) -> bool:
    """A fault of ours: the reader gets a number, the log what happened."""
    number = secrets.token_hex(4)
    LOG.error("fault %s", number, exc_info=error)
    st.error(say(texts.BROKEN, number=number), icon=":material/error:")
    return True


def main() -> None:
    """Serve until told to stop.

    Raises:
        SystemExit: a setting is not usable; the message says which.
    """
    try:
        chosen = settings.parse(os.environ)
    except SettingsError as error:
        sys.exit(terminal_say(error.detail))
    host = os.environ.get("HOST", THIS_MACHINE[1])
    app = st.App(
        settings.HERE / "app.py",
        routes=[Route("/health/live", _live), Route("/health/ready", _ready)],
        middleware=[Middleware(SameOrigin)],
        on_script_error=_failed,
    )
    print(f"http://localhost:{chosen.port}", flush=True)
    allowed = chosen.allowed_hosts or (",".join(THIS_MACHINE) if host in THIS_MACHINE else "")
    hosts = [name.strip() for name in allowed.split(",") if name.strip()]
    for ending in (signal.SIGINT, signal.SIGTERM):  # which uvicorn raises again once every connection is closed
        signal.signal(ending, lambda *_: sys.exit())
    app.run(config={"server.address": host, "server.port": chosen.port, "server.allowedHosts": hosts})
