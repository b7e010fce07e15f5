"""The command line speaks the language of the environment."""

import pytest

from shared.terminal import language, say

TEXT = ("{count} lignes", "{count} rows")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr"}, "fr"),
        ({"LANG": "fr.UTF-8"}, "fr"),
        ({"LANG": "fry_NL.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "fr_CA"}, "fr"),
        ({"LANG": "fr_FR", "LC_ALL": "C"}, "en"),
        ({"LANG": "fr_FR", "LC_ALL": ""}, "fr"),
        ({"LANG": "en_GB", "LC_MESSAGES": "fr_BE.UTF-8"}, "fr"),
    ],
)
def test_the_first_non_empty_variable_sets_the_language(environ: dict[str, str], expected: str) -> None:
    assert language(environ) == expected


@pytest.mark.parametrize(("locale", "expected"), [("fr_FR.UTF-8", "3 lignes"), ("en_GB.UTF-8", "3 rows")])
def test_a_message_is_in_the_language_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, locale: str, expected: str
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert say(TEXT, count=3) == expected
    assert say(("oui", "yes")) == ("oui" if locale.startswith("fr") else "yes")
