"""The library's catalogue. Target `books`; `shared/` is two folders up, or beside this file once packaged."""

import sys
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent.parent))

from shared.api import api
from shared.settings import Settings
from shared.web.routes import RouteFactory, json_data, json_query, template, text

from . import answers, pages, schema, source


def factories(settings: Settings) -> list[RouteFactory]:
    """The routes over the catalogue that the settings name."""
    shelf = source.load(settings, HERE / "books.json")
    find = shelf.catalogue
    return [
        template("/", "home.html", schema.Home, partial(pages.home, find), ("Accueil", "Welcome")),
        template("/recherche", "search.html", schema.Search, partial(pages.search, find), ("Rechercher", "Search")),
        text("/hello", "hello DC", ("Saluer", "Greet")),
        template("/hello/<path:name>", "hello.html", schema.Hello, pages.hello, ("Saluer quelqu'un", "Greet somebody")),
        json_query(
            "/api/books", schema.Books, partial(answers.books, find), ("Les livres", "The books"), schema.Listing
        ),
        json_query(
            "/api/books/<path:id>", schema.ById, partial(answers.book, find), ("Un livre", "One book"), schema.Book
        ),
        json_query(
            "/api/books/titre/<path:titre>",
            schema.ByTitle,
            partial(answers.by_title, find),
            ("Les livres d'un titre", "The books of a title"),
            schema.Listing,
        ),
        json_data("/health/ready", shelf.state, ("Le catalogue est prêt", "The catalogue is ready")),
    ]


books = api("books", ("Catalogue de la bibliothèque", "The library's catalogue"), HERE, factories)
