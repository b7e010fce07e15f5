"""The name of a new function: its target, its folders, its route, and its service on Google Cloud."""

import keyword
import re
from pathlib import Path

from training.errors import CommandError

ROOT = Path(__file__).resolve().parents[2]

LONGEST = 30
"""Most characters: a service account takes its name from it."""
SHORTEST = 6
"""Fewest characters of a service account's name."""

BAD_NAME = (
    (
        "nom refusé : {name!r}. Il en faut un de {shortest} à {longest} caractères, en minuscules sans accent, chiffres et _, "
        "qui commence par une lettre : il devient une adresse, un dossier et un compte de service."
    ),
    (
        "name refused: {name!r}. It takes {shortest} to {longest} characters, lower-case letters without accents, digits "
        "and _, starting with a letter: it becomes an address, a folder and a service account."
    ),
)
TAKEN = (
    "{folder} existe déjà : rien n'est écrasé. Choisissez un autre nom, ou retirez-le d'abord.",
    "{folder} exists already: nothing is overwritten. Choose another name, or remove it first.",
)


def check_name(name: str, root: Path = ROOT) -> None:
    """Check that a function may have this name.

    Raises:
        CommandError: it is no name of a Python module and of a service account, or it is taken.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*[a-z0-9]", name) or keyword.iskeyword(name) or len(name) > LONGEST:
        raise CommandError(BAD_NAME, name=name, shortest=SHORTEST, longest=LONGEST)
    for folder in (root / "functions" / name, root / "models" / name):
        if folder.exists():
            raise CommandError(TAKEN, folder=folder.relative_to(root))
