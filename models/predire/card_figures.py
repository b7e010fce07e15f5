"""The figures of the student card, as French sentences and tables."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from training.card_text import percent, render
from training.metrics import Figures

from . import abstention
from .fairness import SMALL, Group
from .tables import (
    Compared,
    band_table,
    compared_table,
    enrolled_table,
    group_table,
    main_table,
    shuffle_table,
    variant_table,
)

TEMPLATE = Path(__file__).with_name("card.template.md")


def card(figures: Mapping[str, Figures], low: float, compared: Compared, groups: Sequence[Group]) -> str:
    """The text of CARD.md.

    Args:
        figures: the metrics of each stage.
        low: low end of the abstention band.
        compared: the metrics of each candidate, by stage.
        groups: the error rates of each group.
    """
    ends = abstention.thresholds(low)
    words = {name: percent(value, 0) for name, value in ends.items()}
    people = [group for group in groups if group.criterion != "Formation"]
    courses = [group for group in groups if group.criterion == "Formation"]
    words |= {
        f"{stage}_{name}": percent(value) for stage, metrics in figures.items() for name, value in metrics.items()
    }
    return render(
        TEMPLATE,
        words
        | {
            "figures": main_table(figures),
            "compared": compared_table(compared),
            "band": band_table(figures),
            "courses": variant_table(figures, "other_course"),
            "sensitive": variant_table(figures, "with_sensitive"),
            "shuffles": shuffle_table(figures),
            "enrolled": enrolled_table(figures),
            "groups": group_table(people),
            "remarks": remarks(people),
            "by_course": group_table(courses),
            "worst_course": worst_course(courses),
            "small": str(SMALL),
        },
    )


def remarks(groups: Sequence[Group]) -> str:
    """A sentence on the large groups with the highest error rates."""
    missed = max(_large(groups, "missed"), key=lambda group: group.missed.value)
    alarms = max(_large(groups, "false_alarms"), key=lambda group: group.false_alarms.value)
    return (
        f"C'est pour le groupe « {missed.criterion} : {missed.name} » que le modèle manque le plus d'abandons\n"
        f"({percent(missed.missed.value)}), et pour le groupe « {alarms.criterion} : {alarms.name} » "
        f"qu'il donne le plus\nde fausses alertes ({percent(alarms.false_alarms.value)})."
    )


def worst_course(groups: Sequence[Group]) -> str:
    """A sentence on the large course with the highest error rate."""
    worst = max(_large(groups, "errors"), key=lambda group: group.errors.value)
    return (
        f"La formation « {worst.name} » est celle où il se trompe le plus ({percent(worst.errors.value)} d'erreurs) :\n"
        "sa réponse n'y vaut guère sans l'avis d'une personne."
    )


def _large(groups: Iterable[Group], rate: str) -> list[Group]:
    return [group for group in groups if getattr(group, rate).total >= SMALL]
