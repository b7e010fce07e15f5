"""Tables and sentences of a generated card, in French."""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from shared.model import table as tables
from shared.model.table import Column, Table
from training.card_text import decimal, interval, number, percent, plain, table
from training.metrics import Share, share_interval
from training.new.fairness import Group, Mean
from training.new.importance import Importance
from training.new.measures import NAMES, SCALED, SHARES, WHOLE, Measured, per_class
from training.new.problem import Places

KINDS = {
    tables.NUMBER: "nombre",
    tables.CODE: "code",
    tables.BOOLEAN: "booléen",
    tables.CATEGORY: "catégorie",
    tables.TEXT: "texte",
    tables.DATE: "date",
}
MOST_VALUES = 6
"""Categories or codes named in a cell."""
MOST_LETTERS = 48
"""Longest example in a cell, in characters."""
MOST_CLASSES = 40
"""Classes of a table of classes."""
MOST_COLUMNS = 30
"""Columns of a table of importance."""


def write_figure(name: str, value: float) -> str:
    """A figure as people write it: a share in percent, a number of the target to three digits, else three decimals."""
    if name in SHARES:
        return percent(value)
    return number(value) if name in SCALED | WHOLE else decimal(value).replace("-", "−")


def columns_table(columns: Sequence[Column]) -> str:
    """The columns that a row must have: kind, what the training data held, null, an example."""
    rows = [
        (named(column), _kind(column), seen(column), "oui" if column.nullable else "non", _example(column))
        for column in columns
    ]
    return table(("colonne", "genre", "vu à l'apprentissage", "absent permis", "exemple"), rows)


def named(column: Column) -> str:
    """The name of a column, with its title where it has one."""
    title = f" ({plain(column.title[0])})" if column.title and column.title[0] != column.name else ""
    return f"`{column.name}`{title}" if _is_codelike(column.name) else f"{plain(column.name)}{title}"


def _is_codelike(name: str) -> bool:
    return name.isidentifier()


def _kind(column: Column) -> str:
    return "nombre entier" if column.kind == tables.NUMBER and column.whole else KINDS[column.kind]


def seen(column: Column) -> str:
    """What the training data held: a range, or the categories."""
    if column.values is not None:
        named_values = ", ".join(_cut(value) for value in column.values[:MOST_VALUES])
        more = len(column.values) - MOST_VALUES
        others = f" et {more} autres" if more > 1 else " et 1 autre" if more == 1 else ""
        return named_values + others + (" (aucune autre)" if column.closed else "")
    if column.minimum is not None and column.maximum is not None:
        return f"{number(column.minimum, 4)} à {number(column.maximum, 4)}"
    return f"{column.first} à {column.last}" if column.first else "—"


def _example(column: Column) -> str:
    if column.example is None:
        return "absent" if column.nullable else "—"
    if isinstance(column.example, bool):
        return "true" if column.example else "false"
    return number(column.example, 6) if isinstance(column.example, int | float) else _cut(column.example)


def _cut(value: object) -> str:
    text = str(value)
    return plain(text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…")


def figures_table(measured: Measured, names: Sequence[str]) -> str:
    """Some figures of one target, with their intervals, beside the baseline."""
    rows = []
    for name in names:
        if name in measured.figures:
            write = partial(write_figure, name)
            cells = [NAMES[name][0], f"**{write(measured.figures[name])}**"]
            if measured.ends:
                cells.append(interval(measured.ends[name], write) if name in measured.ends else "—")
            if measured.baseline:
                cells.append(write(measured.baseline[name]) if name in measured.baseline else "—")
            rows.append(cells)
    head = ("mesure", "modèle", *(("intervalle de confiance à 95 %",) if measured.ends else ()))
    return table([*head, *(("témoin",) if measured.baseline else ())], rows)


def classes_table(names: Sequence[str], truth: Places, predicted: Places, covered: Any = None) -> str:
    """Recall and precision of each class, and the coverage of its sets.

    Args:
        names: of the classes.
        truth: (n,) places of the true classes.
        predicted: (n,) places of the answers.
        covered: (n,) whether the set of a row holds its class; None: no sets.
    """
    counts = per_class(truth, predicted, len(names))
    shown = np.sort(np.argsort(-counts["true"], kind="stable")[:MOST_CLASSES])
    head = (
        "classe",
        "lignes",
        "retrouvées",
        "justes parmi les réponses",
        *(() if covered is None else ("dans l'ensemble",)),
    )
    rows = []
    for at in shown:
        cells = [plain(names[at]), number(counts["true"][at]), _share(counts["right"][at], counts["true"][at]),
                 _share(counts["right"][at], counts["answered"][at])]  # fmt: skip
        if covered is not None:
            cells.append(_share(int(covered[truth == at].sum()), int(counts["true"][at])))
        rows.append(cells)
    return table(head, rows)


def _share(count: int, total: int) -> str:
    if not total:
        return "—"
    return f"{percent(count / total)} ({interval(share_interval(int(count), int(total)), _whole)})"


def _whole(share: float) -> str:
    return str(round(100 * share))


def importance_table(importance: Sequence[Importance], write: Callable[[str], str]) -> str:
    """The most important columns, with their intervals.

    Args:
        importance: the largest first.
        write: names a column.
    """
    decimals = decimals_of(importance[0].value)

    def write_loss(loss: float) -> str:
        return decimal(loss, decimals).replace("-", "−")

    rows = [
        (write(one.column), write_loss(one.value), interval((one.low, one.high), write_loss))
        for one in importance[:MOST_COLUMNS]
    ]
    return table(("colonne", "perte ajoutée", "intervalle de confiance à 95 %"), rows)


def decimals_of(largest: float) -> int:
    """Decimals that give the largest of some numbers three significant digits."""
    return max(0, 2 - math.floor(math.log10(abs(largest)))) if largest else 3


def groups_table(groups: Sequence[Group], positive: str) -> str:
    """The rates of each group.

    Args:
        groups: large enough ones.
        positive: name of the second of two classes; empty: other problems.
    """
    head = ["groupe", "lignes"]
    named_cells: list[tuple[str, Callable[[Group], str]]] = [
        (f"« {plain(positive)} » observés", lambda group: _plain_share(group.observed)),
        ("annoncés en moyenne", lambda group: "—" if group.announced is None else percent(group.announced)),
        ("répondus", lambda group: _plain_share(group.answered)),
        ("erreurs", lambda group: _interval_share(group.errors)),
        ("fausses alertes", lambda group: _interval_share(group.false_alarms)),
        ("cas manqués", lambda group: _interval_share(group.missed)),
        ("écart absolu moyen", lambda group: _mean(group.error)),
        ("réponse − vraie valeur", lambda group: _mean(group.bias)),
    ]
    cells = [(name, write) for name, write in named_cells if any(write(group) != "—" for group in groups)]
    rows = [
        [plain(f"{group.column} : {group.name}"), number(group.rows), *(write(group) for _, write in cells)]
        for group in groups
    ]
    return table([*head, *(name for name, _ in cells)], rows)


def _plain_share(share: Share | None) -> str:
    return "—" if share is None else percent(share.value)


def _interval_share(share: Share | None) -> str:
    return "—" if share is None else _share(share.count, share.total)


def _mean(mean: Mean | None) -> str:
    return "—" if mean is None else f"{number(mean.value)} ({interval(mean.ends, number)})"


def answer_of(described: Table) -> str:
    """What the model answers, as the end of « Il répond »."""
    names = " et ".join(
        f"« {plain(target.title[0] if target.title else target.name)} »" for target in described.targets
    )
    if described.kind == tables.OUTLIERS:
        return "si une ligne ressemble à celles de l'apprentissage, ou si c'est une anomalie"
    if described.kind == tables.CLUSTERS:
        return "le groupe auquel une ligne ressemble le plus"
    if described.kind == tables.VALUES:
        return f"un nombre pour {names}"
    if len(described.targets) > 1:
        return f"une classe pour chacune de {names}"
    labels = described.targets[0].labels
    listed = ", ".join(_cut(label) for label in labels[:MOST_VALUES])
    return f"{names} : {listed}" + (f"… ({len(labels)} classes)" if len(labels) > MOST_VALUES else "")


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {line}" for line in lines)
