"""A column of free text as counts of words."""

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer


class TextWords(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A TfidfVectorizer of one column that reads null as an empty text.

    Args:
        analyzer: `word` or `char_wb`, as in TfidfVectorizer.
        shortest: fewest words or characters of an n-gram.
        longest: most of them.
        rarest: fewest texts that an n-gram is in.
        words: size of the vocabulary at most.

    Attributes:
        vectorizer_: the fitted vectorizer.
    """

    def __init__(
        self, analyzer: str = "word", shortest: int = 1, longest: int = 2, rarest: int = 2, words: int = 5000
    ) -> None:
        self.analyzer = analyzer
        self.shortest = shortest
        self.longest = longest
        self.rarest = rarest
        self.words = words

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: ARG002, N803
        """Learn the vocabulary of `X`, a column (rows,) of texts, None or NaN for null."""
        self.vectorizer_ = TfidfVectorizer(
            analyzer=self.analyzer,
            ngram_range=(self.shortest, self.longest),
            min_df=self.rarest,
            max_features=self.words,
            sublinear_tf=True,
        ).fit(_filled(X))
        return self

    def transform(self, X: Any) -> Any:  # noqa: N803
        """The weight of each n-gram in each text: sparse (rows, n-grams)."""
        return self.vectorizer_.transform(_filled(X))

    def get_feature_names_out(self, input_features: Iterable[str] | None = None) -> NDArray[Any]:  # noqa: ARG002
        """The n-grams."""
        return np.asarray(self.vectorizer_.get_feature_names_out())


def _filled(column: Any) -> list[str]:
    return [text if isinstance(text, str) else "" for text in pd.Series(column).astype(object)]
