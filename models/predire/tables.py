"""The tables of the student card."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from functions.predire.student import STAGES
from training.card_text import decimal, interval, percent, table
from training.metrics import Figures, Share

from .candidates import CHOSEN
from .fairness import SMALL, Group
from .plots import STAGE_NAMES

FIGURES = {"auc": "aire sous la courbe ROC", "brier": "score de Brier", "ece": "erreur de calibration (ECE)"}
Compared = Mapping[str, Mapping[str, Figures]]


def _by_stage(title: str, rows: Iterable[Sequence[str]]) -> str:
    return table([title, *STAGE_NAMES.values()], rows)


def main_table(figures: Mapping[str, Figures]) -> str:
    """The metrics of each stage, with their 95 % intervals."""
    rows = [
        [label, *(_with_interval(figures[stage], name, decimal) for stage in STAGES)] for name, label in FIGURES.items()
    ]
    rows.append(["exactitude à 50 %", *(_with_interval(figures[stage], "accuracy", percent) for stage in STAGES)])
    return _by_stage("mesure", rows)


def _with_interval(metrics: Figures, name: str, write: Callable[[float], str]) -> str:
    return f"{write(metrics[name])} ({interval((metrics[f'{name}_low'], metrics[f'{name}_high']), write)})"


def compared_table(compared: Compared) -> str:
    """AUC, Brier score and calibration error of each candidate, by stage; the chosen one in bold."""
    rows = []
    for name, stages in compared.items():
        cells = [" / ".join(decimal(stages[stage][figure]) for figure in FIGURES) for stage in STAGES]
        rows.append([f"**{cell}**" for cell in (name, *cells)] if name == CHOSEN else [name, *cells])
    return _by_stage("modèle : ROC / Brier / ECE", rows)


def band_table(figures: Mapping[str, Figures]) -> str:
    """The effect of the abstention band at each stage."""
    labels = {"abstention_share": "part à vérifier", "abstention_error_outside": "erreurs parmi les autres"}
    return _by_stage(
        "mesure", [[text, *(percent(figures[stage][name]) for stage in STAGES)] for name, text in labels.items()]
    )


def variant_table(figures: Mapping[str, Figures], prefix: str) -> str:
    """The metrics of another measurement, with their differences from the reported ones in brackets."""
    return _by_stage(
        "mesure",
        [
            [label, *(_with_difference(figures[stage], f"{prefix}_{name}", name) for stage in STAGES)]
            for name, label in FIGURES.items()
        ],
    )


def _with_difference(metrics: Figures, variant: str, name: str) -> str:
    gap = metrics[variant] - metrics[name]
    return f"{decimal(metrics[variant])} ({'−' if gap < 0 else '+'}{decimal(abs(gap))})"


def shuffle_table(figures: Mapping[str, Figures]) -> str:
    """The worst value of each metric over the shuffles of the folds."""
    return _by_stage(
        "la moins bonne valeur",
        [
            [label, *(decimal(figures[stage][f"{name}_worst_shuffle"]) for stage in STAGES)]
            for name, label in FIGURES.items()
        ],
    )


def enrolled_table(figures: Mapping[str, Figures]) -> str:
    """The predictions for students without an outcome."""
    labels = {
        "enrolled_mean": "probabilité d'échec moyenne",
        "enrolled_failing": "part annoncée en échec (plus de 50 %)",
        "enrolled_abstention_share": "part à vérifier",
    }
    return _by_stage(
        "mesure", [[text, *(percent(figures[stage][name]) for stage in STAGES)] for name, text in labels.items()]
    )


def group_table(groups: Iterable[Group]) -> str:
    """The rates of each group with their 95 % intervals; small groups are marked."""
    header = ["groupe", "n", "échecs observés", "échecs annoncés", "erreurs", "fausses alertes", "échecs manqués"]
    return table(header, [_group_row(group) for group in groups])


def _group_row(group: Group) -> list[str]:
    name = group.name if group.criterion == "Formation" else f"{group.criterion} : {group.name}"
    observed, announced = percent(group.failing.value), percent(group.announced)
    shares = (group.errors, group.false_alarms, group.missed)
    return [name, group.failing.total_text, observed, announced, *(_share(share) for share in shares)]


def _share(share: Share) -> str:
    if not share.total:
        return "personne"
    low, high = share.ends
    mark = " †" if share.total < SMALL else ""
    return f"{percent(share.value)} ({decimal(100 * low, 0)} à {decimal(100 * high, 0)}){mark}"
