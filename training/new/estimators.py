"""Reads the file of a fitted estimator without running what it says. `trusted_classes` has the rules."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import sklearn
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from shared.errors import Text
from training.new.conversion.conversion import OWN_CODE
from training.new.conversion.refusal import Refusal
from training.new.estimator_file import Unreadable, load
from training.new.trusted_classes import LIBRARIES

MEMORY = 4 * 2**30
"""Memory of the process that reads a file first, bytes; and 20 times the file."""
CPU_SECONDS = 120
"""CPU time of that process, seconds."""
TIMEOUT = 300.0
"""Time for that process, seconds."""

_CHILD = Path(__file__).with_name("estimator_child.py")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

NO_FILE = ("aucun fichier à « {path} ».", "no file at `{path}`.")
EMPTY = (
    "« {path} » est vide : réenregistrez l'estimateur avec joblib.dump(estimateur, « {path} »).",
    "`{path}` is empty: save the estimator again with joblib.dump(estimator, '{path}').",
)
TRUNCATED = (
    (
        "« {path} » est tronqué ou endommagé : réenregistrez l'estimateur avec joblib.dump et recopiez le "
        "fichier en entier."
    ),
    "`{path}` is truncated or damaged: save the estimator again with joblib.dump and copy the whole file.",
)
OTHER_VERSION = (
    (
        "« {path} » vient de scikit-learn {version}, ici {here} : dans votre environnement, pip install "
        "scikit-learn=={here}, puis réentraînez et réenregistrez."
    ),
    (
        "`{path}` comes from scikit-learn {version}, here {here}: in your environment, pip install "
        "scikit-learn=={here}, then train and save again."
    ),
)
DANGEROUS = (
    (
        "« {path} » fait appel à {module}.{name}, qui n'a rien à faire dans un estimateur : rien n'a été exécuté. "
        "N'ouvrez ce fichier nulle part si vous ne l'avez pas écrit vous-même."
    ),
    (
        "`{path}` calls {module}.{name}, which has no place in an estimator: nothing was run. "
        "Do not open this file anywhere unless you wrote it yourself."
    ),
)
NOT_LISTED = (
    (
        "« {path} » contient {module}.{name}, qui n'est pas sur la liste de ce qu'un estimateur peut contenir : rien "
        "n'a été exécuté. Remplacez l'étape ou le paramètre qui l'emploie, et réentraînez."
    ),
    (
        "`{path}` holds {module}.{name}, which is not on the list of what an estimator may hold: nothing was run. "
        "Replace the step or the parameter that uses it, and train again."
    ),
)
NOTEBOOK = (
    (
        "« {path} » contient une fonction de carnet ou un lambda : un paquet ne contient que des données, "
        "jamais de code. "
        "Calculez ce qu'elle fait dans le tableau et réentraînez, ou remplacez-la par une étape de scikit-learn."
    ),
    (
        "`{path}` holds a function of a notebook or a lambda: a bundle holds only data, never code. "
        "Compute what it does in the table and train again, or replace it by a step of scikit-learn."
    ),
)
NETWORK = (
    (
        "« {path} » contient un réseau de neurones de {library} ({module}.{name}), qui ne se convertit pas ici : "
        "entraînez un MLPClassifier ou un MLPRegressor de scikit-learn."
    ),
    (
        "`{path}` holds a neural network of {library} ({module}.{name}), which is not converted here: "
        "train scikit-learn's MLPClassifier or MLPRegressor."
    ),
)
MISSING_LIBRARY = (
    (
        "« {path} » a besoin de {name}, qui n'est pas installé : pip install -r requirements/boosters.txt "
        "pour LightGBM, "
        "XGBoost et CatBoost."
    ),
    (
        "`{path}` needs {name}, which is not installed: pip install -r requirements/boosters.txt for LightGBM, "
        "XGBoost and CatBoost."
    ),
)
TOO_MUCH = (
    (
        "la lecture de « {path} » dépasse {limit} : ce fichier est endommagé ou malveillant ; réenregistrez "
        "l'estimateur "
        "seul, sans les données."
    ),
    (
        "reading `{path}` takes more than {limit}: the file is damaged or malicious; save the estimator alone, "
        "without the data."
    ),
)
UNREADABLE = (
    "« {path} » ne se lit pas comme un estimateur ({error}) : enregistrez-le avec joblib.dump, pickle ou skops.",
    "`{path}` cannot be read as an estimator ({error}): save it with joblib.dump, pickle or skops.",
)
NOT_AN_ESTIMATOR = (
    (
        "« {path} » contient un objet de type {type}, non un estimateur : enregistrez l'estimateur ajusté seul, "
        "joblib.dump(estimateur, « {path} »)."
    ),
    (
        "`{path}` holds an object of type {type}, no estimator: save the fitted estimator alone, "
        "joblib.dump(estimator, '{path}')."
    ),
)
HELD = (
    (
        "« {path} » contient un objet de type {type} ; l'estimateur est à « {key} » : enregistrez-le seul, "
        "joblib.dump(objet[{key!r}], « {path} »)."
    ),
    (
        "`{path}` holds an object of type {type}; the estimator is at `{key}`: save it alone, "
        "joblib.dump(object[{key!r}], '{path}')."
    ),
)
UNFITTED = (
    "l'estimateur {type} n'est pas ajusté : appelez fit(X, y) avant de l'enregistrer.",
    "the estimator {type} is not fitted: call fit(X, y) before you save it.",
)
NOT_REFITTED = (
    "{type} n'a pas gardé son meilleur estimateur (refit=False) : relancez-la avec refit=True.",
    "{type} did not keep its best estimator (refit=False): run it again with refit=True.",
)
ONLY_ITS_ROWS = (
    (
        "{type} ne sait répondre que pour ses lignes d'apprentissage : prenez un estimateur qui prédit, par exemple "
        "KMeans, ou LocalOutlierFactor(novelty=True)."
    ),
    (
        "{type} can answer only for its training rows: take an estimator that predicts, for example KMeans, or "
        "LocalOutlierFactor(novelty=True)."
    ),
)
NO_PREDICT = (
    "{type} ne prédit rien (il n'a pas de méthode predict) : enregistrez le pipeline entier, avec son dernier modèle.",
    "{type} predicts nothing (it has no method predict): save the whole pipeline, with its final model.",
)


def read_estimator(path: Path) -> Any:
    """The fitted estimator in a file of joblib (compressed or not), pickle or skops.

    The file is read once. A process with limits on memory, time, files and network reads the bytes first, then this one
    does, both through the allow-list of `trusted_classes`. That protects from a file that calls a program, reads or
    writes files, or holds code; not from one that attacks the compiled code of NumPy or scikit-learn.

    Raises:
        Refusal: the file, what it holds or its version does not do; nothing of it was run.
    """
    if not path.is_file():
        raise Refusal(NO_FILE, path=path.name)
    data = path.read_bytes()
    if not data:
        raise Refusal(EMPTY, path=path.name)
    try:
        try_in_child(data)
        estimator = load(data)
    except Unreadable as error:
        raise _refusal(path.name, error) from error
    check_estimator(estimator, path.name)
    return estimator


def check_estimator(estimator: Any, path: str = "") -> None:
    """Check that an object is a fitted estimator that predicts.

    Raises:
        Refusal: it is none, it is not fitted, or a search kept no best estimator.
    """
    kind = type(estimator).__name__
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        _refuse_object(estimator, path or "estimator.joblib")
    if hasattr(estimator, "cv_results_") and not hasattr(estimator, "best_estimator_"):
        raise Refusal(NOT_REFITTED, type=kind)
    if not is_fitted(estimator):
        raise Refusal(UNFITTED, type=kind)
    if not hasattr(estimator, "predict"):
        last = getattr(estimator, "steps", [("", estimator)])[-1][1]
        raise Refusal(ONLY_ITS_ROWS if hasattr(last, "fit_predict") else NO_PREDICT, type=type(last).__name__)


def is_fitted(estimator: Any) -> bool:
    """Whether an estimator was fitted."""
    if type(estimator).__module__.startswith("catboost"):
        return bool(estimator.is_fitted())
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


def try_in_child(data: bytes, *, memory: int = MEMORY, seconds: int = CPU_SECONDS, timeout: float = TIMEOUT) -> None:
    """Read the bytes of a file in a process of its own.

    Args:
        data: the bytes.
        memory: limit, bytes, beside 20 times the file.
        seconds: limit of CPU time.
        timeout: limit, seconds.

    Raises:
        Unreadable: that process could not read it, or died.
    """
    command = [sys.executable, "-I", str(_CHILD), str(memory + 20 * len(data)), str(seconds)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, env=_ONE_THREAD, timeout=timeout, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise Unreadable("time", limit=f"{timeout:.0f} s") from error
    if done.returncode in (-signal.SIGKILL, -signal.SIGXCPU):  # the second once, the first if it goes on
        raise Unreadable("time", limit=f"{seconds} s")
    if done.returncode != 0 or not done.stdout:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unreadable("died", error=lines[-1][:300] if lines else f"status {done.returncode}")
    verdict = json.loads(done.stdout)
    if verdict["reason"]:
        raise Unreadable(verdict["reason"], **verdict["values"])


def _refusal(path: str, error: Unreadable) -> Refusal:
    """The sentence for a file that cannot be read."""
    if error.reason == "untrusted":
        return _untrusted(path, **error.values)
    if error.reason == "memory":
        return Refusal(TOO_MUCH, path=path, limit=f"{MEMORY // 2**30} GiB")
    sentences: dict[str, Text] = {
        "version": OTHER_VERSION,
        "missing_library": MISSING_LIBRARY,
        "truncated": TRUNCATED,
        "time": TOO_MUCH,
    }
    return Refusal(sentences.get(error.reason, UNREADABLE), path=path, here=sklearn.__version__, **error.values)


def _untrusted(path: str, module: str, name: str) -> Refusal:
    root = module.partition(".")[0]
    if root in ("keras", "tensorflow", "torch", "jax", "flax", "skorch"):
        return Refusal(NETWORK, path=path, library=root, module=module, name=name)
    if root == "cloudpickle":
        return Refusal(NOTEBOOK, path=path)
    if root in LIBRARIES or root in ("numpy", "scipy", "pandas"):
        return Refusal(NOT_LISTED, path=path, module=module, name=name)
    if _is_library(root):
        return Refusal(DANGEROUS, path=path, module=module, name=name)
    return Refusal(OWN_CODE, name=name, module=module)


def _is_library(root: str) -> bool:
    known = {*sys.stdlib_module_names, *LIBRARIES, "nt", "numpy", "scipy", "pandas", "joblib", "pyarrow", "pickle"}
    return root in known - {"__main__"}


def _refuse_object(held: Any, path: str) -> None:
    """Refuse an object that is no estimator, and say where in it one is."""
    places = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list | tuple) else ()
    for key, value in places:
        if hasattr(value, "fit") and hasattr(value, "predict"):
            raise Refusal(HELD, path=path, type=type(held).__name__, key=key)
    raise Refusal(NOT_AN_ESTIMATOR, path=path, type=type(held).__name__)
