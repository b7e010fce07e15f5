"""Turns a fitted estimator, or only a table, into a function with a bundle of its own.

In a notebook: `from training.new import new_model`. On the command line: `python -m models new`.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from shared.model.bundle import Manifest


def new_model(  # noqa: PLR0913 - the options of the command
    name: str,
    estimator: Any,
    frame: "pd.DataFrame",
    target: str | Sequence[str] = (),
    *,
    drop: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    dry_run: bool = False,
) -> "Manifest":
    """Make the function `name` and its model, as `python -m models new` does.

    Args:
        name: of the function: lower-case letters, digits and _.
        estimator: a fitted scikit-learn estimator or pipeline; None: a recipe trains one.
        frame: the training table, with the target's column.
        target: the column to predict, or several; none for clusters and outliers.
        drop: columns to leave out.
        sensitive: columns kept out of the model and used for the fairness table of the card.
        dry_run: build and measure everything, and write nothing.

    Returns:
        The manifest of the bundle.

    Raises:
        CommandError: the table or the estimator is refused; nothing is left behind.
    """
    from training.new.creation import Request, create  # noqa: PLC0415  # the command's help must not wait for it
    from training.new.sources import in_memory  # noqa: PLC0415

    targets, dropped, groups = (_names(given) for given in (target, drop, sensitive))
    request = Request(name, in_memory(estimator, frame), targets, dropped, groups)
    return create(request, dry_run=dry_run).manifest


def _names(given: Any) -> tuple[str, ...]:
    """One name or several, as texts."""
    several = not isinstance(given, str) and isinstance(given, Iterable)
    return tuple(map(str, given)) if several else (str(given),)
