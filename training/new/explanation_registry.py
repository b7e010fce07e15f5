"""Which function explains which class of estimator. The modules `explanation_*` register theirs."""

from collections.abc import Callable
from typing import Any, TypeVar

from training.new.conversion.conversion import Conversion
from training.new.conversion.values import Matrix
from training.new.explanation_parts import Part, TreePart, Unexplained
from training.new.explanation_paths import paths_of

Explain = Callable[[Conversion, Any], Part]

F = TypeVar("F", bound=Explain)

EXPLAINERS: dict[str, Explain] = {}
"""By name of the class."""

MAX_LEAVES = 30_000
"""Leaves of all trees of a model; more would make a request wait for a tenth of a second and more."""

NO_SUM = (
    (
        "les réponses de {name} ne sont pas une somme de contributions : pas d'explication exacte. Les modèles "
        "linéaires ou additifs, les arbres et leurs ensembles en ont une."
    ),
    (
        "the answers of {name} are no sum of contributions: no exact explanation. Linear and additive models, trees "
        "and their ensembles have one."
    ),
)
TOO_MANY_LEAVES = (
    (
        "{name} a {leaves} feuilles, une explication en lit au plus {limit} : réentraînez avec moins d'arbres ou des "
        "arbres moins profonds (max_depth, max_leaf_nodes)."
    ),
    (
        "{name} has {leaves} leaves, an explanation reads at most {limit}: train again with fewer trees or shallower "
        "ones (max_depth, max_leaf_nodes)."
    ),
)


def explains(*classes: str) -> Callable[[F], F]:
    """Register a function `(conversion, estimator) -> part` for these classes."""

    def register(function: F) -> F:
        for name in classes:
            EXPLAINERS[name] = function
        return function

    return register


def part_of(conversion: Conversion, estimator: Any) -> Part:
    """What an estimator of a conversion adds up.

    Raises:
        Unexplained: its answers are no sum.
    """
    name = type(estimator).__name__
    if id(estimator) in conversion.ensembles:
        return _trees(conversion, estimator)
    if name not in EXPLAINERS:
        raise Unexplained(NO_SUM, name=name)
    return EXPLAINERS[name](conversion, estimator)


def leaf_of(conversion: Conversion, estimator: Any) -> Matrix:
    """The matrix that an estimator reads.

    Raises:
        Unexplained: the conversion did not note it.
    """
    if id(estimator) not in conversion.leaves:
        raise Unexplained(NO_SUM, name=type(estimator).__name__)
    return conversion.leaves[id(estimator)]


def _trees(conversion: Conversion, estimator: Any) -> Part:
    ensemble = conversion.ensembles[id(estimator)]
    if ensemble.leaves > MAX_LEAVES:
        name = type(estimator).__name__
        raise Unexplained(TOO_MANY_LEAVES, name=name, leaves=ensemble.leaves, limit=MAX_LEAVES)
    return Part(ensemble.scale, ensemble.base, trees=(TreePart(ensemble.matrix, paths_of(ensemble)),))
