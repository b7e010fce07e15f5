"""Renders a model card: the template of a model, with its figures as French numbers and tables."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from string import Template


def render(template: Path, figures: dict[str, str]) -> str:
    """Replace each `$name` of a template.

    Raises:
        KeyError: the template names a missing figure.
    """
    return Template(template.read_text(encoding="utf-8")).substitute(figures)


def percent(share: float, decimals: int = 1) -> str:
    """A share in [0, 1] as a French percentage: `5,1 %` for 0.0512."""
    return f"{decimal(100 * share, decimals)}\u00a0%"


def decimal(value: float, decimals: int = 3) -> str:
    """A number with a decimal comma."""
    return f"{value:.{decimals}f}".replace(".", ",")


def interval(ends: tuple[float, float], write: Callable[[float], str] = decimal) -> str:
    """A confidence interval in French: `0,953 à 1,000`."""
    return f"{write(ends[0])} à {write(ends[1])}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows))
