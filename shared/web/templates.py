"""Jinja templates: pages without scripts, with escaped values and a strict Content-Security-Policy."""

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
"""The template with the style of all pages of a function. It has no values inside."""

_NO_FORMS = "form-action 'none'"


class Templates(msgspec.Struct, frozen=True):
    """The templates of one function.

    Attributes:
        folder: folder of the templates.
        name: name of the function.
        service_urls: the setting SERVICE_URLS.
    """

    folder: Path
    name: str
    service_urls: str


def render(templates: Templates, file: str, request: Request, values: Mapping[str, object]) -> tuple[bytes, str]:
    """Render a template. Its source refers to shared files like any page (`shared.web.pages`).

    A template may use, besides `values`:

        say(french, english)  the text in the language of the page
        root                  relative URL of `/`, valid below a prefix too
        lang                  the language that `?lang=` has selected, else empty
        only, more            query that keeps it in a link: `?lang=en`, `&lang=en`, else empty
        switch                query of this page in the other language

    Args:
        templates: the templates of the function.
        file: name of the template.
        request: the request.
        values: values by name.

    Returns:
        The page and its Content-Security-Policy.

    Raises:
        jinja2.TemplateError: the template is invalid, or a value is missing.
    """
    language, selected = page_language(request.query, request.language)
    environment, policy = _environment(templates, language == ENGLISH)

    def say(french: str, english: str) -> str:
        return pick((french, english), language)

    page = environment.get_template(file).render(
        values,
        say=say,
        root="../" * (request.path.count("/") - 1) or "./",
        lang=language if selected else "",
        only=f"?lang={language}" if selected else "",
        more=f"&lang={language}" if selected else "",
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
