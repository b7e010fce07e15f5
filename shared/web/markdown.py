"""Renders the Markdown of a model card to parts of an HTML page.

The text may come from a bucket and is not trusted: its HTML is escaped, its links lead to the web, to mail addresses or
to headings of the card, and its pictures are files of the bundle.
"""

import base64
import html
import itertools
import mimetypes
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_HTML = RendererHTML()
_LINK = re.compile("(https?://|mailto:|#)", re.IGNORECASE)
_ALIGNED = re.compile("text-align:(left|center|right)")
_NUMBER = re.compile(r"\W*\d.{,40}")
_NO_BREAK = re.compile(r"(?<=\d) (?=\d{3}\b)| (?=[:;!?%»])|(?<=«) ")
"""Spaces at which French typography forbids a line break."""

_RESERVED_IDS = ("main", "contents")
"""HTML ids of the page."""

_DEFAULT_TITLE = "Fiche du modèle"
Picture = Callable[[str], bytes | None]
"""Reads a picture by file name; None if it is not shown."""


class Card(msgspec.Struct, frozen=True):
    """Parts of a page, as UTF-8: the title as escaped text, the contents as `<li>` elements, the body as HTML."""

    title: bytes
    contents: bytes
    body: bytes


class Heading(msgspec.Struct, frozen=True):
    """A heading: its level (2 is a chapter), HTML id and text."""

    rank: int
    id: str
    words: str


def render(text: str, picture: Picture) -> Card:
    """Render a card. Errors of `picture` propagate."""
    tokens = _MARKDOWN.parse(text)
    title = _DEFAULT_TITLE
    if tokens and tokens[0].tag == "h1":
        title = _with_no_break_spaces(_words(tokens[1]))
        tokens = tokens[3:]
    headings = list(_name_headings(tokens))
    for token in tokens:
        _fix_inline(token, picture)
    _fix_cells(tokens)
    body = _HTML.render(list(_with_frames(tokens)), _MARKDOWN.options, {})
    return Card(html.escape(title).encode(), _contents(headings).encode(), body.encode())


def _words(inline: Token) -> str:
    return _HTML.renderInlineAsText(inline.children, _MARKDOWN.options, {}).strip()


def _name_headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    """Give each heading an id, made as on GitHub."""
    used = Counter(_RESERVED_IDS)
    for token, inline in itertools.pairwise(tokens):
        if token.type == "heading_open":
            words = _words(inline)
            name = base = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") or "section"
            while used[name]:
                name = f"{base}-{used[base]}"
                used[base] += 1
            used[name] += 1
            token.attrSet("id", name)
            yield Heading(int(token.tag[1]), name, _with_no_break_spaces(words))


def _with_no_break_spaces(words: str) -> str:
    return _NO_BREAK.sub("\u00a0", words)


def _fix_inline(token: Token, picture: Picture) -> None:
    """Insert no-break spaces, remove links that lead elsewhere, inline pictures."""
    children = token.children or []
    for at, child in enumerate(children):
        _fix_inline(child, picture)
        if child.type == "text":
            child.content = _with_no_break_spaces(child.content)
        elif child.type == "link_open" and not _LINK.match(str(child.attrs["href"])):
            del child.attrs["href"]
        elif child.type == "image" and (source := _source(str(child.attrs["src"]), picture)):
            child.attrs["src"] = source
        elif child.type == "image":
            children[at] = Token("text", "", 0, content=f"[image non affichée : {child.content}]")


def _source(file: str, picture: Picture) -> str | None:
    """The picture as a `data:` URL; None if it is not shown."""
    media_type = mimetypes.guess_type(file)[0] or ""
    content = picture(file) if media_type.startswith("image/") else None
    return None if content is None else f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _fix_cells(tokens: Sequence[Token]) -> None:
    """Mark header cells, and align cells by class: the policy of the page forbids `style`."""
    first = False
    for token, following in itertools.pairwise(tokens):
        if aligned := _ALIGNED.search(str(token.attrs.pop("style", ""))):
            token.attrSet("class", aligned[1])
        if token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type == "tr_open":
            first = True
        elif first and token.type == "td_open":
            token.tag = "th"
            token.attrSet("scope", "row")
        elif first and token.type == "td_close":
            token.tag = "th"
            first = False
        elif token.type == "td_open" and _NUMBER.fullmatch(following.content):
            _keep_on_one_line(following)


def _keep_on_one_line(number: Token) -> None:
    """Forbid line breaks inside a number and inside an interval, but not between them."""
    for child in number.children or ():
        child.content = re.sub(r" (?!\()", "\u00a0", child.content)


def _with_frames(tokens: Sequence[Token]) -> Iterator[Token]:
    """Wrap each table in a scrolling element with a label, and mark paragraphs of pictures."""
    chapter, count = _DEFAULT_TITLE, 0
    for token, following in zip(tokens, [*tokens[1:], _raw("")], strict=False):
        if token.type == "heading_open":
            chapter = _words(following)
        elif token.type == "table_open":
            count += 1
            label = html.escape(f"Tableau {count} : {chapter}")
            yield _raw(f'<div class="table" role="group" tabindex="0" aria-label="{label}">\n')
        elif token.type == "paragraph_open" and _is_pictures(following):
            token.attrSet("class", "pictures")
        yield token
        if token.type == "table_close":
            yield _raw("</div>\n")


def _is_pictures(inline: Token) -> bool:
    return {child.type for child in inline.children or ()} in ({"image"}, {"image", "softbreak"})


def _raw(text: str) -> Token:
    return Token("html_block", "", 0, content=text)


def _contents(headings: Sequence[Heading]) -> str:
    """A nested list of links to the chapters and their sections."""
    chapters: list[tuple[str, list[str]]] = []
    for heading in headings:
        link = f'<a href="#{heading.id}">{html.escape(heading.words)}</a>'
        if heading.rank <= 2 or not chapters:
            chapters.append((link, []))
        elif heading.rank == 3:
            chapters[-1][1].append(f"<li>{link}</li>")
    return "\n".join(f"<li>{link}{'<ol>' + ''.join(parts) + '</ol>' if parts else ''}</li>" for link, parts in chapters)
