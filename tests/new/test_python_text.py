"""Python source with the names of any columns: the formatter changes nothing, and the linter finds nothing."""

import ast
import subprocess
import sys

import pytest

from tests.replay import ROOT
from training.new.python_text import keyword, literal, prose

NAMES = [
    "loyer, euros",
    'Le "Port"',
    "l'âge",
    'l\'"âge"',
    'trois " et un \' et "',
    "C:\\dossier\\n",
    "sur\ndeux\tlignes",
    "\ufeffBOM",
    "zéro\u200blargeur \u202e",
    "年齢" * 40,
    "combien de fois par semaine " * 6,
    "d'un_seul_mot" * 12,
    "{accolades} %s $x",
    "🍷",
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_literal_has_the_value_of_its_text(name: str) -> None:
    assert ast.literal_eval(literal(name)) == name


def test_quotes_are_those_with_fewer_escapes() -> None:
    assert literal("a'b") == '"a\'b"'
    assert literal('a"b') == "'a\"b'"
    assert literal("a\"b'c") == '"a\\"b\'c"'
    assert literal("\u200b\x01\U000e0001") == '"\\u200b\\x01\\U000e0001"'


def test_a_call_with_any_names_passes_the_formatter_and_the_linter() -> None:
    calls = [
        (),
        ("a",),
        ("a", "b"),
        tuple(NAMES),
        *((name,) for name in NAMES),
        tuple(f"colonne {n}" for n in range(74)),
    ]
    lines = [f"DICT_{place} = dict(\n{keyword('drop', names)}\n)" for place, names in enumerate(calls)]
    text = '"""Calls."""\n\n' + "\n".join([*lines, f"LAST = dict(\n{keyword('name', 'le mien')}\n)"]) + "\n"
    for command in (["check", "--ignore", "C408"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--stdin-filename", "models/odd/recipe.py", "-"]
        result = subprocess.run(ruff, cwd=ROOT, input=text, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
    namespace: dict[str, dict[str, object]] = {}
    exec(text, namespace)  # noqa: S102  # written above
    assert [namespace[f"DICT_{place}"]["drop"] for place in range(len(calls))] == calls
    assert namespace["LAST"] == {"name": "le mien"}


def test_prose_is_one_line_of_a_docstring() -> None:
    assert prose('Predicts "a\\b"\n from  3') == "Predicts 'a/b' from 3"
