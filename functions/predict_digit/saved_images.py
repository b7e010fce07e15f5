"""Keeps the received pictures. A picture that cannot be kept is reported, and never costs its prediction."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

from shared.request_log import report

OFF = "off"


def keep(content: bytes, where: str) -> str | None:
    """Write one picture under a name that no other one has.

    Args:
        content: the PNG as it was received.
        where: a folder, made if need be, or `off`.

    Returns:
        The file's name: the UTC time to the microsecond and 32 random bits; None where it was not kept.
    """
    if where == OFF:
        return None
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.png"
    try:
        _write(Path(where), name, content)
    except OSError as error:
        report("ERROR", f"picture {name} not kept: {error.strerror}")
        return None
    return name


def _write(folder: Path, name: str, content: bytes) -> None:
    try:
        _create(folder / name, content)
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        _create(folder / name, content)


def _create(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
