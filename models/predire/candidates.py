"""The models that the served one was chosen among, judged by the very same folds."""

from functools import partial

from sklearn.base import BaseEstimator
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier

from functions.predire.student import STAGES
from shared.model.bundle import Feature
from training.console import track
from training.contract import Options
from training.metrics import Figures

from .additive import FALLING, Additive
from .data import load
from .recipe import Recipe, folds, linear, nested, out_of_fold, places, recipe, stratified, with_columns
from .study import judged

Inputs = tuple[Feature, ...]
CHOSEN = "additif, courbes monotones (retenu)"


def trees(kind: type[BaseEstimator], count: int, inputs: Inputs) -> BaseEstimator:
    """Trees on one column a code, grown until their leaves hold 3 students."""
    return with_columns(inputs, kind(count, min_samples_leaf=3, random_state=0))


def boosted(inputs: Inputs, depth: int, rounds: int, rate: float) -> BaseEstimator:
    """Gradient boosting, under the same constraint of direction; skl2onnx does not convert it."""
    signs = [-1 if feature.name in FALLING else 0 for feature in inputs]
    return HistGradientBoostingClassifier(
        max_depth=depth,
        max_iter=rounds,
        learning_rate=rate,
        categorical_features=places(inputs)[0],
        monotonic_cst=signs,
        early_stopping=False,
        random_state=0,
    )


def rivals(options: Options) -> dict[str, Recipe]:
    """Each model by the name that the card gives it; few and small when quick."""
    count = 20 if options.quick else 200
    few: dict[str, Recipe] = {
        CHOSEN: recipe,
        "régression logistique (première recette)": linear,
        "arbres extrêmement aléatoires": partial(trees, ExtraTreesClassifier, count),
    }
    if options.quick:
        return few
    return few | {
        "forêt aléatoire": partial(trees, RandomForestClassifier, count),
        "boosting (HistGradientBoosting)": partial(boosted, depth=4, rounds=150, rate=0.05),
        "boosting de souches (additif)": partial(boosted, depth=1, rounds=500, rate=0.1),
        "additif, réglages choisis par plis imbriqués": nested,
        "additif, sans contrainte de sens": lambda inputs: Additive(inputs, falling=frozenset()),
        "additif, voies 15 et 57 pesées": lambda inputs: Additive(inputs, neutral={}),
    }


def compare(options: Options) -> dict[str, dict[str, Figures]]:
    """AUC, Brier score and calibration error of each model, by its name and then by stage."""
    found: dict[str, dict[str, Figures]] = {}
    tasks = [(name, make, stage) for name, make in rivals(options).items() for stage in STAGES]
    for name, make, stage in track(tasks, "comparaison des modèles"):
        students = load(stage)
        unseen = out_of_fold(students, stratified(students, options.seed, folds(options)), make)
        found.setdefault(name, {})[stage] = judged(students, unseen)
    return found
