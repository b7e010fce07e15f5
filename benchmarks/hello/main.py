"""The baseline: the Functions Framework's hello-world."""

import flask
import functions_framework


@functions_framework.http
def hello(_: flask.Request) -> str:
    """Say hello."""
    return "Hello world!"
