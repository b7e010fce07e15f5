"""Builds the bundle of a user's own model: from a table, and an estimator or a recipe, to everything that is served."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from shared.errors import Text
from shared.model.table import CLUSTERS, ROLE, Table
from training.contract import Evaluate, Options, Train, Trained
from training.drift.reference import FILE as REFERENCE
from training.new.assessment import Assessment, assess, every_answer, served
from training.new.card import Facts, card
from training.new.card_measures import loss_of
from training.new.fairness import Fairness, fairness_of
from training.new.graphing import EXPLANATION, Graphed, classes_of, describe_graph, explained, graph_of
from training.new.importance import Importance, importance_of
from training.new.learning import Learned, learn
from training.new.manifest_facts import data_of, parameters, with_limits
from training.new.outline import outline
from training.new.pictures import pictures
from training.new.problem import Problem, problem_of
from training.new.progress import Steps
from training.new.project import Project
from training.new.reference import reference

IMPORTANCE = ("Importance des colonnes", "Importance of the columns")
CARD = ("Référence de dérive, dessins et fiche", "Drift reference, pictures and card")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a build has found out, before it is written down."""

    project: Project
    options: Options
    learned: Learned
    problem: Problem
    graphed: Graphed
    assessed: Assessment
    importance: tuple[Importance, ...]
    fairness: Fairness | None


@dataclass(frozen=True, slots=True)
class Built:
    """A bundle, the rows that it learnt from, and what was found on the way, French then English."""

    trained: Trained
    rows: pd.DataFrame
    notes: Sequence[Text]


def build(project: Project, options: Options) -> Built:
    """Build the bundle, and show the steps on stderr. The same files and options give the same bytes.

    Raises:
        Refusal: the table or the estimator cannot be served as it is.
        CommandError: a file cannot be read.
    """
    with Steps() as steps:
        learned = learn(project, options, steps)
        graphed = graph_of(project, learned, steps)
        problem = problem_of_learned(project, learned, graphed)
        assessed = assess(learned.estimator, problem, options, steps)
        importance = _importance(problem, graphed.table, assessed, options, steps)
        with steps.step(EXPLANATION):
            graphed = explained(learned, problem, graphed)
        with steps.step(CARD):
            people = fairness_of_learned(project, learnable(learned, graphed), problem, assessed)
            parts = Parts(project, options, learned, problem, graphed, assessed, importance, people)
            return Built(_trained(parts), problem.rows, graphed.notes)


def problem_of_learned(project: Project, learned: Learned, graphed: Graphed) -> Problem:
    """The rows of a table with an estimator, of which the graph says what it answers.

    Args:
        project: the targets.
        learned: the table and the estimator.
        graphed: its graph.
    """
    converted = graphed.converted
    return problem_of(
        converted.kind,
        learnable(learned, graphed),
        learned.facts.columns,
        project.targets,
        converted.labels,
        read=learned.facts.input_of,
    )


def learnable(learned: Learned, graphed: Graphed) -> pd.DataFrame:
    """The rows that the estimator can learn from: those without a null that it refuses."""
    return learned.frame.dropna(subset=list(graphed.null_refused)).reset_index(drop=True)


def _importance(
    problem: Problem, table: Table, assessed: Assessment, options: Options, steps: Steps
) -> tuple[Importance, ...]:
    with steps.step(IMPORTANCE) as advance:
        if assessed.refits is None:
            return ()
        return importance_of(problem, assessed.refits, [column.name for column in table.columns], options, advance)


def fairness_of_learned(
    project: Project, rows: pd.DataFrame, problem: Problem, assessed: Assessment
) -> Fairness | None:
    """The errors by group of the sensitive columns; None: there are none, or no errors.

    Args:
        project: names the columns.
        rows: of the problem, with every column of the table.
        problem: what they are judged by.
        assessed: the answers.
    """
    if not project.sensitive or not problem.supervised or assessed.refits is None:
        return None
    return fairness_of(problem, assessed.refits, rows[list(project.sensitive)])


def _trained(parts: Parts) -> Trained:
    graphed, learned, assessed, problem = parts.graphed, parts.learned, parts.assessed, parts.problem
    table = with_limits(graphed.table, problem, assessed.uncertain)
    given = every_answer(learned.estimator, problem, assessed.refits)
    facts = _facts(parts, table)
    clusters = served(learned.estimator, problem) if table.kind == CLUSTERS else None
    drawn = pictures(table, problem, assessed, parts.importance, parts.fairness, loss_of(facts), clusters)
    return Trained(
        classes=classes_of(table),
        graphs={ROLE: describe_graph(graphed, assessed.figures())},
        contents={**graphed.contents, REFERENCE: reference(table, problem.rows, given)},
        thresholds={},
        data=facts.data,
        card=card(replace(facts, pictures=frozenset(drawn))),
        plots=drawn,
        parameters=parameters(learned.estimator),
        compared={name: dict(figures) for name, figures in learned.compared.items()},
        table=table,
    )


def _facts(parts: Parts, table: Table) -> Facts:
    return Facts(
        project=parts.project,
        options=parts.options,
        table=table,
        data=data_of(parts.project, parts.learned.rows),
        problem=parts.problem,
        model=outline(parts.learned.estimator),
        parity=parts.graphed.parity,
        refits=parts.assessed.refits,
        no_refits=parts.assessed.no_refits,
        measured=parts.assessed.measured,
        uncertain=parts.assessed.uncertain,
        importance=parts.importance,
        fairness=parts.fairness,
        compared=parts.learned.compared,
        notes=parts.graphed.notes,
    )


def trainer(project: Project) -> Train:
    """`train` of `models/NAME/train.py`."""

    def train(options: Options, /) -> Trained:
        """Train the model."""
        return build(project, options).trained

    return train


def evaluator(project: Project) -> Evaluate:
    """`evaluate` of `models/NAME/evaluate.py`."""
    from training.new.evaluation import evaluate_project  # noqa: PLC0415

    return evaluate_project(project)
