"""The candidate models, compared on the same folds."""

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
from .recipe import Recipe, columns, folds, linear, nested, out_of_fold, recipe, stratified, with_encoding
from .study import scores

Features = tuple[Feature, ...]
CHOSEN = "additif, courbes monotones (retenu)"


def trees(kind: type[BaseEstimator], count: int, inputs: Features) -> BaseEstimator:
    """A forest on one-hot codes, with leaves of at least 3 students.

    Args:
        kind: of the forest.
        count: number of trees.
        inputs: the columns.
    """
    return with_encoding(inputs, kind(count, min_samples_leaf=3, random_state=0))


def boosted(inputs: Features, depth: int, rounds: int, rate: float) -> BaseEstimator:
    """Gradient boosting, monotone in the columns of FALLING; skl2onnx does not convert it.

    Args:
        inputs: the columns.
        depth: largest depth of a tree.
        rounds: number of trees.
        rate: learning rate.
    """
    directions = [-1 if feature.name in FALLING else 0 for feature in inputs]
    return HistGradientBoostingClassifier(
        max_depth=depth,
        max_iter=rounds,
        learning_rate=rate,
        categorical_features=columns(inputs)[0],
        monotonic_cst=directions,
        early_stopping=False,
        random_state=0,
    )


def candidates(options: Options) -> dict[str, Recipe]:
    """The candidates by their names in the card; fewer and smaller ones if quick."""
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
    metrics: dict[str, dict[str, Figures]] = {}
    tasks = [(name, make, stage) for name, make in candidates(options).items() for stage in STAGES]
    for name, make, stage in track(tasks, ("comparaison des modèles", "comparing models")):
        students = load(stage)
        probability = out_of_fold(students, stratified(students, options.seed, folds(options)), make)
        metrics.setdefault(name, {})[stage] = scores(students, probability)
    return metrics
