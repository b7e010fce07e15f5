"""The words and numbers of a model card: a template per model, figures put in."""

from pathlib import Path
from string import Template


def render(template: Path, figures: dict[str, str]) -> str:
    """The text of a card: each `$name` of the template replaced.

    Raises:
        KeyError: the template names a figure that was not given.
    """
    return Template(template.read_text(encoding="utf-8")).substitute(figures)


def percent(share: float, decimals: int = 1) -> str:
    """A share in [0, 1], as French writes it: `0.0512` is `5,1 %`."""
    return f"{decimal(100 * share, decimals)}\u00a0%"


def decimal(value: float, decimals: int = 3) -> str:
    """A number with a decimal comma."""
    return f"{value:.{decimals}f}".replace(".", ",")
