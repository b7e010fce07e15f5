"""`python -m benchmarks.recipe`: the recipe of `python -m models new` beside LightGBM's defaults, on tables of yours.

A table is a file `NAME.TARGET.csv` or `NAME.TARGET.parquet`, such as `churn.left.csv`: its target is in the name. A
quarter of the rows is held out; LightGBM gets the same rows, its own categories and, where the recipe learns the
logarithm of the target, the logarithm too. One hold-out a table: a difference of 1 % is noise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.table import Table
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import train_test_split

from benchmarks.report import report_console
from shared.terminal import localize, say
from training.contract import Options
from training.new.recipe.fit import FittedRecipe, fit_recipe
from training.new.recipe.targets import Goal, goal_of

HELP = (
    "Mesurer la recette sur les tableaux d'un dossier, à côté de LightGBM s'il est installé.",
    "Measure the recipe on the tables of a folder, beside LightGBM if it is installed.",
)
FOLDER = ("Dossier de fichiers NOM.CIBLE.csv ou .parquet.", "Folder of files NAME.TARGET.csv or .parquet.")
ROUNDS = ("Partages différents de chaque tableau.", "Different splits of each table.")
COLUMNS = (
    ("tableau", "table"),
    ("lignes × colonnes", "rows × columns"),
    ("mesure", "measure"),
    ("membres", "members"),
    ("mélange", "blend"),
    ("LightGBM", "LightGBM"),
    ("rapport", "ratio"),
    ("secondes", "seconds"),
)
BETTER = ("meilleure que LightGBM : {better} sur {all}", "better than LightGBM: {better} of {all}")
HELD_OUT = 0.25


@dataclass(frozen=True, slots=True)
class Split:
    """One table, split into rows to train on and rows held out."""

    name: str
    frame: pd.DataFrame
    target: "pd.Series[Any]"
    goal: Goal
    train: NDArray[np.int64]
    test: NDArray[np.int64]

    def error(self, estimator: Any) -> float:
        """Log-loss or root of the mean squared error of the held-out rows."""
        rows = self.frame.iloc[self.test]
        return self.error_of(estimator.predict_proba(rows) if self.goal.classes else estimator.predict(rows))

    def error_of(self, answers: NDArray[np.float64]) -> float:
        """The same, of answers on the target's scale."""
        if self.goal.classes:
            return float(log_loss(self.goal.learnt[self.test], answers, labels=np.arange(self.goal.classes)))
        return float(root_mean_squared_error(self.target.iloc[self.test], answers))


@dataclass(frozen=True, slots=True)
class Measured:
    """Errors of one table: of each member, of the blend and of LightGBM."""

    split: Split
    members: dict[str, float]
    blend: float
    lightgbm: float | None
    seconds: float

    @property
    def ratio(self) -> float | None:
        """Error of the blend over that of LightGBM."""
        return self.blend / self.lightgbm if self.lightgbm else None


@click.command(help=say(HELP))
@click.option(
    "--tables", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True, help=say(FOLDER)
)
@click.option("--rounds", default=1, show_default=True, help=say(ROUNDS))
def main(tables: Path, rounds: int) -> None:
    """Measure every table, and print each as soon as it is measured, then the whole."""
    console = report_console()
    results = []
    for path in sorted([*tables.glob("*.*.csv"), *tables.glob("*.*.parquet")]):
        for seed in range(rounds):
            results.append(measure(read_split(path, seed)))
            console.print(" | ".join(cells_of(results[-1])))
    show(results)


def read_split(path: Path, seed: int) -> Split:
    """Read a table and split it; rows without a target are left out."""
    name, target, _ = path.name.rsplit(".", 2)
    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    frame = frame.dropna(subset=[target]).reset_index(drop=True)
    column = frame.pop(target)
    goal = goal_of(column)
    train, test = train_test_split(
        np.arange(len(frame)), test_size=HELD_OUT, random_state=seed, stratify=column if goal.classes else None
    )
    return Split(name, frame, column, goal, train, test)


def measure(split: Split) -> Measured:
    """Train both on the same rows, and measure both on the others."""
    start = perf_counter()
    recipe = fit_recipe(split.frame.iloc[split.train], split.target.iloc[split.train].to_frame(), Options())
    seconds = perf_counter() - start
    lightgbm = lightgbm_error(split) if find_spec("lightgbm") else None
    return Measured(split, dict(member_errors(split, recipe)), split.error(recipe.estimator), lightgbm, seconds)


def member_errors(split: Split, recipe: FittedRecipe) -> Iterator[tuple[str, float]]:
    """The error of each member of a blend by itself."""
    blend = getattr(recipe.estimator, "regressor_", recipe.estimator)
    rows = split.frame.iloc[split.test]
    for (name, _), member in zip(blend.estimators, blend.estimators_, strict=True):
        answers = member.predict_proba(rows) if split.goal.classes else split.goal.back(member.predict(rows))
        yield name, split.error_of(answers)


def lightgbm_error(split: Split) -> float:
    """The error of LightGBM with 400 trees of 31 leaves, a rate of 0.05 and its other defaults."""
    import lightgbm  # noqa: PLC0415

    texts = [name for name in split.frame if not pd.api.types.is_numeric_dtype(split.frame[name])]
    frame = split.frame.astype(dict.fromkeys(texts, "category"))
    kind = lightgbm.LGBMClassifier if split.goal.classes else lightgbm.LGBMRegressor
    model = kind(n_estimators=400, learning_rate=0.05, num_leaves=31, verbose=-1, n_jobs=1, random_state=0)
    model.fit(frame.iloc[split.train], split.goal.learnt[split.train])
    rows = frame.iloc[split.test]
    if split.goal.classes:
        return split.error_of(np.asarray(model.predict_proba(rows)))
    return split.error_of(split.goal.back(np.asarray(model.predict(rows))))


def cells_of(result: Measured) -> tuple[str, ...]:
    """The line of a table of results."""
    split = result.split
    return (
        split.name,
        f"{len(split.frame)} × {split.frame.shape[1]}",
        "log-loss" if split.goal.classes else "RMSE",
        ", ".join(f"{name} {error:.4g}" for name, error in result.members.items()),
        f"{result.blend:.4g}",
        f"{result.lightgbm:.4g}" if result.lightgbm else "",
        f"{result.ratio:.3f}" if result.ratio else "",
        f"{result.seconds:.0f}",
    )


def show(results: list[Measured]) -> None:
    """Print the table of results, and how often the recipe is better."""
    table = Table(*map(say, COLUMNS))
    for result in results:
        table.add_row(*cells_of(result))
    console = report_console()
    console.print(table)
    ratios = [result.ratio for result in results if result.ratio]
    if ratios:
        console.print(say(BETTER, better=sum(ratio < 1 for ratio in ratios), all=len(ratios)))


if __name__ == "__main__":
    localize()
    main()
