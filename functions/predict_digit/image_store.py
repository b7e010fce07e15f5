"""Storage of the received images. A failure is reported on stderr and never fails the prediction."""

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
UPLOAD_TIMEOUT = 1.0
"""Time that a response waits for the bucket on Cloud Run, in seconds."""


def save(content: bytes, settings: Settings) -> str | None:
    """Save an image under a unique name. A background thread uploads it if the destination is a bucket.

    Args:
        content: the PNG as it was received.
        settings: SAVED_IMAGES_URI is a folder, created if missing, `gs://BUCKET/PREFIX` or `off`.

    Returns:
        The file name: UTC time to the microsecond and 32 random bits; None if the image is not saved. For a bucket,
        the upload is only queued; a failed upload is reported on stderr.
    """
    destination = settings.saved_images_uri
    if destination == OFF:
        return None
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.png"
    if destination.startswith(SCHEME):
        return _queue(content, name, settings)
    try:
        _write(Path(destination), name, content)
    except OSError as error:
        report("ERROR", f"picture {name} not kept: {error.strerror}")
        return None
    return name


def wait_for_uploads(settings: Settings) -> None:
    """Wait for the bucket on Cloud Run, which suspends the process between requests."""
    if settings.saved_images_uri.startswith(SCHEME) and "K_SERVICE" in os.environ:
        _upload_queue(settings).wait(UPLOAD_TIMEOUT)


def _queue(content: bytes, name: str, settings: Settings) -> str | None:
    _, prefix = split_uri(settings.saved_images_uri)
    if not _upload_queue(settings).put(f"{prefix}/{name}".lstrip("/"), content, "image/png"):
        report("ERROR", f"picture {name} not kept: the queue to the bucket takes no more")
        return None
    return name


@functools.cache
def _upload_queue(settings: Settings) -> UploadQueue:
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
