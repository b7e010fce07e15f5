"""Whom the model errs about: the same rates for every group, the sensitive ones included, by columns it never reads."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.predire.code_labels import COURSE
from training.metrics import share_interval

from .data import known

Flags = NDArray[np.bool_]
SMALL = 50
"""Under so many students, a rate says little: the card marks it."""
AGES = ((0, 20, "20 ans ou moins"), (21, 25, "21 à 25 ans"), (26, 35, "26 à 35 ans"), (36, 200, "36 ans ou plus"))
COURSES = {code: french for code, (french, _) in COURSE.items()}


@dataclass(frozen=True, slots=True)
class Share:
    """A count out of a total, with its 95 % Wilson interval where there is anyone to count."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share itself; NaN of nobody."""
        return self.count / self.total if self.total else float("nan")

    @property
    def said(self) -> str:
        """The total, as French writes a whole number: `2 381`."""
        return f"{self.total:,}".replace(",", "\u202f")

    @property
    def ends(self) -> tuple[float, float]:
        """The interval."""
        return share_interval(self.count, self.total) if self.total else (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Group:
    """How often the model errs about the students of one group, at 50 %.

    Attributes:
        criterion: what the group is one of, as `Âge`.
        name: its own name.
        announced: the mean probability of failure.
        failing: who failed.
        errors: who was wrongly predicted.
        false_alarms: who was predicted to fail, of those who graduated.
        missed: who was predicted to graduate, of those who failed.
    """

    criterion: str
    name: str
    announced: float
    failing: Share
    errors: Share
    false_alarms: Share
    missed: Share


def groups(failed: Flags, probability: NDArray[np.float64]) -> list[Group]:
    """Every group's rates, from what happened (n,) and the probability of failure that each was given unseen (n,)."""
    return [_group(criterion, name, failed[of], probability[of]) for criterion, name, of in members(known())]


def members(frame: pd.DataFrame) -> Iterator[tuple[str, str, Flags]]:
    """The criterion, the name and the students of each group."""
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
    said = probability > 0.5
    graduates, failures, everyone = int((~failed).sum()), int(failed.sum()), len(failed)
    return Group(
        criterion,
        name,
        float(probability.mean()),
        Share(failures, everyone),
        Share(int((said != failed).sum()), everyone),
        Share(int((said & ~failed).sum()), graduates),
        Share(int((~said & failed).sum()), failures),
    )
