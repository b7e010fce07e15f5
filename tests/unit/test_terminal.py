"""The command line speaks the language of the environment."""

import argparse
import ast
import gettext
import string
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from shared import terminal
from shared.terminal import language, localize, say
from tools.translations import SOURCE, compile_mo, read_po

TEXT = ("{count} lignes", "{count} rows")

PROGRAMMING_ERRORS = {
    "%r is not callable",
    "'required' is an invalid argument for positionals",
    ".__call__() not defined",
    "Arguments take exactly one parameter declaration, got {length}: {decls}.",
    "Boolean option {decl!r} cannot use the same flag for true/false.",
    "Choice({choices})",
    "Could not determine name for option with declarations {decls!r}",
    "Couldn't detect Bash version, shell completion is not supported.",
    "Invalid start character for option ({option})",
    "Name '{name}' defined twice",
    (
        "No options defined but a name was passed ({name}). Did you mean to declare an argument instead? "
        "Did you mean to pass '--{name}'?"
    ),
    "Shell completion is not supported for Bash versions older than 4.4.",
    "Unknown color {colour!r}",
    "Unknown standard stream '{name}'",
    "Windows error: {error}",
    "cannot have multiple subparser arguments",
    "cannot merge actions - two groups are named %r",
    "conflicting option string: %s",
    "conflicting subparser alias: %s",
    "conflicting subparser: %s",
    "dest= is required for options like %r",
    "invalid conflict_resolution value: %r",
    "invalid option string %(option)r: must start with a character %(prefix_chars)r",
    "mutually exclusive arguments must be optional",
    "{editor}: Editing failed",
    "{editor}: Editing failed: {e}",
}
"""Sentences about how a command is written, or about functions of click that the project's commands do not use."""


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
def test_the_first_variable_that_is_set_decides(environ: dict[str, str], expected: str) -> None:
    assert language(environ) == expected


@pytest.mark.parametrize(("locale", "expected"), [("fr_FR.UTF-8", "3 lignes"), ("en_GB.UTF-8", "3 rows")])
def test_a_sentence_is_said_in_that_language(monkeypatch: pytest.MonkeyPatch, locale: str, expected: str) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert say(TEXT, count=3) == expected
    assert say(("oui", "yes")) == ("oui" if locale.startswith("fr") else "yes")


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Restores the environment and gettext's domain after the test."""
    domain = gettext.textdomain()
    monkeypatch.setenv("LANGUAGE", "fr:en")
    yield monkeypatch
    gettext.textdomain(domain)


@pytest.mark.parametrize(
    ("locale", "usage", "error"),
    [
        ("fr_FR.UTF-8", "utilisation : rows [-h] [--count COUNT]", "rows : erreur : argument --count : attendu : "),
        ("en_GB.UTF-8", "usage: rows [-h] [--count COUNT]", "rows: error: argument --count: invalid int value: 'x'"),
    ],
)
def test_argparse_speaks_that_language(
    speak: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], locale: str, usage: str, error: str
) -> None:
    speak.setenv("LC_ALL", locale)
    localize()
    parser = argparse.ArgumentParser("rows")
    parser.add_argument("--count", type=int)
    with pytest.raises(SystemExit):
        parser.parse_args(["--count", "x"])
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == usage
    assert lines[1].startswith(error)


@pytest.mark.parametrize(
    ("locale", "lines"),
    [
        (
            "fr_FR.UTF-8",
            ["Utilisation : rows [OPTIONS]", "Aide : 'rows --help'.", "", "Erreur : Option inconnue : '--x'."],
        ),
        (
            "en_GB.UTF-8",
            ["Usage: rows [OPTIONS]", "Try 'rows --help' for help.", "", "Error: No such option '--x'."],
        ),
    ],
)
def test_click_speaks_that_language(speak: pytest.MonkeyPatch, locale: str, lines: list[str]) -> None:
    speak.setenv("LC_ALL", locale)
    localize()
    assert CliRunner().invoke(click.Command("rows"), ["--x"]).output.splitlines() == lines


def test_without_the_catalogue_they_speak_english(speak: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A package of a function has no `shared/locale`."""
    speak.setenv("LC_ALL", "fr_FR.UTF-8")
    speak.setattr(terminal, "__file__", str(tmp_path / "terminal.py"))
    localize()
    assert "show this help message and exit" in argparse.ArgumentParser("rows").format_help()


def test_the_compiled_catalogue_is_that_of_its_source() -> None:
    """If it is not: `python -m tools.translations`."""
    assert SOURCE.with_suffix(".mo").read_bytes() == compile_mo(read_po(SOURCE.read_text("utf-8")))


def test_every_sentence_of_argparse_and_click_is_translated() -> None:
    folder = Path(click.__file__).parent
    sentences = {
        sentence for file in (Path(argparse.__file__), *folder.glob("*.py")) for sentence in translatable(file)
    }
    translated = {original.partition("\0")[0] for original in read_po(SOURCE.read_text("utf-8"))}
    assert sentences - PROGRAMMING_ERRORS - translated == set()


def test_a_translation_fills_the_same_places() -> None:
    for original, translation in read_po(SOURCE.read_text("utf-8")).items():
        for form in translation.split("\0"):
            assert places(form) <= places(original), form


@pytest.mark.parametrize(
    "text", ['msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"', 'msgid "a"\nmsgstr b', 'msgctxt "a"']
)
def test_a_source_that_is_not_understood_is_not_compiled(text: str) -> None:
    with pytest.raises(ValueError, match="a"):
        read_po(text)


def translatable(file: Path) -> Iterator[str]:
    """The sentences that a module hands to gettext: singular ones."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "ngettext"}:
            sentence = node.args[0]
            if isinstance(sentence, ast.Constant) and isinstance(sentence.value, str):
                yield sentence.value


def places(sentence: str) -> set[str]:
    """The names that a sentence has filled, for either kind of formatting."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name} | {
        word.partition(")")[0] for word in sentence.split("%(")[1:]
    }
