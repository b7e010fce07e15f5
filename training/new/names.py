"""The name of a new function: its target, its folders, its route, and its service on Google Cloud."""

import builtins
import keyword
import re
from pathlib import Path

from training.errors import CommandError

ROOT = Path(__file__).resolve().parents[2]

LONGEST = 40
"""Most characters of a name."""

BAD_NAME = (
    (
        "nom refusé : {name!r}. Il en faut un de 2 à {longest} caractères : minuscules sans accent, chiffres et _, "
        "en commençant par une lettre. Il devient une adresse, un module et un dossier."
    ),
    (
        "name refused: {name!r}. It takes 2 to {longest} characters: lower-case letters without accents, digits "
        "and _, starting with a letter. It becomes an address, a module and a folder."
    ),
)
OWN_NAMES = frozenset({"endpoint", "predict", "schema", "start_pull", "sys", "table_page"})
"""Names that a function's `main.py` imports."""

KEPT_OUT = re.compile(r".*(credential|password|secret).*|data|dist|logs|mlartifacts|mlruns|node_modules|saved_images")
"""Names of folders that .gitignore or .gcloudignore leaves out: the function would never be deployed."""

IGNORED = (
    "nom refusé : {name}. Git ou Cloud Build laisse de côté les dossiers de ce nom (.gitignore, .gcloudignore).",
    "name refused: {name}. Git or Cloud Build leaves out folders of this name (.gitignore, .gcloudignore).",
)
MEANS_SOMETHING = (
    "nom refusé : {name} désigne déjà autre chose dans le code de la fonction. Ajoutez un mot, par exemple {name}_vin.",
    "name refused: {name} already means something else in the function's code. Add a word, for example {name}_wine.",
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
        raise CommandError(BAD_NAME, name=name, longest=LONGEST)
    if name in OWN_NAMES or hasattr(builtins, name):
        raise CommandError(MEANS_SOMETHING, name=name)
    if KEPT_OUT.fullmatch(name):
        raise CommandError(IGNORED, name=name)
    for folder in (root / "functions" / name, root / "models" / name):
        if folder.exists():
            raise CommandError(TAKEN, folder=folder.relative_to(root))
