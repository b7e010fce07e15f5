"""Small tables for the recipe, and the feeds of a converted one."""

from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from shared.model.tabular.dates import date_parts
from training.new.conversion.converter import Converted

WORDS = ("rouge", "vert", "bleu", "grand", "petit", "vieux", "neuf", "rond")


def mixed_table(rows: int = 240) -> pd.DataFrame:
    """A column of each kind, with nulls, and the targets `sold` (two classes) and `price` (positive, skewed)."""
    random = np.random.default_rng(0)
    size, rooms = random.gamma(2, 30, rows), random.integers(1, 6, rows)
    colour = random.choice(["red", "green", "blue"], rows).astype(object)
    words = [" ".join(random.choice(WORDS, 5)) for _ in range(rows)]
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 700, rows), unit="D")
    score = size / 40 + rooms - 2 * (colour == "red") + np.array(["grand" in text for text in words])
    frame = pd.DataFrame(
        {
            "size": np.where(random.random(rows) < 0.1, np.nan, size),
            "rooms": rooms,
            "garden": random.random(rows) < 0.5,
            "colour": np.where(random.random(rows) < 0.1, None, colour),
            "street": [f"street {at}" if at % 7 else None for at in random.integers(0, 80, rows)],
            "day": [None if at % 9 == 0 else day.strftime("%Y-%m-%d") for at, day in enumerate(days)],
            "advert": [None if at % 11 == 0 else text for at, text in enumerate(words)],
            "sold": np.where(score + random.normal(size=rows) > np.median(score), "yes", "no"),
            "price": np.exp(score / 2 + random.normal(size=rows) / 4),
        }
    )
    return frame.astype(dict.fromkeys(("colour", "street", "day", "advert", "sold"), "str"))


def answers_of(converted: Converted, table: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """The outputs of the graph for the rows of a table."""
    session = onnxruntime.InferenceSession(converted.model.SerializeToString())
    outputs = [output.name for output in session.get_outputs()]
    return dict(zip(outputs, session.run(None, _feeds(converted, table)), strict=True))


def _feeds(converted: Converted, table: pd.DataFrame) -> dict[str, NDArray[Any]]:
    feeds: dict[str, NDArray[Any]] = {}
    for feed in converted.feeds:
        column = table[feed.column]
        if feed.form == "number":
            feeds[feed.input] = column.to_numpy(dtype=np.float64)[:, None]
            continue
        texts = ["" if pd.isna(text) else str(text) for text in column.astype(object)]
        if feed.form == "date":
            feeds[feed.input] = date_parts([text or None for text in texts])
        elif feed.form == "counts":
            vectorizer = converted.vectorizers[feed.vectorizer]
            feeds[feed.input] = CountVectorizer.transform(vectorizer, texts).toarray().astype(np.float64)
        else:
            feeds[feed.input] = np.array(texts, dtype=object)[:, None]
    return feeds
