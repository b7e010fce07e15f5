"""The card of the served model: read on the first request, then cached until the model changes.

Predictions do not need it: a failure here costs the card and nothing else. One request at a time reads the card, in at
most CARD_SECONDS. The others wait for it a moment. After a failure nothing is read for RETRY_SECONDS.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from shared.diagnostics import report
from shared.errors import BundleError, NotFound, NotReady, Text
from shared.model.bundle import CARD, Manifest, ReadFile
from shared.model.holder import REFRESH_WAIT_SECONDS, RETRY_SECONDS, Holder, ServedModel
from shared.web.threads import in_thread

if TYPE_CHECKING:
    from shared.web.markdown import Card, Picture

MAX_TEXT_BYTES = 128 * 1024
MAX_PICTURES_BYTES = 4 * 1024 * 1024
"""Largest text, and largest total of the pictures, in bytes."""

NO_CARD: Text = ("le modèle servi n'a pas de fiche", "the model that is served has no card")
UNREADABLE: Text = (
    "la fiche du modèle n'a pas pu être lue ; réessayez dans un instant",
    "the model card could not be read; try again in a moment",
)


class CardCache:
    """Caches the card of the served model."""

    def __init__(self, holder: Holder) -> None:
        """`current` reads the first card."""
        self._holder = holder
        self._cached: tuple[str, Card] | None = None
        self._failed_version, self._retry_at = "", 0.0
        self._reading: asyncio.Future[tuple[str, Card]] | None = None

    async def current(self) -> "tuple[str, Card]":
        """The served version and its card.

        Raises:
            NotFound: the model has no card.
            NotReady: no model is loaded, or its card could not be read.
        """
        served = await self._holder.current()
        version = served.ready().manifest.version
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=REFRESH_WAIT_SECONDS)
        return self._lookup(version) or await self._load_once(version, served)

    def _lookup(self, version: str) -> "tuple[str, Card] | None":
        cached = self._cached
        if cached is not None and cached[0] == version:
            return cached
        if self._failed_version == version and time.monotonic() < self._retry_at:
            raise _unreadable()
        return None

    async def _load_once(self, version: str, served: ServedModel) -> "tuple[str, Card]":
        """Read the card. Raises NotReady: another request is still reading it."""
        if self._reading is not None:
            raise _unreadable()
        self._reading = asyncio.ensure_future(in_thread(self._read, version, served))
        try:
            return await self._reading
        finally:
            self._reading = None

    def _read(self, version: str, served: ServedModel) -> "tuple[str, Card]":
        try:
            with self._holder.open_files(served) as read:
                cached = version, _card(served.ready().manifest, read)
        except BundleError as error:
            cause = f" ({error.__cause__})" if error.__cause__ else ""
            report("WARNING", f"card of {version} from {served.location} not read: {error}{cause}")
            self._failed_version, self._retry_at = version, time.monotonic() + RETRY_SECONDS
            raise _unreadable() from None
        self._cached = cached
        return cached


def _unreadable() -> NotReady:
    return NotReady(UNREADABLE, code="card_unavailable", headers=(("Retry-After", f"{RETRY_SECONDS:.0f}"),))


def _card(manifest: Manifest, read: ReadFile) -> "Card":
    from shared.web.markdown import render  # noqa: PLC0415  # takes long to import

    if CARD not in manifest.files:
        raise NotFound(NO_CARD, code="no_card")
    if manifest.files[CARD].bytes > MAX_TEXT_BYTES:
        raise BundleError((f"{CARD} : plus de {MAX_TEXT_BYTES} octets", f"{CARD}: more than {MAX_TEXT_BYTES} bytes"))
    return render(read(CARD).decode("utf-8", "replace"), _pictures(manifest, read))


def _pictures(manifest: Manifest, read: ReadFile) -> "Picture":
    """A function that reads pictures of the bundle; None if a picture exceeds what is left of MAX_PICTURES_BYTES."""
    left = MAX_PICTURES_BYTES

    def picture(file: str) -> bytes | None:
        nonlocal left
        facts = manifest.files.get(file)
        if facts is None or facts.bytes > left:
            return None
        left -= facts.bytes
        return read(file)

    return picture
