"""The columns that a person names: to predict, to leave out, to measure fairness with."""

from collections.abc import Iterable, Sequence

from training.new.conversion.refusal import Refusal
from training.new.fitted_columns import nearest_name
from training.new.project import Project

NO_TARGET = (
    "sans --estimator, --target doit nommer la colonne à prédire ; {nearest}.",
    "without --estimator, --target must name the column to predict; {nearest}.",
)
STRANGER = (
    "{option} nomme « {name} », que la table n'a pas ; {nearest}.",
    "{option} names `{name}`, which the table does not have; {nearest}.",
)
TARGET = (
    "« {name} » est à la fois dans --target et dans {option} : retirez-la de l'un des deux.",
    "`{name}` is both in --target and in {option}: take it out of one of them.",
)
NEEDED = (
    (
        "l'estimateur lit « {name} », que {option} met de côté : retirez cette option, ou réajustez l'estimateur sans "
        "cette colonne."
    ),
    (
        "the estimator reads `{name}`, which {option} keeps out: take this option away, or fit the estimator again "
        "without this column."
    ),
)


def split_names(given: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that an option names, each once: `a,b` is the columns a and b unless one is called so.

    Args:
        given: the values of the option.
        columns: the names of the table.
    """
    return distinct(
        part.strip() for name in given for part in (name.split(",") if "," in name and name not in columns else [name])
    )


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, without empty ones."""
    return tuple(dict.fromkeys(name for name in names if name))


def check_choices(project: Project, columns: Sequence[str]) -> None:
    """Check the columns that a project names.

    Args:
        project: names them.
        columns: the names of the table.

    Raises:
        Refusal: the table has no such column, a target is kept out as well, or there is nothing to learn from.
    """
    if not project.targets and not project.estimator:
        raise Refusal(NO_TARGET, nearest=nearest_name(columns, ""))
    for option, names in _kept_out(project).items():
        for name in names:
            if name not in columns:
                raise Refusal(STRANGER, option=option, name=name, nearest=nearest_name(columns, name))
            if name in project.targets:
                raise Refusal(TARGET, option=option, name=name)


def check_needed(project: Project, read: Iterable[str]) -> None:
    """Check that no column is kept out that the estimator reads.

    Args:
        project: names the columns.
        read: what the estimator reads.

    Raises:
        Refusal: there is one.
    """
    needed = set(read)
    for option, names in _kept_out(project).items():
        for name in names:
            if name in needed:
                raise Refusal(NEEDED, option=option, name=name)


def _kept_out(project: Project) -> dict[str, tuple[str, ...]]:
    return {"--drop": project.drop, "--sensitive": project.sensitive}
