"""Describes a fitted vectorizer of scikit-learn as the plain values that the server counts words with."""

from typing import Any

from shared.model.tabular.words import WordCounter
from training.new.conversion.refusal import Refusal

OWN_FUNCTION = (
    (
        "{name} appelle une fonction à vous ({parameter}) : un paquet ne contient que des données, jamais de code. "
        "Préparez le texte dans le tableau, ou gardez le {parameter} de scikit-learn, puis réentraînez."
    ),
    (
        "{name} calls a function of your own ({parameter}): a bundle holds only data, never code. Prepare the text in "
        "the table, or keep scikit-learn's {parameter}, then train again."
    ),
)
FILES = (
    "{name} lit des fichiers (input='{value}') : donnez-lui le texte lui-même, input='content', et réentraînez.",
    "{name} reads files (input='{value}'): give it the text itself, input='content', and train again.",
)


def describe(fitted: Any) -> WordCounter:
    """The word counter of a fitted CountVectorizer, TfidfVectorizer or HashingVectorizer: the counts before weights.

    Raises:
        Refusal: it calls a function of its user, or reads files.
    """
    name = type(fitted).__name__
    for parameter in ("analyzer", "preprocessor", "tokenizer", "strip_accents"):
        if callable(getattr(fitted, parameter)):
            raise Refusal(OWN_FUNCTION, name=name, parameter=parameter)
    if fitted.input != "content":
        raise Refusal(FILES, name=name, value=fitted.input)
    hashing = name == "HashingVectorizer"
    vocabulary = {} if hashing else {str(word): int(column) for word, column in fitted.vocabulary_.items()}
    return WordCounter(
        analyzer=fitted.analyzer,
        ngram_range=tuple(fitted.ngram_range),
        token_pattern=fitted.token_pattern or "",
        lowercase=bool(fitted.lowercase),
        strip_accents=fitted.strip_accents or "",
        stop_words=frozenset(fitted.get_stop_words() or ()) if fitted.analyzer == "word" else frozenset(),
        binary=bool(fitted.binary),
        vocabulary=vocabulary,
        width=fitted.n_features if hashing else len(vocabulary),
        hashing=hashing,
        alternate_sign=hashing and bool(fitted.alternate_sign),
    )
