"""Jinja templates of a function's folder: pages that need no script, every value escaped, under a strict policy."""

import functools
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import jinja2
import msgspec

from shared.i18n import ENGLISH, FRENCH, pick
from shared.settings import addresses
from shared.web.pages import assemble, page_language, with_policy
from shared.web.request import Request

LAYOUT = "layout.html"
"""The template that holds the one style of all of them, without a value inside."""

_NO_FORMS = "form-action 'none'"


class Templates(msgspec.Struct, frozen=True):
    """The templates of one function.

    Attributes:
        folder: where they are.
        name: the function's name.
        service_urls: the setting.
    """

    folder: Path
    name: str
    service_urls: str


def render(templates: Templates, file: str, request: Request, values: Mapping[str, object]) -> tuple[bytes, str]:
    """A template, filled, and its Content-Security-Policy.

    What all pages share is put into its source as into any page (`shared.web.pages`).
    Beside `values` it has `say(french, english)`; `root`, the relative address of `/`, which holds below a prefix too;
    `lang`, the language that the visitor has chosen, if any, in which links stay by `only`, a query of its own, or
    `more`, behind another query; and `switch`, the query that leads to this page in the other language.

    Args:
        templates: those of the function.
        file: the one to fill.
        request: the request that it answers.
        values: what it shows.

    Raises:
        jinja2.TemplateError: the template is wrong, or wants a value that is not there.
    """
    language, chosen = page_language(request.query, request.language)
    environment, policy = _environment(templates, language == ENGLISH)

    def say(french: str, english: str) -> str:
        return pick((french, english), language)

    page = environment.get_template(file).render(
        values,
        say=say,
        root="../" * (request.path.count("/") - 1) or "./",
        lang=language if chosen else "",
        only=f"?lang={language}" if chosen else "",
        more=f"&lang={language}" if chosen else "",
        switch=_switch(request.query, FRENCH if language == ENGLISH else ENGLISH),
    )
    return page.encode(), policy


def _switch(query: str, language: str) -> str:
    pairs = parse_qsl(query)
    return "?" + urlencode([*(pair for pair in pairs if pair[0] != "lang"), ("lang", language)])


@functools.cache
def _environment(templates: Templates, english: bool) -> tuple[jinja2.Environment, str]:  # noqa: FBT001
    def source(file: str) -> str | None:
        path, urls = templates.folder / file, addresses(templates.service_urls)
        if not path.is_file():
            return None
        text = assemble(path, templates.name, urls, english=english, up="{{ root }}")
        return text.replace(f'href="?lang={FRENCH if english else ENGLISH}"', 'href="{{ switch }}"')

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(source),
        autoescape=True,
        auto_reload=False,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    _, policy = with_policy(source(LAYOUT) or "")
    return environment, policy.replace(_NO_FORMS, "form-action 'self'")
