"""The library's catalogue. Target `books`; `shared/` is two folders up, or beside this file once packaged."""

import sys
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent.parent))

from shared.api import api
from shared.settings import Settings
from shared.web.routes import RouteFactory, json_data, json_query, template, text

from . import json_api, pages, schema, source


def factories(settings: Settings) -> list[RouteFactory]:
    """The routes of the function, over the catalogue that `settings` select."""
    loaded = source.load(settings, HERE / "books.json")
    catalogue = loaded.catalogue
    return [
        template("/", "home.html", schema.HomeParameters, partial(pages.home, catalogue), ("Accueil", "Welcome")),
        template(
            "/recherche",
            "search.html",
            schema.SearchParameters,
            partial(pages.search, catalogue),
            ("Rechercher", "Search"),
        ),
        text("/hello", "hello DC", ("Saluer", "Greet")),
        template(
            "/hello/<path:name>",
            "hello.html",
            schema.HelloParameters,
            pages.hello,
            ("Saluer quelqu'un", "Greet somebody"),
        ),
        json_query(
            "/api/books",
            schema.ListParameters,
            partial(json_api.list_books, catalogue),
            ("Les livres", "The books"),
            schema.Listing,
        ),
        json_query(
            "/api/books/<path:id>",
            schema.BookParameters,
            partial(json_api.get_book, catalogue),
            ("Un livre", "One book"),
            schema.Book,
        ),
        json_query(
            "/api/books/titre/<path:titre>",
            schema.TitleParameters,
            partial(json_api.list_by_title, catalogue),
            ("Les livres d'un titre", "The books of a title"),
            schema.Listing,
        ),
        json_data("/health/ready", loaded.readiness, ("Le catalogue est prêt", "The catalogue is ready")),
    ]


books = api("books", ("Catalogue de la bibliothèque", "The library's catalogue"), HERE, factories)
