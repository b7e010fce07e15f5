"""Renders a model card: the template of a model, with its figures as French numbers and tables."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from string import Template

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|!~&$])")
"""Characters that Markdown reads as marks."""


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


def number(value: float, digits: int = 3) -> str:
    """A number of any scale, to so many significant digits: `12\u202f345`, `0,0123`; powers of ten beyond.

    Whole digits are never dropped: 12345.6 gives `12\u202f346`.
    """
    if not math.isfinite(value):
        return "—"
    size = abs(value)
    if value and not 1e-4 <= size < 1e12:
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa} × 10^{int(power)}".replace(".", ",").replace("-", "−")
    decimals = max(0, digits - 1 - (math.floor(math.log10(size)) if size else 0))
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(",", "\u202f").replace(".", ",").replace("-", "−")


def plain(text: object) -> str:
    """A name or a value of a user's table, so that Markdown shows it as it is, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(str(text).split()))


def interval(ends: tuple[float, float], write: Callable[[float], str] = decimal) -> str:
    """A confidence interval in French: `0,953 à 1,000`."""
    return f"{write(ends[0])} à {write(ends[1])}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows))
