"""The card of the model that is served: read and verified when somebody asks for it, then kept until the model changes.

Serving does without it: whatever goes wrong here costs the card and nothing else. One request at a time reads, in
ASIDE_SECONDS at most; the others wait for it a moment; after a failure nobody reads for a while.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from shared.diagnostics import report
from shared.errors import BundleError, NotFound, NotReady, Text
from shared.model.bundle import CARD, Manifest, Read
from shared.model.holder import PATIENCE, RETRY_SECONDS, Holder, Served
from shared.web.threads import in_thread

if TYPE_CHECKING:
    from shared.web.markdown import Card, Picture

LARGEST_TEXT = 128 * 1024
LARGEST_PICTURES = 4 * 1024 * 1024
"""Bytes of a card's text, and of all the pictures in it, beyond which they are not read."""

NO_CARD: Text = ("le modèle servi n'a pas de fiche", "the model that is served has no card")
UNREADABLE: Text = (
    "la fiche du modèle n'a pas pu être lue ; réessayez dans un instant",
    "the model card could not be read; try again in a moment",
)


class Cards:
    """The card of what a holder serves; one is kept."""

    def __init__(self, holder: Holder) -> None:
        """Read nothing yet."""
        self._holder = holder
        self._kept: tuple[str, Card] | None = None
        self._failed, self._again = "", 0.0
        self._reading: asyncio.Future[tuple[str, Card]] | None = None

    async def current(self) -> "tuple[str, Card]":
        """The version that is served, and its card.

        Raises:
            NotFound: the model has no card.
            NotReady: there is no model, or its card is not to be had at present.
        """
        served = await self._holder.current()
        version = served.ready().manifest.version
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=PATIENCE)
        return self._known(version) or await self._read_once(version, served)

    def _known(self, version: str) -> "tuple[str, Card] | None":
        kept = self._kept
        if kept is not None and kept[0] == version:
            return kept
        if self._failed == version and time.monotonic() < self._again:
            raise _unreadable()
        return None

    async def _read_once(self, version: str, served: Served) -> "tuple[str, Card]":
        """Raises NotReady: another request has been reading for too long."""
        if self._reading is not None:
            raise _unreadable()
        self._reading = asyncio.ensure_future(in_thread(self._read, version, served))
        try:
            return await self._reading
        finally:
            self._reading = None

    def _read(self, version: str, served: Served) -> "tuple[str, Card]":
        try:
            with self._holder.opened(served) as read:
                kept = version, _card(served.ready().manifest, read)
        except BundleError as error:
            cause = f" ({error.__cause__})" if error.__cause__ else ""
            report("WARNING", f"card of {version} from {served.where} not read: {error}{cause}")
            self._failed, self._again = version, time.monotonic() + RETRY_SECONDS
            raise _unreadable() from None
        self._kept = kept
        return kept


def _unreadable() -> NotReady:
    return NotReady(UNREADABLE, code="card_unavailable", headers=(("Retry-After", f"{RETRY_SECONDS:.0f}"),))


def _card(manifest: Manifest, read: Read) -> "Card":
    from shared.web.markdown import render  # noqa: PLC0415  # not before a card is asked for

    if CARD not in manifest.files:
        raise NotFound(NO_CARD, code="no_card")
    if manifest.files[CARD].bytes > LARGEST_TEXT:
        raise BundleError((f"{CARD} : plus de {LARGEST_TEXT} octets", f"{CARD}: more than {LARGEST_TEXT} bytes"))
    return render(read(CARD).decode("utf-8", "replace"), _pictures(manifest, read))


def _pictures(manifest: Manifest, read: Read) -> "Picture":
    """Pictures of the bundle, as long as there is room for them on a page."""
    left = LARGEST_PICTURES

    def picture(file: str) -> bytes | None:
        nonlocal left
        facts = manifest.files.get(file)
        if facts is None or facts.bytes > left:
            return None
        left -= facts.bytes
        return read(file)

    return picture
