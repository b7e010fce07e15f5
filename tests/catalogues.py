"""Makes catalogues: a dirty one like those found in public, and one of any size. Deterministic."""

import random
from collections import Counter
from typing import Any

Record = Any
TITLES = (
    "L'Étranger", "Œuvres", "Les Misérables", "L’Île mystérieuse", "Le Père Goriot", "Straße der Dichter", "À rebours",
    "Cœur simple", "Ænéide", "Мёртвые души", "Aujourdʼhui", "J’accuse…!", "Bel-Ami", "L'ÉDUCATION SENTIMENTALE",
)  # fmt: skip
AUTHORS = ("Émile Zola", "George Sand", "Jules Verne", "Colette", "Honoré de Balzac", "Louise Labé", "Н. В. Гоголь")
SUBJECTS = ("Roman", "Poésie", "Théâtre", "Histoire", "Voyages", "Sciences")


def dirty(seed: int = 8) -> tuple[list[Record], Counter[str], Counter[str]]:
    """400 records in random order: books exported by MongoDB and by a library program, and invalid records.

    Returns:
        The records; the number of skipped records by reason; the number of unusable or generated values by field.
    """
    chance = random.Random(seed)  # noqa: S311
    skipped: Counter[str] = Counter()
    mended: Counter[str] = Counter()
    records: list[Record] = [_mongo(number) for number in range(150)]
    records += [_french(number) for number in range(150)]
    without_ids: list[Record] = [{"title": f"Sans numéro {number}", "authors": ["Colette"]} for number in range(20)]
    mended["id"] += len(without_ids)
    without_years = [{"_id": f"y{number}", "titre": f"Sans date {number}", "annee": "inconnue"} for number in range(15)]
    mended["year"] += len(without_years)
    wrong_types = [{"_id": f"t{number}", "title": number + 1000, "author": True} for number in range(10)]
    mended["author"] += len(wrong_types)
    copies = [dict(record) for record in records[:25]]
    copies_with_new_ids = [
        {**record, "_id": {"$oid": f"{number:024x}"}} for number, record in enumerate(records[30:40])
    ]
    skipped["duplicate"] += len(copies) + len(copies_with_new_ids)
    untitled: list[Record] = [
        {"_id": f"u{number}", "title": title} for number, title in enumerate(["", "  ", None, "", "\u200b"])
    ]
    untitled += [{"_id": f"v{number}", "authors": ["Colette"], "isbn": "1933988673"} for number in range(5)]
    skipped["no_title"] += 9
    skipped["wrong_title"] += 1  # invisible characters only
    not_objects: list[Record] = [None, 12, "Les Misérables", ["Germinal"], True]
    skipped["not_an_object"] += len(not_objects)
    bad_titles = [
        {"_id": f"w{number}", "title": title} for number, title in enumerate([True, {}, {"a": 1}, "x" * 1001, [{}]])
    ]
    skipped["wrong_title"] += len(bad_titles)
    records += [
        *without_ids,
        *without_years,
        *wrong_types,
        *copies,
        *copies_with_new_ids,
        *untitled,
        *not_objects,
        *bad_titles,
    ]
    chance.shuffle(records)
    return records, skipped, mended


def _mongo(number: int) -> Record:
    """A record in the format of `mongoexport`: extended JSON, canonical or relaxed."""
    identifiers = (number, {"$oid": f"5f{number:022x}"}, {"$numberInt": str(number)}, {"$numberLong": str(number)})
    dates = ({"$date": f"{1800 + number}-04-01T00:00:00.000-0700"}, {"$date": {"$numberLong": str(-number * 10**12)}})
    return {
        "_id": identifiers[number % 4],
        "title": f"{TITLES[number % len(TITLES)]}, tome {number}",
        "isbn": f"{number:010}",
        "pageCount": {"$numberInt": "320"},
        "publishedDate": dates[number % 2] if number < 60 else dates[0],
        "authors": [AUTHORS[number % len(AUTHORS)], "", AUTHORS[(number + 1) % len(AUTHORS)]],
        "categories": [SUBJECTS[number % len(SUBJECTS)]],
        "status": "PUBLISH",
    }


def _french(number: int) -> Record:
    """A record in a library program's format: other field names, every value a string."""
    years = (str(1700 + number), f"DL {1700 + number}", f"[{1700 + number}]", 1700 + number, 1700.0 + number)
    return {
        "Identifiant": f"FR-{number}",
        "Titre": f"  {TITLES[number % len(TITLES)].upper()}\u00a0:   récit {number} ",
        "Auteur(s)": "; ".join(AUTHORS[: 1 + number % 3]),
        "Année de publication": years[number % 5],
        "Langue": "fr",
        "Sujet": SUBJECTS[number % len(SUBJECTS)],
    }


def large(count: int, seed: int = 8) -> list[Record]:
    """Books whose words are distributed as in real titles: a few in many books, most in few."""
    chance = random.Random(seed)  # noqa: S311
    letters = "aabcdeeéefghiijklmnooœpqrrsstttuvz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 10))) for _ in range(20_000)]
    weights = [1 / (rank + 5) for rank in range(len(words))]
    drawn = iter(chance.choices(words, weights, k=count * 8))
    return [
        {
            "_id": number,
            "title": " ".join(next(drawn) for _ in range(5)).capitalize(),
            "authors": [f"{next(drawn)} {next(drawn)}".title()],
            "year": 1500 + number % 500,
            "language": "fr",
            "categories": [next(drawn)],
        }
        for number in range(count)
    ]
