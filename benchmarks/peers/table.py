"""The Markdown of a race: table, method, and ways in which it could be unfair. English only, like the document."""

import math
from pathlib import Path
from string import Template

from benchmarks.figures import BY_KEY, Figures, ratio
from benchmarks.peers.record import Entry, Race
from shared.terminal import say

MARKERS = ("<!-- peers:begin -->", "<!-- peers:end -->")
KEYS = ("first", "p50", "rate16", "p99", "rate80", "rows", "pss")
BOLD = "predict_species"
"""Server in bold type."""

_PART = Path(__file__).with_name("part.md")


def replace_part(text: str, markers: tuple[str, str], part: str) -> str:
    """The text with another part between two markers.

    Args:
        text: with both markers.
        markers: beginning and end; they stay.
        part: replaces the text between them.

    Raises:
        ValueError: the markers do not occur once each, in this order.
    """
    begin, end = markers
    before, opened, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not opened or not closed or begin in rest or end in after:
        message = (
            "attendu : {begin} et {end}, une fois chacun, dans cet ordre",
            "expected: {begin} and {end}, once each, in this order",
        )
        raise ValueError(say(message, begin=begin, end=end))
    return f"{before}{begin}\n{part}{end}{after}"


def document(race: Race, plot: str) -> str:
    """The part of the document about a race. `plot`: relative path of the image."""
    missing = "\n".join(f"Not run: {name}, because {reason}." for name, reason in race.missing.items())
    text = Template(_PART.read_text(encoding="utf-8")).substitute(
        date=race.date,
        machine=race.machine,
        versions=race.versions,
        count=race.count,
        requests=f"{race.requests:,}",
        plot=plot,
        table=table(race.entries),
        missing=missing,
        made="\n".join(_command(entry) for entry in race.entries),
    )
    return text if missing else text.replace("\n\n\n\n", "\n\n")


def table(entries: list[Entry]) -> str:
    """The medians, most responses per second first."""
    ordered = sorted(entries, key=_rate, reverse=True)
    baseline = next((entry.figures for entry in entries if entry.name == "hello"), {})
    headings = ["tool", *(BY_KEY[key].heading[1] for key in KEYS)]
    lines = [_line(headings), _line(["---", *("---:" for _ in KEYS)])]
    return "\n".join([*lines, *(_row(entry, baseline) for entry in ordered)])


def _rate(entry: Entry) -> float:
    rate = entry.figures.get("rate16", math.nan)
    return -1.0 if math.isnan(rate) else rate


def _row(entry: Entry, baseline: Figures) -> str:
    title = f"**{entry.title}**" if entry.name == BOLD else entry.title
    return _line([title, *(_cell(key, entry.figures, baseline) for key in KEYS)])


def _cell(key: str, figures: Figures, baseline: Figures) -> str:
    text = BY_KEY[key].text(figures.get(key))[1]
    same = figures == baseline or key not in figures
    compared = "" if same else ratio(BY_KEY[key], figures[key], baseline.get(key))[1]
    return f"{text} ({compared})" if compared else text


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _command(entry: Entry) -> str:
    about = f" ({entry.about}; Python {entry.python})" if entry.python else ""
    return f"- {entry.title}{about}: `{entry.command}`"
