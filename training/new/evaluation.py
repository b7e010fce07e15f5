"""Measures a bundle of a user's own model again: every figure of its manifest, and its graph against the estimator."""

from shared.model.bundle import Bundle, Manifest, check_equal
from shared.model.table import ROLE
from shared.terminal import say
from training.contract import Check, Evaluate, options_of
from training.new.assessment import Assessment, assess
from training.new.building import problem_of_learned
from training.new.graphing import Graphed, graph_of
from training.new.learning import learn
from training.new.measures import BASELINE, HIGH, LOW, SCALED
from training.new.progress import Steps
from training.new.project import Project

TOLERANCE = 1e-3
"""Largest difference of a figure on another machine; of a number of the target, as a share of it."""
PARITY_TOLERANCE = 1e-5
"""Largest difference between two comparisons of a graph with its estimator."""
PARITY = ("parité : {name}", "parity: {name}")
LIMIT = ("incertitude : {name}", "uncertainty: {name}")


def evaluate_project(project: Project) -> Evaluate:
    """The `evaluate` of a project."""

    def evaluate(bundle: Bundle, /) -> list[Check]:
        """Measure every figure of a bundle again."""
        check_equal("graphs", ROLE, ", ".join(bundle.manifest.graphs))
        options = options_of(bundle.manifest)
        recorded = bundle.manifest.graphs[ROLE].metrics
        with Steps() as steps:
            learned = learn(project, options, steps)
            graphed = graph_of(project, learned, steps)
            problem = problem_of_learned(project, learned, graphed)
            folds = int(recorded.get("folds", 0))
            assessed = assess(learned.estimator, problem, options, steps, limit=folds)
        return [*_figures(recorded, assessed.figures()), *_limits(bundle.manifest, assessed), *_parity(bundle, graphed)]

    return evaluate


def _figures(recorded: dict[str, float], measured: dict[str, float]) -> list[Check]:
    lacking = float("nan")
    return [
        Check(name, recorded.get(name, lacking), measured.get(name, lacking), tolerance_of(name, recorded))
        for name in measured | recorded
    ]


def tolerance_of(name: str, recorded: dict[str, float]) -> float:
    """How far a figure may be on another machine."""
    plain = name.rpartition(": ")[2].removeprefix(BASELINE).removesuffix(LOW).removesuffix(HIGH)
    return TOLERANCE * abs(recorded.get(name, 0.0)) if plain in SCALED else TOLERANCE


def _limits(manifest: Manifest, assessed: Assessment) -> list[Check]:
    """The sizes of sets and intervals."""
    targets = manifest.table.targets if manifest.table else ()
    checks = []
    for at, target in enumerate(targets):
        known = assessed.uncertain[at] if at < len(assessed.uncertain) else None
        recorded = target.half_width if target.set_limit is None else target.set_limit
        if recorded is not None or known is not None:
            expected = float("nan") if recorded is None else recorded
            measured = float("nan") if known is None else known.limit
            tolerance = TOLERANCE if target.half_width is None else TOLERANCE * abs(expected)
            checks.append(Check(say(LIMIT, name=target.name), expected, measured, tolerance))
    return checks


def _parity(bundle: Bundle, graphed: Graphed) -> list[Check]:
    """The comparison of the graph that is served: it must be the one that was converted again."""
    recorded = bundle.manifest.graphs[ROLE].parity
    checks = []
    for name in dict(graphed.parity) | recorded:
        lacking = float("nan")
        expected, measured = recorded.get(name, lacking), graphed.parity.get(name, lacking)
        checks.append(Check(say(PARITY, name=name), expected, measured, PARITY_TOLERANCE))
    return checks
