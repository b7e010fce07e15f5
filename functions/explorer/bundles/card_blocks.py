"""A model card as a list of Markdown texts and pictures, which Streamlit shows one by one."""

import re
from collections.abc import Iterator

import msgspec

from shared.model.bundle import Bundle

CARD = "CARD.md"
_PICTURE = re.compile(r"^!\[([^\]]*)\]\(([^)]+)\)$", re.MULTILINE)


class Picture(msgspec.Struct, frozen=True):
    """A picture of a card: its alternative text, and its PNG."""

    alt: str
    content: bytes


def card_blocks(bundle: Bundle) -> list[str | Picture]:
    """The Markdown texts and pictures of the card, in order; empty if the bundle has no card."""
    return list(_blocks(bundle)) if CARD in bundle.files else []


def _blocks(bundle: Bundle) -> Iterator[str | Picture]:
    text, end = bundle.files[CARD].decode(), 0
    for match in _PICTURE.finditer(text):
        if before := _without_pictures(text[end : match.start()]):
            yield before
        if match[2] in bundle.files:
            yield Picture(match[1], bundle.files[match[2]])
        end = match.end()
    if rest := _without_pictures(text[end:]):
        yield rest


def _without_pictures(text: str) -> str:
    """The text without pictures: the reader's browser would fetch those of other sites."""
    return re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", text).strip()


def pictures(bundle: Bundle) -> dict[str, bytes]:
    """Every picture of a bundle, by file name."""
    return {name: content for name, content in sorted(bundle.files.items()) if name.endswith(".png")}
