"""A function's web page: one HTML file, sent with a policy that lets run what the file holds and nothing else.

What every page has is kept once, in `site/`: the source names it, and what is sent holds it.

    <!-- site: header.html -->                                    is replaced by that file
    <link rel="stylesheet" href="../../shared/web/site/page.css">     goes to the front of the <style> that follows
    <script src="../../shared/web/site/page.js"></script>             goes to the front of the <script> that follows
    <script src="plot.js"></script>                               as well: a file beside the page

What is put in loses its indentation and its lines of comment (`//`): a template of several lines would lose its own.

Where an element has `data-other`, that is what it says in English; an element holds either words or other elements.
`{{name}}` is a place that `substitute` fills in what is sent.
"""

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from pathlib import Path

from shared.i18n import LANGUAGES

_SITE = Path(__file__).resolve().parent / "site"
CARD = _SITE / "card.html"
"""The page of a model's card, empty."""

_FRAGMENT = re.compile(r"<!-- site: ([a-z]+\.html) -->\n")
_REFERENCE = re.compile(
    r'(?:<link rel="stylesheet" href="(\.\./\.\./shared/web/site/)?([a-z]+\.css)">'
    r'|<script src="(\.\./\.\./shared/web/site/)?([a-z]+\.js)"></script>)\s*(<style>|<script>)\n?'
)
_NOT_SENT = re.compile(r"^ *(?://.*)?\n?", re.MULTILINE)
_TRANSLATED = re.compile(r'(<([a-z0-9]+)\b[^<>]*? data-other=")([^"]*)("[^<>]*>)([^<]*)(?=</\2>)')
_SERVICE_LINK = re.compile(r'<a data-service="([a-z_]+)" href="([^"]*)"')
_MENU_ENTRY = re.compile(r" *<li>(?:(?!</li>).)*</li>\n", re.DOTALL)
_LANGUAGE = ('<html lang="fr"', '<html lang="en"')
_SWITCH = ('href="?lang=en" hreflang="en" lang="en">English<', 'href="?lang=fr" hreflang="fr" lang="fr">Français<')
_PLACE = re.compile(rb"\{\{([a-z]+)\}\}")
_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
_POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def read_page(
    file: Path, name: str, services: Mapping[str, str], *, english: bool = False, up: str = ""
) -> tuple[bytes, str]:
    """A page as it is sent, and its Content-Security-Policy, where its script and its style stand by their SHA-256.

    Args:
        file: the page's source.
        name: the function whose page it is.
        services: the addresses of the services that it may link to, by name; it does not link to the others.
        english: whether it page_language English; French unless.
        up: the way to the function's root (`../`) from a page that is not the one that the menu names.
    """
    return with_policy(assemble(file, name, services, english=english, up=up))


def assemble(file: Path, name: str, services: Mapping[str, str], *, english: bool, up: str) -> str:
    """The page of `read_page`, without its policy."""
    text = _FRAGMENT.sub(lambda found: _read_shared(found[1]), file.read_text("utf-8"))
    text = _inline_files(text, file.parent)
    text = _MENU_ENTRY.sub(lambda found: _menu_entry(found[0], name, services, up), text)
    if up:
        text = text.replace(' class="own" href="', f' href="{up}')
    return _to_english(text) if english else text


def page_language(query: str, preferred: str) -> tuple[str, bool]:
    """The language of a page, and whether the visitor has selected it: `lang` decides, else what the request asks for."""
    selected = next((language for language in LANGUAGES if f"lang={language}" in query.split("&")), "")
    return selected or preferred, bool(selected)


def with_policy(text: str) -> tuple[bytes, str]:
    """A page that is whole, and its Content-Security-Policy."""
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, inline in _INLINE.findall(text):
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        hashes[kind].append(f"'sha256-{digest}'")
    return text.encode(), _POLICY.format(**{kind: " ".join(found) or "'none'" for kind, found in hashes.items()})


def substitute(content: bytes, **words: bytes) -> bytes:
    """A page with its places filled; what is put in them is not looked through. Its policy stays as it was."""
    return _PLACE.sub(lambda found: words[found[1].decode()], content)


def _read_shared(file: str) -> str:
    return (_SITE / file).read_text("utf-8")


def _inline_files(text: str, folder: Path) -> str:
    """The text with the files that it names before a <style> or a <script>, the last one first."""

    def inline(found: re.Match[str]) -> str:
        shared, name = found[1] or found[3], found[2] or found[4]
        content = ((_SITE if shared else folder) / name).read_text("utf-8")
        return f"{found[5]}\n{_NOT_SENT.sub('', content)}"

    found = 1
    while found:
        text, found = _REFERENCE.subn(inline, text)
    return text


def _menu_entry(entry: str, name: str, services: Mapping[str, str], up: str) -> str:
    """An entry of the menu with the address that it leads to; nothing where that is not known."""
    found = _SERVICE_LINK.search(entry)
    if found is None:
        return entry
    service, path = found.groups()
    if service == name and up:
        link = f'<a data-service="{service}" href="{up}{path.lstrip("/")}" aria-current="true"'
    elif service == name:
        link = f'<a data-service="{service}" href="" aria-current="page"'
    elif service in services:
        address = html.escape(services[service].rstrip("/") + path).replace("{", "&#123;")  # no place, no template
        link = f'<a data-service="{service}" href="{address}"'
    else:
        return ""
    return entry.replace(found[0], link)


def _to_english(text: str) -> str:
    text = text.replace(*_LANGUAGE, 1).replace(*_SWITCH, 1)

    def swap(found: re.Match[str]) -> str:
        before, _, english, between, french = found.groups()
        return before + french.replace('"', "&quot;") + between + english

    return _TRANSLATED.sub(swap, text)
