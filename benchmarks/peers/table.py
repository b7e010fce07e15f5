"""A race as a part of a page: the table, how it was made, and the ways in which it could be unfair."""

import math
from pathlib import Path
from string import Template

from benchmarks.figures import BY_KEY, Figures, ratio
from benchmarks.peers.record import Entry, Record

MARKS = ("<!-- peers:begin -->", "<!-- peers:end -->")
KEYS = ("first", "p50", "rate16", "p99", "rate80", "rows", "pss")
BOLD = "predict_species"
_PART = Path(__file__).with_name("part.md")


def between(text: str, marks: tuple[str, str], part: str) -> str:
    """The text with another part between two marks, which stay.

    Raises:
        ValueError: the marks are not there once each, in this order.
    """
    begin, end = marks
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed or begin in rest or end in after:
        raise ValueError(f"expected: {begin} and {end}, once each, in this order")
    return f"{before}{begin}\n{part}{end}{after}"


def document(record: Record, plot: str) -> str:
    """The part of the page. `plot`: the image's address from there."""
    missing = "\n".join(f"Not run: {name}, because {reason}." for name, reason in record.missing.items())
    text = Template(_PART.read_text(encoding="utf-8")).substitute(
        date=record.date,
        machine=record.machine,
        versions=record.versions,
        count=record.count,
        requests=f"{record.requests:,}",
        plot=plot,
        table=table(record.entries),
        missing=missing,
        made="\n".join(_made(entry) for entry in record.entries),
    )
    return text if missing else text.replace("\n\n\n\n", "\n\n")


def table(entries: list[Entry]) -> str:
    """The medians, the most answers a second first."""
    ordered = sorted(entries, key=_rate, reverse=True)
    floor = next((one.figures for one in entries if one.name == "hello"), {})
    heads = ["tool", *(BY_KEY[key].heading for key in KEYS)]
    lines = [_line(heads), _line(["---", *("---:" for _ in KEYS)])]
    return "\n".join([*lines, *(_row(one, floor) for one in ordered)])


def _rate(entry: Entry) -> float:
    rate = entry.figures.get("rate16", math.nan)
    return -1.0 if math.isnan(rate) else rate


def _row(entry: Entry, floor: Figures) -> str:
    title = f"**{entry.title}**" if entry.name == BOLD else entry.title
    own = entry.figures
    return _line([title, *(_cell(key, own, floor) for key in KEYS)])


def _cell(key: str, own: Figures, floor: Figures) -> str:
    text = BY_KEY[key].text(own.get(key))
    compared = "" if own == floor or key not in own else ratio(BY_KEY[key], own[key], floor.get(key))
    return f"{text} ({compared})" if compared else text


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _made(entry: Entry) -> str:
    about = f" ({entry.about}; Python {entry.python})" if entry.python else ""
    return f"- {entry.title}{about}: `{entry.command}`"
