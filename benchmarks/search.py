"""`python -m benchmarks.search`: the catalogue's answers over many books, each kind of question asked many times."""

import json
import os
import statistics
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
from rich.console import Console
from rich.table import Table

from benchmarks.client import latencies
from benchmarks.server import ROOT, Target, framework, proportional_memory, started
from tests.catalogues import large


def questions(books: list[dict[str, Any]]) -> dict[str, str]:
    """Addresses by what they ask for: words that few books have, that many have, and that none has."""
    title, author = books[len(books) // 2]["title"], books[len(books) // 3]["authors"][0]
    counts = Counter(word for book in books for word in set(book["title"].lower().split())).most_common()
    rare, usual = (next(word for word, count in counts if count * share < len(books)) for share in (1000, 50))
    return {
        "a title": f"/api/books?titre={quote(title)}",
        "a part of a title": f"/api/books?titre={quote(title[3:-3])}",
        "an author": f"/api/books?q={quote(author)}",
        "a word of one title in 1,000": f"/api/books?q={quote(rare)}",
        "a word of one title in 50": f"/api/books?q={quote(usual)}",
        "both words": f"/api/books?q={quote(f'{rare} {usual}')}",
        "the word of most titles": f"/api/books?q={quote(counts[0][0])}",
        "a year": "/api/books?q=1862",
        "a title that is not there": "/api/books?titre=zzzz",
        "one letter": "/api/books?q=e",
        "nothing: the first page": "/api/books",
        "a word, the page for people": f"/recherche?q={quote(rare)}",
    }


@click.command()
@click.option("--count", default=100_000, show_default=True, help="Books in the catalogue.")
@click.option("--requests", default=100, show_default=True, help="How often each question is asked.")
def main(count: int, requests: int) -> None:
    """Serve a catalogue made by `tests/catalogues.py` on one processor, and ask it."""
    books = large(count)
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "books.json").write_text(json.dumps(books, ensure_ascii=False), encoding="utf-8")
        size = (folder / "books.json").stat().st_size
        command = framework("books", ROOT / "functions/books/main.py")
        target = Target("books", command, _get("/hello"), b"hello DC", {"BOOKS_URI": "books.json"})
        with started(target, cores[0], folder) as server:
            os.sched_setaffinity(0, {cores[-1]})
            taken = {what: latencies(server.port, _get(path), requests) for what, path in questions(books).items()}
            show(count, size, server.first_answer, proportional_memory(server.pid), taken)


def show(count: int, size: int, start: float, memory: float, taken: dict[str, list[float]]) -> None:
    """Print the medians in milliseconds, and the median of all answers."""
    table = Table(title=f"{count} books, {size / 1e6:.1f} MB; first answer after {start:.1f} s, PSS {memory:.0f} MB")
    for column in ("asked", "median, ms", "slowest, ms"):
        table.add_column(column, justify="left" if column == "asked" else "right")
    together = [one for times in taken.values() for one in times]
    for what, times in {**taken, "all of them": together}.items():
        table.add_row(what, f"{1000 * statistics.median(times):.1f}", f"{1000 * max(times):.1f}")
    Console().print(table)


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


if __name__ == "__main__":
    main()
