"""The language of the command line: French if the environment asks for it, else English. Standard library only."""

import gettext
import os
from collections.abc import Mapping
from pathlib import Path

from shared.errors import Text
from shared.i18n import ENGLISH, FRENCH

DOMAIN = "augure"
"""Name of the gettext catalogue with the French of argparse and click."""

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""In order of precedence (POSIX, Base Definitions, 8.2)."""


def language(environ: Mapping[str, str] = os.environ) -> str:
    """`fr` or `en`, from the first of LC_ALL, LC_MESSAGES and LANG that is not empty."""
    locale = next((value for name in _VARIABLES if (value := environ.get(name))), "")
    return FRENCH if locale.lower().partition("_")[0].partition(".")[0] == FRENCH else ENGLISH


def say(text: Text, **values: object) -> str:
    """The sentence of a pair that this terminal reads, with `values` in the places of its names."""
    sentence = text[0] if language() == FRENCH else text[1]
    return sentence.format(**values) if values else sentence


def localize() -> None:
    """Make argparse and click speak the language of the terminal. Called first by the main function of a command.

    Both get their sentences from `gettext`. A package without `shared/locale` keeps their English.
    """
    gettext.bindtextdomain(DOMAIN, str(Path(__file__).with_name("locale")))
    gettext.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = language()  # gettext reads it before LC_ALL
