"""Errors that end a command with one sentence."""

import click

from shared.errors import Text
from shared.i18n import fill
from shared.terminal import say


class CommandError(click.ClickException):
    """An error that is printed without a traceback, in the language of the terminal; exits 1.

    Attributes:
        detail: the sentence, French then English.
    """

    def __init__(self, text: Text, **values: object) -> None:
        """Make the error.

        Args:
            text: French, then English; with `values`, templates.
            values: by name; a value that is a pair of texts gives each half its own.
        """
        self.detail = fill(text, **values) if values else text
        super().__init__(say(self.detail))
