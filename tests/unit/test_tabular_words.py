"""Word counters count as scikit-learn's vectorizers do, on every kind of text."""

from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.utils.murmurhash import murmurhash3_32

from shared.model.tabular.words import WordCounter, murmurhash3
from training.new.conversion.refusal import Refusal
from training.new.vectorizers import describe

TEXTS = (
    "Le café est très bon, le THÉ aussi !",
    "",
    " \t\n ",
    "a",
    "naïve cafe\u0301 e\u0301te\u0301",
    "Straße GROẞE İstanbul ıI ŉ",
    "ﬁn ﬂot ½ ² Ⅷ ㎏ ｆｕｌｌ",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 ok\u200bok zero\u00a0width\ufeff",
    "日本語 テキスト です。 العربية हिन्दी",
    "tab\tand  two   spaces\r\nline",
    "the the The cat's x_y 12 3.14 a-b",
    "\u0130\u0307 \u01c5 \u1e9e",
    "l'été d'hier ; «guillemets» …",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 null\x00byte",
)

VECTORIZERS: list[Any] = [
    CountVectorizer(),
    CountVectorizer(lowercase=False, binary=True),
    CountVectorizer(ngram_range=(1, 3), stop_words=["le", "the"], strip_accents="unicode"),
    CountVectorizer(ngram_range=(2, 2), token_pattern=r"(?u)\b\w+\b", strip_accents="ascii"),  # noqa: S106  # a pattern
    CountVectorizer(token_pattern=r"(\w)\w*"),  # noqa: S106  # a pattern
    CountVectorizer(max_features=7),
    CountVectorizer(analyzer="char"),
    CountVectorizer(analyzer="char", ngram_range=(2, 4), strip_accents="unicode"),
    CountVectorizer(analyzer="char_wb", ngram_range=(1, 5)),
    CountVectorizer(analyzer="char_wb", ngram_range=(3, 6), lowercase=False),
    CountVectorizer(vocabulary=["bon", "café"]),
    CountVectorizer(stop_words="english", analyzer="word"),
    HashingVectorizer(n_features=16, norm=None),
    HashingVectorizer(n_features=1000, norm=None, alternate_sign=False, ngram_range=(1, 2)),
    HashingVectorizer(n_features=7, norm=None, binary=True, analyzer="char_wb", ngram_range=(2, 3)),
]


@pytest.mark.parametrize("vectorizer", VECTORIZERS, ids=lambda vectorizer: str(vectorizer)[:60])
def test_counts_equal_those_of_the_vectorizer(vectorizer: Any) -> None:
    fitted = vectorizer.fit(TEXTS)
    counter = describe(fitted)
    stored = msgspec.json.decode(msgspec.json.encode(counter), type=WordCounter)
    expected = fitted.transform(TEXTS).toarray()
    assert np.array_equal(counter.counts(TEXTS), expected)
    assert np.array_equal(stored.counts(TEXTS), expected)
    assert expected.any()


def test_a_tfidf_vectorizer_is_described_by_its_counts() -> None:
    fitted = TfidfVectorizer(sublinear_tf=True).fit(TEXTS)
    expected = CountVectorizer().fit_transform(TEXTS).toarray()
    assert np.array_equal(describe(fitted).counts(TEXTS), expected)


def test_hashes_are_those_of_scikit_learn() -> None:
    for text in (*TEXTS, *(f"w{at}" for at in range(2000))):
        assert murmurhash3(text) == murmurhash3_32(text, seed=0)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"tokenizer": str.split}, "tokenizer"),
        ({"preprocessor": str.strip}, "preprocessor"),
        ({"analyzer": str.split}, "analyzer"),
        ({"strip_accents": str.upper}, "strip_accents"),
        ({"input": "filename"}, "filename"),
    ],
)
def test_functions_of_the_user_and_files_are_refused(parameters: dict[str, Any], named: str) -> None:
    with pytest.raises(Refusal, match=named):
        describe(CountVectorizer(**parameters))
