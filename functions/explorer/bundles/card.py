"""A model's card, cut where its pictures stand."""

import re
from collections.abc import Iterator

import msgspec

from shared.model.bundle import Bundle

CARD = "CARD.md"
_PICTURE = re.compile(r"^!\[([^\]]*)\]\(([^)]+)\)$", re.MULTILINE)


class Picture(msgspec.Struct, frozen=True):
    """A picture of a card: what it shows in words, and its PNG."""

    shows: str
    content: bytes


def parts(bundle: Bundle) -> list[str | Picture]:
    """The card as Markdown texts and pictures, in order; nothing where the bundle has no card."""
    return list(_parts(bundle)) if CARD in bundle.files else []


def _parts(bundle: Bundle) -> Iterator[str | Picture]:
    text, end = bundle.files[CARD].decode(), 0
    for found in _PICTURE.finditer(text):
        if before := _words(text[end : found.start()]):
            yield before
        if found[2] in bundle.files:
            yield Picture(found[1], bundle.files[found[2]])
        end = found.end()
    if rest := _words(text[end:]):
        yield rest


def _words(text: str) -> str:
    """The text without pictures of elsewhere, which a page would fetch."""
    return re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", text).strip()


def pictures(bundle: Bundle) -> dict[str, bytes]:
    """Every picture of a bundle, by file name."""
    return {name: content for name, content in sorted(bundle.files.items()) if name.endswith(".png")}
