"""HTML pages of functions: one file each, sent with a Content-Security-Policy that allows only the page's own code.

`site/` has the parts that pages share. The source of a page refers to them, and the server inlines them:

    <!-- site: header.html -->                                      is replaced by that file
    <link rel="stylesheet" href="../../shared/web/site/page.css">   is inlined at the start of the next <style>
    <script src="../../shared/web/site/page.js"></script>           is inlined at the start of the next <script>
    <script src="plot.js"></script>                                 likewise: a file next to the page

Pages lose their indentation, inlined scripts their comment lines (`//`) and most spaces, inlined styles their comments
and most spaces. A template literal over several lines would break.

`data-other` has the English text of an element. Such an element contains either text or other elements.
`substitute` fills placeholders, `{{name}}`.
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
"""The page of a model card, with placeholders."""

_FRAGMENT = re.compile(r"<!-- site: ([a-z]+\.html) -->\n")
_REFERENCE = re.compile(
    r'(?:<link rel="stylesheet" href="((?:\.\./)+(?:shared/)?web/site/)?([a-z]+\.css)">'
    r'|<script src="((?:\.\./)+(?:shared/)?web/site/)?([a-z]+\.js)"></script>)\s*(<style>|<script>)\n?'
)
_NOT_SENT = re.compile(r"^ *(?://.*)?\n?", re.MULTILINE)
_STYLE_NOT_SENT = re.compile(r"/\*.*?\*/\s*|(?<=[{};,])\s+|\s+(?=[{}])|(?<=[a-z]:) ", re.DOTALL)
_PLAIN_LINE = re.compile(r"^[^\\'`/\n]+$", re.MULTILINE)
_SPACES = re.compile(r'("[^"]*")| *([=<>?:,;{}()|&*!]+) *')
_INDENTATION = re.compile(r"^ +", re.MULTILINE)
_TRANSLATED = re.compile(r'(<([a-z0-9]+)\b[^<>]*? data-other=")([^"]*)("[^<>]*>)([^<]*)(?=</\2>)')
_SERVICE_LINK = re.compile(r'<a data-service="([a-z0-9_]+)" href="([^"]*)"')
_MENU_ENTRY = re.compile(r" *<li>(?:(?!</li>).)*</li>\n", re.DOTALL)
_MENU_END = re.compile(r"(<nav class=\"site\".*?)( *</ul>)", re.DOTALL)
_LANGUAGE = ('<html lang="fr"', '<html lang="en"')
_SWITCH = ('href="?lang=en" hreflang="en" lang="en">English<', 'href="?lang=fr" hreflang="fr" lang="fr">Français<')
_PLACEHOLDER = re.compile(rb"\{\{([a-z]+)\}\}")
_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
_POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def read_page(
    file: Path, name: str, services: Mapping[str, str], *, english: bool = False, up: str = ""
) -> tuple[bytes, str]:
    """Assemble a page and its Content-Security-Policy, which has the SHA-256 of its script and style.

    Args:
        file: source of the page.
        name: name of its function.
        services: URLs of other services by name; the menu has no entry of another one.
        english: whether the page is in English, else in French.
        up: relative path to the function's root (`../`), for a page without an entry in the menu.
    """
    return with_policy(assemble(file, name, services, english=english, up=up))


def assemble(file: Path, name: str, services: Mapping[str, str], *, english: bool, up: str) -> str:
    """`read_page` without the policy.

    Args:
        file: source of the page.
        name: name of its function.
        services: URLs of other services by name; the menu has no entry of another one.
        english: whether the page is in English, else in French.
        up: relative path to the function's root (`../`), for a page without an entry in the menu.
    """
    text = _FRAGMENT.sub(lambda match: _read_shared(match[1]), file.read_text("utf-8"))
    text = _inline_files(text, file.parent)
    text = _with_further_entries(text, name, services)
    text = _MENU_ENTRY.sub(lambda match: _menu_entry(match[0], name, services, up), text)
    if up:
        text = text.replace(' class="own" href="', f' href="{up}')
    text = _INDENTATION.sub("", text)
    return _to_english(text) if english else text


def page_language(query: str, preferred: str) -> tuple[str, bool]:
    """The language of a page: that of `?lang=`, else the preferred one. Also whether `?lang=` has selected it."""
    selected = next((language for language in LANGUAGES if f"lang={language}" in query.split("&")), "")
    return selected or preferred, bool(selected)


def with_policy(text: str) -> tuple[bytes, str]:
    """An assembled page and its Content-Security-Policy."""
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, inline in _INLINE.findall(text):
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        hashes[kind].append(f"'sha256-{digest}'")
    return text.encode(), _POLICY.format(**{kind: " ".join(digests) or "'none'" for kind, digests in hashes.items()})


def substitute(content: bytes, **words: bytes) -> bytes:
    """Fill the placeholders of a page. Values are not escaped. The policy of the page stays valid."""
    return _PLACEHOLDER.sub(lambda match: words[match[1].decode()], content)


def _read_shared(file: str) -> str:
    return (_SITE / file).read_text("utf-8")


def _inline_files(text: str, folder: Path) -> str:
    """Inline the files referred to before a <style> or <script>, starting with the last one."""

    def inline(match: re.Match[str]) -> str:
        shared, name = match[1] or match[3], match[2] or match[4]
        content = ((_SITE if shared else folder) / name).read_text("utf-8")
        return f"{match[5]}\n{_short_style(content) if match[5] == '<style>' else _short_script(content)}"

    count = 1
    while count:
        text, count = _REFERENCE.subn(inline, text)
    return text


def _short_style(content: str) -> str:
    return _STYLE_NOT_SENT.sub("", content)


def _short_script(content: str) -> str:
    """A script without indentation and comment lines; and without the spaces of lines in which only `"` delimits."""
    return _PLAIN_LINE.sub(lambda line: _SPACES.sub(r"\1\2", line[0]), _NOT_SENT.sub("", content))


def _menu_entry(entry: str, name: str, services: Mapping[str, str], up: str) -> str:
    """An entry of the menu with the URL of its service; empty if the URL is unknown."""
    match = _SERVICE_LINK.search(entry)
    if match is None:
        return entry
    service, path = match.groups()
    if service == name and up:
        link = f'<a data-service="{service}" href="{up}{path.lstrip("/")}" aria-current="true"'
    elif service == name:
        link = f'<a data-service="{service}" href="" aria-current="page"'
    elif service in services:
        address = html.escape(services[service].rstrip("/") + path).replace("{", "&#123;")  # no placeholder, no Jinja
        link = f'<a data-service="{service}" href="{address}"'
    else:
        return ""
    return entry.replace(match[0], link)


def _with_further_entries(text: str, name: str, services: Mapping[str, str]) -> str:
    """Add the services that the menu does not know, this function's too: their page is at their root."""
    known = dict(_SERVICE_LINK.findall(text))
    further = sorted({name, *services} - known.keys()) if known else []
    entries = (f'    <li><a data-service="{one}" href="/">{_words(one)}</a></li>\n' for one in further)
    return _MENU_END.sub(lambda match: f"{match[1]}{''.join(entries)}{match[2]}", text, count=1)


def _words(service: str) -> str:
    """The name of a service in the menu: `wine_2` is `Wine 2`."""
    return html.escape(service.replace("_", " ").capitalize())


def _to_english(text: str) -> str:
    text = text.replace(*_LANGUAGE, 1).replace(*_SWITCH, 1)

    def swap(match: re.Match[str]) -> str:
        before, _, english, between, french = match.groups()
        return before + french.replace('"', "&quot;") + between + english

    return _TRANSLATED.sub(swap, text)
