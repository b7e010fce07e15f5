"""The columns and the classes that a fitted estimator expects, beside those of the table."""

import difflib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.errors import Text
from shared.i18n import fill
from training.new.conversion.category_columns import OTHER_TYPE
from training.new.conversion.converter import is_text
from training.new.conversion.refusal import Refusal
from training.new.encoded_columns import encoded_columns

NO_COLUMN = (
    "la table n'a pas de colonne « {name} » ; {nearest}.",
    "the table has no column `{name}`; {nearest}.",
)
NEAREST = ("la plus proche est « {name} »", "the nearest one is `{name}`")
ALL_COLUMNS = ("elle a : {names}", "it has: {names}")
MISSING = (
    (
        "l'estimateur lit des colonnes que la table n'a pas : {missing} ; la table a en plus : {extra}. "
        "Donnez la table avec laquelle il a été ajusté, ou réajustez-le sur celle-ci."
    ),
    (
        "the estimator reads columns that the table does not have: {missing}; the table has besides: {extra}. "
        "Give the table that it was fitted on, or fit it again on this one."
    ),
)
TARGET_READ = (
    "l'estimateur lit « {name} », qui est aussi la cible : réajustez-le sans cette colonne.",
    "the estimator reads `{name}`, which is the target as well: fit it again without this column.",
)
WIDTH = (
    (
        "l'estimateur a été ajusté sur {expected} colonnes sans nom, la table en a {found} hors cible "
        "({names}) : retirez "
        "les autres avec --drop, ou réajustez-le sur un tableau pandas."
    ),
    (
        "the estimator was fitted on {expected} columns without names, the table has {found} beside the "
        "target ({names}): "
        "leave the others out with --drop, or fit it again on a pandas table."
    ),
)
IN_ORDER = (
    "l'estimateur a été ajusté sur un tableau numpy, sans noms : ses colonnes sont prises dans l'ordre de la table.",
    "the estimator was fitted on a numpy array, without names: its columns are taken in the order of the table.",
)
REORDERED = (
    "les colonnes sont remises dans l'ordre de l'estimateur.",
    "the columns are put in the order of the estimator.",
)
SEVERAL_TEXTS = (
    (
        "l'estimateur commence par un {step}, qui lit une seule colonne de texte, et la table en a {count} ({names}) : "
        "retirez les autres avec --drop."
    ),
    (
        "the estimator begins with a {step}, which reads one column of text, and the table has {count} ({names}): "
        "leave the others out with --drop."
    ),
)
NO_TARGET = (
    "{type} prédit une colonne : nommez-la avec --target.",
    "{type} predicts a column: name it with --target.",
)
UNUSED_TARGET = (
    "{type} ne prédit aucune colonne : retirez --target ; pour l'oublier, nommez « {name} » avec --drop.",
    "{type} predicts no column: take --target away; to leave `{name}` out, name it with --drop.",
)
TARGETS = (
    "l'estimateur prédit {expected} colonne(s), et --target en nomme {found} ({names}).",
    "the estimator predicts {expected} column(s), and --target names {found} ({names}).",
)
SEVERAL_LABELS = (
    (
        "l'estimateur a été ajusté sur plusieurs colonnes à la fois ({names}) et n'en dit qu'une liste de classes : "
        "ajustez MultiOutputClassifier autour d'un classifieur simple."
    ),
    (
        "the estimator was fitted on several columns at once ({names}) and has only one list of classes for them: fit "
        "MultiOutputClassifier around a plain classifier."
    ),
)
ESTIMATOR = ("l'estimateur", "the estimator")
CLASSES = (
    (
        "l'estimateur connaît les classes {known}, et la colonne « {name} » a {found} : ajoutez au fichier "
        "une colonne avec "
        "les classes de l'estimateur, ou réajustez-le sur celles du fichier."
    ),
    (
        "the estimator knows the classes {known}, and the column `{name}` has {found}: add a column with the "
        "estimator's "
        "classes to the file, or fit it again on those of the file."
    ),
)
CLASSES_ABSENT = (
    "la colonne « {name} » n'a aucune ligne de {classes}, que l'estimateur connaît.",
    "the column `{name}` has no row of {classes}, which the estimator knows.",
)
REFUSED = (
    (
        "l'estimateur refuse les lignes de la table ({error}) : donnez la table telle qu'il l'a lue, sans "
        "étape faite avant "
        "lui (dates converties, colonnes calculées)."
    ),
    (
        "the estimator refuses the rows of the table ({error}): give the table as it was given to it, with "
        "no step done "
        "before (dates converted, columns computed)."
    ),
)


@dataclass(frozen=True, slots=True)
class FittedFacts:
    """What a fitted estimator reads.

    Attributes:
        columns: the columns, in its order.
        series: whether it was fitted on the one column itself, not on a table.
        named: whether it knows the names of its columns.
        categories: whether its columns of text were pandas categories.
        notes: what to tell the user.
    """

    columns: tuple[str, ...]
    series: bool = False
    named: bool = True
    categories: bool = False
    notes: tuple[Text, ...] = ()

    def input_of(self, frame: pd.DataFrame) -> Any:
        """Rows of the table as the estimator reads them: a table, a column or an array."""
        table = frame[list(self.columns)]
        if self.series:
            return table.iloc[:, 0]
        if self.categories:
            texts = [name for name in table if is_text(table[name])]
            table = table.astype(dict.fromkeys(texts, "category"))
        return table if self.named or any(is_text(table[name]) for name in table) else table.to_numpy()


def find_column(frame: pd.DataFrame, name: str) -> str:
    """The name of a column of the table.

    Raises:
        Refusal: the table has none of that name; the sentence says the nearest.
    """
    if name in frame.columns:
        return name
    raise Refusal(NO_COLUMN, name=name, nearest=nearest_name(list(frame.columns), name))


def nearest_name(names: Sequence[str], name: str) -> Text:
    """Part of a sentence: the name that is spelled nearest, else all the names."""
    by_folded = {each.casefold().strip(): each for each in reversed(names)}
    close = difflib.get_close_matches(name.casefold().strip(), list(by_folded), n=1)
    return fill(NEAREST, name=by_folded[close[0]]) if close else fill(ALL_COLUMNS, names=_listed(names))


def check_fits(estimator: Any, frame: pd.DataFrame, targets: Sequence[str]) -> FittedFacts:
    """Check that a fitted estimator and a table belong together.

    Args:
        estimator: the fitted estimator.
        frame: the table, without the columns that the user drops.
        targets: the columns that it predicts; none for clusters and outliers.

    Raises:
        Refusal: other columns, targets or classes than the estimator's, or it refuses the rows.
    """
    for target in targets:
        find_column(frame, target)
    facts = _columns_of(estimator, frame, targets)
    check_targets(estimator, targets)
    notes = [*facts.notes, *_check_classes(estimator, frame, targets)]
    return _check_rows(estimator, frame, replace(facts, notes=tuple(notes)))


def classes_of(estimator: Any) -> list[NDArray[Any]]:
    """The classes of each target; none for other estimators than classifiers."""
    classes = getattr(estimator, "classes_", None)
    if classes is None or not len(classes):  # CatBoostRegressor has an empty list
        return []
    several = isinstance(classes, list) and bool(classes) and np.ndim(classes[0]) == 1
    return [np.asarray(one) for one in classes] if several else [np.asarray(classes)]


def _columns_of(estimator: Any, frame: pd.DataFrame, targets: Sequence[str]) -> FittedFacts:
    known = feature_names(estimator)
    others = [str(name) for name in frame if name not in targets]
    if known is not None:
        return _named_columns(known, frame, targets)
    step = _first_step(estimator)
    if hasattr(step, "build_analyzer"):
        return _text_column(frame[others], type(step).__name__)
    expected = getattr(estimator, "n_features_in_", len(others))
    if expected != len(others):
        raise Refusal(WIDTH, expected=expected, found=len(others), names=_listed(others))
    return FittedFacts(tuple(others), named=False, notes=(IN_ORDER,))


def feature_names(estimator: Any) -> tuple[str, ...] | None:
    """The names of the columns that an estimator was fitted on, in its order; None: it knows none.

    CatBoost names the columns of an array `0`, `1`, ..., LightGBM `Column_0`, ...
    """
    for name in ("feature_names_in_", "feature_names_"):
        try:
            found = getattr(estimator, name, None)
        except (AttributeError, ValueError):
            continue
        if found is not None:
            names = tuple(map(str, found))
            default = "{}" if name == "feature_names_" else "Column_{}"
            return None if all(each == default.format(at) for at, each in enumerate(names)) else names
    return None


def _named_columns(known: tuple[str, ...], frame: pd.DataFrame, targets: Sequence[str]) -> FittedFacts:
    for target in targets:
        if target in known:
            raise Refusal(TARGET_READ, name=target)
    present = [str(name) for name in frame if name not in targets]
    known = tuple(_spelled_by_lightgbm(known, present))
    missing = [name for name in known if name not in present]
    extra = [name for name in present if name not in known]
    if missing:
        raise Refusal(MISSING, missing=_listed(missing), extra=_listed(extra) if extra else ("rien", "nothing"))
    in_order = [name for name in present if name in known] == list(known)
    return FittedFacts(known, notes=() if in_order else (REORDERED,))


def _spelled_by_lightgbm(known: tuple[str, ...], present: list[str]) -> list[str]:
    """The names in the table's own spelling: LightGBM writes `_` for each space."""
    by_spelling = {name.replace(" ", "_"): name for name in present}
    return [name if name in present else by_spelling.get(name, name) for name in known]


def _text_column(others: pd.DataFrame, step: str) -> FittedFacts:
    texts = [str(name) for name in others if is_text(others[name])]
    if len(texts) != 1:
        raise Refusal(SEVERAL_TEXTS, step=step, count=len(texts), names=_listed(texts))
    return FittedFacts(tuple(texts), series=True)


def _first_step(estimator: Any) -> Any:
    """The step that reads the columns."""
    if hasattr(estimator, "best_estimator_"):
        return _first_step(estimator.best_estimator_)
    if steps := getattr(estimator, "steps", None) or getattr(estimator, "transformer_list", None):
        return _first_step(steps[0][1])
    inner = getattr(estimator, "estimator_", None) or getattr(estimator, "regressor_", None)
    if inner is None and (calibrated := getattr(estimator, "calibrated_classifiers_", None)):
        inner = calibrated[0].estimator
    several = np.ravel(np.asarray(getattr(estimator, "estimators_", ()), dtype=object))
    inner = several[0] if inner is None and len(several) else inner
    return estimator if inner is None or not hasattr(inner, "fit") else _first_step(inner)


def check_targets(estimator: Any, targets: Sequence[str]) -> None:
    """Check that an estimator predicts as many columns as are named. Raises Refusal: it does not."""
    kind = estimator_kind(estimator)
    if targets and kind in ("clusterer", "outlier_detector"):
        raise Refusal(UNUSED_TARGET, type=type(estimator).__name__, name=targets[0])
    if not targets and kind in ("classifier", "regressor"):
        raise Refusal(NO_TARGET, type=type(estimator).__name__)
    expected = len(classes_of(estimator)) or getattr(estimator, "n_outputs_", None)
    if expected == 1 < len(targets) and kind == "classifier":
        raise Refusal(SEVERAL_LABELS, names=_listed(targets))
    if targets and expected and expected != len(targets):
        raise Refusal(TARGETS, expected=expected, found=len(targets), names=_listed(targets))


def estimator_kind(estimator: Any) -> str | None:
    """`classifier`, `regressor`, `clusterer`, `outlier_detector`, or None."""
    return getattr(estimator, "_estimator_type", None) or _tag(estimator)


def _tag(estimator: Any) -> str | None:
    try:
        return str(estimator.__sklearn_tags__().estimator_type)
    except AttributeError:
        return None


def _check_classes(estimator: Any, frame: pd.DataFrame, targets: Sequence[str]) -> list[Text]:
    notes = []
    for target, classes in zip(targets, classes_of(estimator), strict=False):
        known, found = classes.tolist(), frame[target].dropna().unique().tolist()
        strangers = [value for value in found if not _is_one_of(value, known)]
        if strangers:
            raise Refusal(CLASSES, known=_listed(known), name=target, found=_listed(strangers))
        absent = [value for value in known if not _is_one_of(value, found)]
        if absent:
            notes.append(fill(CLASSES_ABSENT, name=target, classes=_listed(absent)))
    return notes


def _is_one_of(value: Any, known: Sequence[Any]) -> bool:
    """Whether a class is known: `1` is `1.0` and `True`, as numpy compares them, but not `"1"`."""
    return any(value == one for one in known)


def _check_rows(estimator: Any, frame: pd.DataFrame, facts: FittedFacts) -> FittedFacts:
    """The facts, with `categories` as the estimator needs it."""
    columns = frame[list(facts.columns)]
    whole = columns.dropna()
    rows = (whole if len(whole) else columns.dropna(axis=0, thresh=1)).head(20)
    error: Exception | None = None
    for tried in (facts, replace(facts, categories=True)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                estimator.predict(tried.input_of(rows))
        except Exception as raised:  # noqa: BLE001 - an estimator raises anything
            error = error or raised
        else:
            return tried
    _check_texts(estimator, rows, facts)
    lines = str(error).strip().splitlines() or [type(error).__name__]
    raise Refusal(REFUSED, error=lines[0][:200]) from error


def _check_texts(estimator: Any, rows: pd.DataFrame, facts: FittedFacts) -> None:
    """Refuse numbers that the estimator learnt as texts, such as `pandas.read_csv(path, dtype={"zip": str})` reads."""
    numbers = [name for name in encoded_columns(estimator, facts.columns) if not is_text(rows[name])]
    try:
        estimator.predict(facts.input_of(rows.astype(dict.fromkeys(numbers, "str"))))
    except Exception:  # noqa: BLE001 - an estimator raises anything
        return
    if numbers:
        example = rows[numbers[0]].iloc[0]
        raise Refusal(OTHER_TYPE, step=ESTIMATOR, column=" », « ".join(numbers), example=example)


def _listed(names: Sequence[Any], most: int = 12) -> str:
    shown = ", ".join(map(str, names[:most]))
    return f"{shown}, …" if len(names) > most else shown
