"""Jinja templates of a function's folder: pages that need no script, every value escaped, under a strict policy."""

import base64
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path

import jinja2
from markupsafe import Markup

from shared.http import Answer, Call
from shared.i18n import pick

STYLE = "page.css"
"""The one stylesheet of a function's templates: `{{ style }}` between `<style>` and `</style>`."""

_POLICY = (
    "default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def render(folder: Path, file: str, call: Call, values: Mapping[str, object]) -> Answer:
    """A template, filled.

    Beside `values` it has `language` (`fr` or `en`), `say(french, english)` and `root`, the relative address of `/`,
    which holds below a prefix too.

    Args:
        folder: where templates and stylesheet are.
        file: the template.
        call: the request that it answers.
        values: what it shows.

    Raises:
        jinja2.TemplateError: the template is wrong, or wants a value that is not there.
    """
    environment, policy = _open(folder)
    root = "../" * (call.path.count("/") - 1) or "./"

    def say(french: str, english: str) -> str:
        return pick((french, english), call.language)

    page = environment.get_template(file).render(values, language=call.language, root=root, say=say)
    return Answer(page.encode(), "text/html; charset=utf-8", headers=(("Content-Security-Policy", policy),))


@functools.cache
def _open(folder: Path) -> tuple[jinja2.Environment, str]:
    style = (folder / STYLE).read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        auto_reload=False,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals["style"] = Markup(style)  # noqa: S704  # our own file
    return environment, _POLICY.format(digest=digest)
