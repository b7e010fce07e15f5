"""The first half of a build: the table, what was found in it, and a fitted estimator, the user's or the recipe's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from sklearn.base import is_classifier

from shared.errors import Text
from training.contract import Options
from training.new.choices import check_choices, check_needed
from training.new.estimators import read_estimator
from training.new.fitted_columns import FittedFacts, check_fits, check_targets, feature_names
from training.new.labels_file import read_labels
from training.new.progress import Steps
from training.new.project import Project
from training.new.recipe.fit import fit_recipe
from training.new.table_checks import check_table, keep_known_targets, task_of
from training.new.table_reading import read_table

READ = ("Lecture du tableau", "Reading the table")
FIND = ("Recherche de fuites, d'identifiants, de doublons", "Looking for leaks, identifiers, duplicates")
ESTIMATOR = ("Lecture de l'estimateur", "Reading the estimator")
RECIPE = ("Apprentissage d'une recette", "Training a recipe")


@dataclass(frozen=True, slots=True)
class Learned:
    """A table with a fitted estimator.

    Attributes:
        frame: every row that has every target, with every column.
        estimator: fitted.
        facts: what it reads, and how.
        rows: in the file, those without a target included.
        titles: of the columns that have some, French then English, by name.
        notes: what was found, French then English.
        compared: the figures of the models that a recipe tried, by name.
    """

    frame: pd.DataFrame
    estimator: Any
    facts: FittedFacts
    rows: int = 0
    titles: Mapping[str, Text] = field(default_factory=dict)
    notes: Sequence[Text] = ()
    compared: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def learn(project: Project, options: Options, steps: Steps) -> Learned:
    """Read the table and the estimator of a project; without one, train the recipe.

    Args:
        project: where they are.
        options: of the training.
        steps: shows the progress.

    Raises:
        Refusal: the table or the estimator cannot be served as it is.
        CommandError: a file cannot be read.
    """
    with steps.step(READ):
        table = read_table(project.path(project.data))
        check_choices(project, list(map(str, table.frame)))
        frame, missing = keep_known_targets(table.frame, project.targets)
        titles = read_labels(project.path(project.labels), list(map(str, frame))) if project.labels else {}
    notes = [*table.notes, *(finding.text for finding in missing)]
    estimator = None
    if project.estimator:
        with steps.step(ESTIMATOR):
            estimator = read_estimator(project.path(project.estimator))
            check_targets(estimator, project.targets)
    with steps.step(FIND):
        found, dropped = _findings(project, frame, estimator)
    if estimator is None:
        with steps.step(RECIPE):
            learned = _recipe(project, options, frame, dropped)
    else:
        learned = _given(project, frame, estimator)
    return replace(learned, rows=len(table.frame), titles=titles, notes=(*notes, *found, *learned.notes))


def _findings(project: Project, frame: pd.DataFrame, estimator: Any) -> tuple[list[Text], list[str]]:
    """What was found in the columns that may be read, and those that a recipe should leave out."""
    readable = _readable(project, frame)
    if not project.targets:
        return [], []
    kind = None if estimator is None else "classifier" if is_classifier(estimator) else "regressor"
    tasks = [task_of(frame[name], kind) for name in project.targets]
    findings = check_table(pd.concat([readable, frame[list(project.targets)]], axis=1), project.targets, tasks)
    return [one.text for one in findings], [one.column for one in findings if one.is_dropped]


def _readable(project: Project, frame: pd.DataFrame) -> pd.DataFrame:
    hidden = {*project.drop, *project.sensitive, *project.targets}
    return frame[[name for name in frame if name not in hidden]]


def _given(project: Project, frame: pd.DataFrame, estimator: Any) -> Learned:
    check_needed(project, feature_names(estimator) or ())
    readable = pd.concat([_readable(project, frame), frame[list(project.targets)]], axis=1)
    facts = check_fits(estimator, readable, project.targets)
    return Learned(frame, estimator, replace(facts, series=facts.series or project.series), notes=facts.notes)


def _recipe(project: Project, options: Options, frame: pd.DataFrame, dropped: Sequence[str]) -> Learned:
    readable = _readable(project, frame).drop(columns=list(dropped))
    fitted = fit_recipe(readable, frame[list(project.targets)], options)
    facts = FittedFacts(tuple(map(str, readable)))
    return Learned(frame, fitted.estimator, facts, notes=fitted.notes, compared=fitted.compared)
