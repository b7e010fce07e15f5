"""Keeps the received pictures. A picture that cannot be kept is reported, and never costs its prediction."""

import functools
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from shared.diagnostics import report
from shared.settings import Settings
from shared.storage.bucket import SCHEME, open_bucket, split_uri
from shared.storage.upload_queue import UploadQueue

OFF = "off"
PATIENCE = 1.0
"""Seconds that an answer waits for the bucket where nothing goes on between requests."""


def keep(content: bytes, settings: Settings) -> str | None:
    """Write one picture under a name that no other one has: a bucket's beside the inference, by a thread of its own.

    Args:
        content: the PNG as it was received.
        settings: SAVED_IMAGES_URI: a folder, made if need be, `gs://BUCKET/PREFIX` or `off`.

    Returns:
        The file's name: the UTC time to the microsecond and 32 random bits; None where it was not kept. A bucket's
        has been handed over then, and a line of the log says so should the bucket not take it.
    """
    where = settings.saved_images_uri
    if where == OFF:
        return None
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.png"
    if where.startswith(SCHEME):
        return _hand_over(content, name, settings)
    try:
        _write(Path(where), name, content)
    except OSError as error:
        report("ERROR", f"picture {name} not kept: {error.strerror}")
        return None
    return name


def settle(settings: Settings) -> None:
    """Wait for the bucket on Cloud Run, which takes the processor away once a request is answered."""
    if settings.saved_images_uri.startswith(SCHEME) and "K_SERVICE" in os.environ:
        _outbox(settings).wait(PATIENCE)


def _hand_over(content: bytes, name: str, settings: Settings) -> str | None:
    _, prefix = split_uri(settings.saved_images_uri)
    if not _outbox(settings).put(f"{prefix}/{name}".lstrip("/"), content, "image/png"):
        report("ERROR", f"picture {name} not kept: the queue to the bucket takes no more")
        return None
    return name


@functools.cache
def _outbox(settings: Settings) -> UploadQueue:
    bucket, _ = split_uri(settings.saved_images_uri)
    emulator, endpoint = settings.storage_emulator_host, settings.storage_api_endpoint
    return UploadQueue(functools.partial(open_bucket, bucket, emulator, endpoint, os.environ))


def _write(folder: Path, name: str, content: bytes) -> None:
    try:
        _create(folder / name, content)
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        _create(folder / name, content)


def _create(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
