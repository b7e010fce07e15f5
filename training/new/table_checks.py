"""What is wrong with a table before training: identifiers, leaks, constants, duplicates, poor targets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score, r2_score
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from shared.errors import Text
from shared.i18n import fill
from shared.model.table import CLASSES
from training.new.column_facts import is_boolean, is_whole
from training.new.conversion.converter import is_text
from training.new.conversion.refusal import Refusal
from training.new.fitted_columns import find_column

MOST_CLASSES = 20
"""Most distinct whole numbers of a target that are classes, unless the estimator is a regressor."""
FEWEST_OF_A_CLASS = 5
"""Rows that a class needs, count."""

_LEAK = 0.99
"""Balanced accuracy, or coefficient of determination, out of fold, of one column alone."""
_SAMPLE = 5000
"""Rows that leaks are looked for in, count."""
_IDENTIFIER = re.compile(
    r"(^|[_\s.-])(id|ids|uuid|guid|identifiant|identifier|matricule|siren|siret)([_\s.-]|$)", re.IGNORECASE
)
_SEVERAL_WORDS_OR_DATE = re.compile(r"\S\s+\S|^\s*\d{4}-\d\d-\d\d")
_CAMEL = re.compile(r"[a-z](Id|ID|Uuid|UUID)$")

Kind = Literal["identifier", "leak", "constant", "empty", "duplicate", "infinite", "rare_class", "missing_target"]

IDENTIFIER = (
    "« {column} » numérote ou nomme les lignes (toutes ses valeurs diffèrent) : elle n'apprend rien au modèle.",
    "`{column}` numbers or names the rows (all its values differ): a model learns nothing from it.",
)
LEAK = (
    (
        "« {column} » donne à elle seule {target} ({figure}) : la connaît-on vraiment avant la réponse ? Sinon, "
        "retirez-la avec --drop."
    ),
    (
        "`{column}` alone gives {target} ({figure}): is it really known before the answer? If not, leave it "
        "out with --drop."
    ),
)
CONSTANT = ("« {column} » a partout la même valeur.", "`{column}` has the same value everywhere.")
EMPTY = ("« {column} » est entièrement vide.", "`{column}` is wholly empty.")
DUPLICATE = ("« {column} » répète « {other} ».", "`{column}` repeats `{other}`.")
INFINITE = (
    "« {column} » a {count} valeur(s) infinie(s), que JSON ne peut pas porter : videz ces cases.",
    "`{column}` has {count} infinite value(s), which JSON cannot carry: empty these cells.",
)
RARE = (
    "« {column} » : la classe {label} n'a que {count} ligne(s) ; ses probabilités ne vaudront pas grand-chose.",
    "`{column}`: the class {label} has only {count} row(s); its probabilities will not be worth much.",
)
MISSING_TARGET = (
    "{count} ligne(s) sans « {column} » sont laissées de côté.",
    "{count} row(s) without `{column}` are left out.",
)
INFINITE_TARGET = (
    "la cible « {column} » a {count} valeur(s) infinie(s), que rien ne peut apprendre : ôtez ces lignes.",
    "the target `{column}` has {count} infinite value(s), which nothing can learn: remove these rows.",
)
NO_TARGET_VALUES = (
    "la cible « {column} » est entièrement vide.",
    "the target `{column}` is wholly empty.",
)
ONE_CLASS = (
    "la cible « {column} » n'a qu'une valeur ({label}) : il n'y a rien à prédire.",
    "the target `{column}` has only one value ({label}): there is nothing to predict.",
)
TARGET_TEXT = (
    "l'estimateur répond des nombres, et la cible « {column} » est du texte ({value}) : nommez la colonne apprise.",
    "the estimator answers numbers, and the target `{column}` is text ({value}): name the column that it learned.",
)
TARGET_IDENTIFIER = (
    (
        "la cible « {column} » a une valeur différente à chaque ligne : c'est un identifiant ou du texte "
        "libre, non des "
        "classes."
    ),
    "the target `{column}` has another value in each row: it is an identifier or free text, not classes.",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell about a table.

    Attributes:
        kind: of what was found.
        column: where.
        text: the sentence, French then English.
    """

    kind: Kind
    column: str
    text: Text

    @property
    def is_dropped(self) -> bool:
        """Whether the recipe leaves the column out by itself."""
        return self.kind in ("identifier", "constant", "empty", "duplicate", "infinite")


def keep_known_targets(frame: pd.DataFrame, targets: Sequence[str]) -> tuple[pd.DataFrame, list[Finding]]:
    """The rows that have every target, and how many have not.

    Raises:
        Refusal: a target is not there, wholly empty, or infinite.
    """
    findings = []
    for name in targets:
        target = frame[find_column(frame, name)]
        missing = int(target.isna().sum())
        if missing == len(frame):
            raise Refusal(NO_TARGET_VALUES, column=name)
        if pd.api.types.is_float_dtype(target.dtype) and (count := int(np.isinf(target).sum())):
            raise Refusal(INFINITE_TARGET, column=name, count=count)
        if missing:
            findings.append(_finding("missing_target", MISSING_TARGET, name, count=missing))
    return frame.dropna(subset=list(targets)).reset_index(drop=True), findings


def task_of(target: "pd.Series[Any]", estimator_type: str | None = None) -> Literal["classes", "values"]:
    """Whether a target is classes or a number.

    Args:
        target: its values.
        estimator_type: `classifier` or `regressor`, if there is an estimator: it decides.

    Raises:
        Refusal: the target has one value, or another one in each row, or is text that a regressor cannot answer.
    """
    name, known = str(target.name), target.dropna()
    if known.nunique() < 2:
        raise Refusal(ONE_CLASS, column=name, label=known.iloc[0] if len(known) else None)
    if estimator_type == "regressor" and is_text(known) and not is_boolean(known):
        raise Refusal(TARGET_TEXT, column=name, value=known.iloc[0])
    if estimator_type:
        return "classes" if estimator_type == "classifier" else "values"
    if is_text(known) and not is_boolean(known):
        if known.nunique() == len(known):
            raise Refusal(TARGET_IDENTIFIER, column=name)
        return "classes"
    if is_boolean(known) or (is_whole(known) and known.nunique() <= MOST_CLASSES):
        return "classes"
    if is_identifier(known):
        raise Refusal(TARGET_IDENTIFIER, column=name)
    return "values"


def check_table(frame: pd.DataFrame, targets: Sequence[str], tasks: Sequence[str]) -> list[Finding]:
    """What is remarkable about the columns and the targets.

    Args:
        frame: rows that have every target.
        targets: the columns to predict.
        tasks: `classes` or `values`, one for each target.
    """
    features = frame.drop(columns=list(targets))
    findings = [found for name in features if (found := _check_column(features[name]))]
    findings += _duplicates(features.drop(columns=[one.column for one in findings]))
    seen = {one.column for one in findings}
    for target, task in zip(targets, tasks, strict=True):
        if task == CLASSES:
            findings += _rare_classes(frame[target])
        findings += _leaks(features[[name for name in features if name not in seen]], frame[target], task)
    return findings


def is_identifier(column: "pd.Series[Any]") -> bool:
    """Whether a column numbers or names the rows.

    All its values differ, and it is named like an identifier, or its integers follow one another without a gap, or its
    texts are single words.
    """
    known = column.dropna()
    if len(known) < 2 or known.nunique() < len(known) or is_boolean(known):
        return False
    named = bool(_IDENTIFIER.search(str(column.name)) or _CAMEL.search(str(column.name)))
    if is_text(known):
        return named or not known.map(lambda text: bool(_SEVERAL_WORDS_OR_DATE.search(str(text)))).any()
    if not pd.api.types.is_integer_dtype(column.dtype):
        return False
    return named or int(known.max()) - int(known.min()) == len(known) - 1


def _check_column(column: "pd.Series[Any]") -> Finding | None:
    name, known = str(column.name), column.dropna()
    if not len(known):
        return _finding("empty", EMPTY, name)
    if pd.api.types.is_float_dtype(column.dtype) and (infinite := int(np.isinf(known).sum())):
        return _finding("infinite", INFINITE, name, count=infinite)
    if len(known) == len(column) and known.nunique() == 1:
        return _finding("constant", CONSTANT, name)
    return _finding("identifier", IDENTIFIER, name) if is_identifier(column) else None


def _finding(kind: Kind, text: Text, column: str, **values: object) -> Finding:
    return Finding(kind, column, fill(text, column=column, **values))


def _duplicates(features: pd.DataFrame) -> list[Finding]:
    """Columns that have the values of an earlier one."""
    findings: list[Finding] = []
    earlier: dict[int, Any] = {}
    for name in features:
        column = features[name]
        key = int(pd.util.hash_pandas_object(column, index=False).to_numpy().sum())
        other = earlier.setdefault(key, name)
        if other != name and column.equals(features[other].rename(column.name)):
            findings.append(_finding("duplicate", DUPLICATE, str(name), other=other))
    return findings


def _rare_classes(target: "pd.Series[Any]") -> list[Finding]:
    counts = target.value_counts()
    rare = counts[counts < FEWEST_OF_A_CLASS]
    name = str(target.name)
    return [_finding("rare_class", RARE, name, label=label, count=count) for label, count in rare.items()]


def _leaks(features: pd.DataFrame, target: "pd.Series[Any]", task: str) -> list[Finding]:
    """Columns that predict the target nearly without error by themselves, out of fold."""
    rows = np.random.default_rng(0).permutation(len(target))[:_SAMPLE]
    known = target.iloc[rows]
    answers = pd.factorize(known)[0] if task == CLASSES else known.to_numpy(np.float64)
    findings = []
    for name in features:
        figure = _alone(_as_numbers(features[name].iloc[rows]), answers, task)
        if figure >= _LEAK:
            measure = ("exactitude équilibrée", "balanced accuracy") if task == CLASSES else ("R²", "R²")
            told = tuple(f"{text} {figure:.3f}" for text in measure)
            findings.append(_finding("leak", LEAK, str(name), target=target.name, figure=told))
    return findings


def _as_numbers(column: "pd.Series[Any]") -> NDArray[np.float64]:
    """A column (rows, 1) for a tree: its numbers, or the rank of its texts; NaN for missing ones."""
    if is_text(column):
        codes = pd.factorize(column, sort=not is_boolean(column))[0].astype(np.float64)
        return np.where(codes < 0, np.nan, codes)[:, None]
    return column.to_numpy(np.float64, na_value=np.nan)[:, None]


def _alone(values: NDArray[np.float64], answers: NDArray[Any], task: str) -> float:
    """How well one column predicts the answers, out of three folds: 1 is perfect, 0 or less is chance."""
    if len(np.unique(values[~np.isnan(values)])) < 2:
        return 0.0
    folds = KFold(3, shuffle=True, random_state=0)
    if task == CLASSES:
        tree = DecisionTreeClassifier(max_leaf_nodes=256, random_state=0)
        return float(balanced_accuracy_score(answers, cross_val_predict(tree, values, answers, cv=folds)))
    tree = DecisionTreeRegressor(max_leaf_nodes=256, random_state=0)
    return float(r2_score(answers, cross_val_predict(tree, values, answers, cv=folds)))
