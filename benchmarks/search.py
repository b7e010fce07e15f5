"""`python -m benchmarks.search`: latencies of searches in a large catalogue."""

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
from benchmarks.figures import number
from benchmarks.server import ROOT, Target, framework, proportional_memory, started
from shared.errors import Text
from shared.terminal import localize, say
from tests.catalogues import large


def queries(books: list[dict[str, Any]]) -> dict[Text, str]:
    """Paths by description: words of few books, of many, and of none."""
    title, author = books[len(books) // 2]["title"], books[len(books) // 3]["authors"][0]
    counts = Counter(word for book in books for word in set(book["title"].lower().split())).most_common()
    rare, common = (next(word for word, count in counts if count * share < len(books)) for share in (1000, 50))
    return {
        ("un titre", "a title"): f"/api/books?titre={quote(title)}",
        ("une partie de titre", "a part of a title"): f"/api/books?titre={quote(title[3:-3])}",
        ("un auteur", "an author"): f"/api/books?q={quote(author)}",
        ("un mot d'un titre sur 1 000", "a word of one title in 1,000"): f"/api/books?q={quote(rare)}",
        ("un mot d'un titre sur 50", "a word of one title in 50"): f"/api/books?q={quote(common)}",
        ("les deux mots", "both words"): f"/api/books?q={quote(f'{rare} {common}')}",
        ("le mot de la plupart des titres", "the word of most titles"): f"/api/books?q={quote(counts[0][0])}",
        ("une année", "a year"): "/api/books?q=1862",
        ("un titre absent", "a title that is not there"): "/api/books?titre=zzzz",
        ("une lettre", "one letter"): "/api/books?q=e",
        ("rien : la première page", "nothing: the first page"): "/api/books",
        ("un mot, la page HTML", "a word, the HTML page"): f"/recherche?q={quote(rare)}",
    }


HELP = (
    "Servir un catalogue produit par tests/catalogues.py sur un processeur, et mesurer des recherches.",
    "Serve a catalogue made by tests/catalogues.py on one processor, and measure searches.",
)
COUNT = ("Livres du catalogue.", "Books in the catalogue.")
REQUESTS = ("Requêtes pour chaque recherche.", "Requests for each search.")


@click.command(help=say(HELP))
@click.option("--count", default=100_000, show_default=True, help=say(COUNT))
@click.option("--requests", default=100, show_default=True, help=say(REQUESTS))
def main(count: int, requests: int) -> None:
    """Measure, and print a table."""
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
            times = {query: latencies(server.port, _get(path), requests) for query, path in queries(books).items()}
            text = (
                "{count} livres, {size:.1f} Mo ; première réponse après {start:.1f} s, PSS {memory:.0f} Mo",
                "{count} books, {size:.1f} MB; first answer after {start:.1f} s, PSS {memory:.0f} MB",
            )
            memory = proportional_memory(server.pid)
            show(say(text, count=count, size=size / 1e6, start=server.first_answer, memory=memory), times)


def show(title: str, times: dict[Text, list[float]]) -> None:
    """Print median and largest latency of each query and of all of them, in milliseconds."""
    table = Table(title=title)
    table.add_column(say(("recherche", "query")))
    for column in (("médiane, ms", "median, ms"), ("maximum, ms", "slowest, ms")):
        table.add_column(say(column), justify="right")
    everything = [latency for values in times.values() for latency in values]
    for query, values in {**times, ("toutes", "all of them"): everything}.items():
        table.add_row(say(query), *(say(number(1000 * value, 1)) for value in (statistics.median(values), max(values))))
    Console().print(table)


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


if __name__ == "__main__":
    localize()
    main()
