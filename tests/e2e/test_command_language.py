"""Every command of tools/ and benchmarks/, and `make help`, speaks the language of the terminal."""

import os
import re
import subprocess
import sys

import pytest

from tests.replay import ROOT

COMMANDS = {
    "tools.compose": ("Récrire compose.yaml", "Write compose.yaml"),
    "tools.deploy": ("afficher les commandes comme un script", "print the commands as a shell script"),
    "tools.imports": ("Lister les modules", "List the modules"),
    "tools.lock": ("Résoudre toutes les dépendances", "Resolve all requirements"),
    "tools.notebooks": ("Exécuter les carnets", "Run the notebooks"),
    "tools.package": ("Assembler des fonctions", "Assemble functions"),
    "tools.release": ("Déployer, essayer", "Deploy, smoke-test"),
    "tools.serve": ("Démarrer chaque fonction", "Start every function"),
    "tools.smoke": ("Rejouer les exemples", "Replay a function's examples"),
    "benchmarks": ("Mesurer les fonctions", "Measure the functions"),
    "benchmarks.peers": ("Mesurer Augure", "Measure Augure"),
    "benchmarks.peers.write": ("Récrire le graphique", "Write the plot"),
    "benchmarks.search": ("Servir un catalogue", "Serve a catalogue"),
}


def output(locale: str, *command: str) -> str:
    environ = {name: value for name, value in os.environ.items() if name not in {"LANGUAGE", "LC_MESSAGES", "LANG"}}
    environ |= {"LC_ALL": locale, "COLUMNS": "200"}
    return subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_french_or_english(command: str) -> None:
    french, english = (output(locale, sys.executable, "-m", command, "--help") for locale in ("fr_FR.UTF-8", "C.UTF-8"))
    assert [text in french for text in COMMANDS[command]] == [True, False]
    assert [text in english for text in COMMANDS[command]] == [False, True]
    assert french.startswith(("utilisation : ", "Utilisation : "))
    assert english.startswith(("usage: ", "Usage: "))


def test_package_speaks_french_without_installed_packages() -> None:
    text = output("fr_FR.UTF-8", sys.executable, "-I", "-S", "tools/package.py", "--help")
    assert "Assembler des fonctions" in text


def test_make_help_is_french_or_english() -> None:
    french, english = (output(locale, "make", "help") for locale in ("fr_FR.UTF-8", "C.UTF-8"))
    targets = [re.findall(r"^  make ([a-z]+) +\S", text, re.MULTILINE) for text in (french, english)]
    assert targets[0] == targets[1]
    assert "make serve      Démarrer chaque fonction" in french
    assert "make serve      Start every function" in english
