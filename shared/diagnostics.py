"""Lines for the operator, on stderr, as Cloud Logging reads them."""

import sys

import msgspec


def report(severity: str, message: str) -> None:
    """Write one line of JSON on stderr.

    Args:
        severity: of Cloud Logging: `INFO`, `WARNING`, `ERROR`.
        message: what happened, in English.
    """
    sys.stderr.write(msgspec.json.encode({"severity": severity, "message": message}).decode() + "\n")
    sys.stderr.flush()
