"""Error rates by group, sensitive groups included: their columns serve here and never in a model."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.predire.code_labels import COURSE
from training.metrics import Share

from .data import known

Flags = NDArray[np.bool_]
SMALL = 50
"""Number of students below which the card marks a rate as unreliable."""
AGES = ((0, 20, "20 ans ou moins"), (21, 25, "21 à 25 ans"), (26, 35, "26 à 35 ans"), (36, 200, "36 ans ou plus"))
COURSES = {code: french for code, (french, _) in COURSE.items()}


@dataclass(frozen=True, slots=True)
class Group:
    """The error rates of one group, predicting failure above 50 %.

    Attributes:
        criterion: the kind of group, such as `Âge`.
        name: of the group.
        announced: mean predicted probability of failure.
        failing: failures among all students.
        errors: wrong predictions among all students.
        false_alarms: predicted failures among graduates.
        missed: predicted graduates among failures.
    """

    criterion: str
    name: str
    announced: float
    failing: Share
    errors: Share
    false_alarms: Share
    missed: Share


def groups(failed: Flags, probability: NDArray[np.float64]) -> list[Group]:
    """The rates of every group, from outcomes (n,) and out-of-fold probabilities of failure (n,)."""
    return [_group(criterion, name, failed[mask], probability[mask]) for criterion, name, mask in masks(known())]


def masks(frame: pd.DataFrame) -> Iterator[tuple[str, str, Flags]]:
    """Criterion, name and mask (n,) of each group."""
    for criterion, column, names in (
        ("Genre", "gender", {0: "femmes", 1: "hommes"}),
        ("Bourse", "scholarship_holder", {0: "non boursiers", 1: "boursiers"}),
    ):
        for code, name in names.items():
            yield criterion, name, frame[column].to_numpy() == code
    age = frame["age_at_enrollment"].to_numpy()
    for low, high, name in AGES:
        yield "Âge", name, (age >= low) & (age <= high)
    portuguese = frame["nacionality"].to_numpy() == 1
    yield "Nationalité", "portugaise", portuguese
    yield "Nationalité", "autre", ~portuguese
    course = frame["course"].to_numpy()
    for code, name in sorted(COURSES.items(), key=lambda item: item[1].replace("É", "E")):
        yield "Formation", name, course == code


def _group(criterion: str, name: str, failed: Flags, probability: NDArray[np.float64]) -> Group:
    predicted = probability > 0.5
    graduates, failures, everyone = int((~failed).sum()), int(failed.sum()), len(failed)
    return Group(
        criterion,
        name,
        float(probability.mean()),
        Share(failures, everyone),
        Share(int((predicted != failed).sum()), everyone),
        Share(int((predicted & ~failed).sum()), graduates),
        Share(int((~predicted & failed).sum()), failures),
    )
