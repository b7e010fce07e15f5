"""The other baseline: the Functions Framework's hello-world as a coroutine."""

import functions_framework.aio
from starlette.requests import Request


@functions_framework.aio.http
async def hello(_: Request) -> str:
    """Say hello."""
    return "Hello world!"
