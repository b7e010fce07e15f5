"""The command `python -m models new`: a table, and perhaps a fitted estimator, in; a function with its bundle out."""

from pathlib import Path

import click

from shared.errors import Text
from shared.terminal import say

NEW = (
    (
        "Faire de votre modèle une fonction NAME : son adresse, sa page, sa fiche, ses tests, son déploiement.\n\n"
        "Sans --estimator, un modèle est entraîné sur le tableau. Rien de ce qui existe n'est écrasé ; ce qui échoue "
        "ne laisse rien. Un estimateur n'est lu qu'à travers une liste de classes connues : n'ouvrez pourtant que vos "
        "propres fichiers."
    ),
    (
        "Turn your model into a function NAME: its address, page, card, tests and deployment.\n\n"
        "Without --estimator, a model is trained on the table. Nothing that exists is overwritten; what fails leaves "
        "nothing behind. An estimator is read only through a list of known classes: still, open only files of your own."
    ),
)
DATA = ("Tableau : CSV, Parquet ou JSONL, une ligne par exemple.", "Table: CSV, Parquet or JSONL, one row per example.")
TARGET = (
    "Colonne à prédire ; plusieurs fois pour plusieurs. Aucune : groupes ou lignes inhabituelles.",
    "Column to predict; several times for several. None: clusters or outliers.",
)
ESTIMATOR = (
    "Estimateur de scikit-learn entraîné sur ces colonnes : .joblib, .pkl ou .skops.",
    "scikit-learn estimator fitted on these columns: .joblib, .pkl or .skops.",
)
DROP = ("Colonne à laisser de côté (plusieurs fois).", "Column to leave out (several times).")
SENSITIVE = (
    "Colonne tenue hors du modèle, qui sert au tableau d'équité de la fiche (plusieurs fois).",
    "Column kept out of the model and used for the fairness table of the card (several times).",
)
LABELS = (
    "Titres des colonnes : un CSV à deux ou trois colonnes (colonne, titre français, titre anglais).",
    "Titles of the columns: a CSV with two or three columns (column, French title, English title).",
)
QUICK = ("Mesures réduites, pour essayer.", "Reduced measurements, to try.")
DRY_RUN = ("Tout faire et tout dire, sans rien écrire.", "Do and tell everything, and write nothing.")
WROTE = (
    (
        "\nÉcrit : functions/{name}/ et models/{name}/ (paquet {version}).\n"
        "Servir :    make serve\n"
        "Seul :      functions-framework --target {name} --source functions/{name}/main.py\n"
        "Demander :  curl -s localhost:8080/{name} -H 'Content-Type: application/json' "
        "-d @functions/{name}/examples/exemple.json\n"
        "Page :      http://localhost:8080/\n"
        "Vérifier :  python -m models evaluate {name}, make test\n"
        "Déployer :  make deploy PROJECT=mon-projet"
    ),
    (
        "\nWritten: functions/{name}/ and models/{name}/ (bundle {version}).\n"
        "Serve:   make serve\n"
        "Alone:   functions-framework --target {name} --source functions/{name}/main.py\n"
        "Ask:     curl -s localhost:8080/{name} -H 'Content-Type: application/json' "
        "-d @functions/{name}/examples/exemple.json\n"
        "Page:    http://localhost:8080/\n"
        "Check:   python -m models evaluate {name}, make test\n"
        "Deploy:  make deploy PROJECT=my-project"
    ),
)
WROTE_NOTHING = ("\n--dry-run : rien n'est écrit.", "\n--dry-run: nothing is written.")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _columns(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that are named; `--target` alone names none."""
    return tuple(value for value in values if value)


@click.command("new", help=say(NEW))
@click.argument("name", metavar="NAME")
@click.option("--data", type=FILE, required=True, help=say(DATA))
@click.option("--target", "targets", multiple=True, is_flag=False, flag_value="", callback=_columns, help=say(TARGET))
@click.option("--estimator", type=FILE, help=say(ESTIMATOR))
@click.option("--drop", multiple=True, callback=_columns, help=say(DROP))
@click.option("--sensitive", multiple=True, callback=_columns, help=say(SENSITIVE))
@click.option("--labels", type=FILE, help=say(LABELS))
@click.option("--quick", is_flag=True, help=say(QUICK))
@click.option("--dry-run", is_flag=True, help=say(DRY_RUN))
def new(  # noqa: PLR0913, PLR0917 - the options of a command
    name: str,
    data: Path,
    targets: tuple[str, ...],
    estimator: Path | None,
    drop: tuple[str, ...],
    sensitive: tuple[str, ...],
    labels: Path | None,
    *,
    quick: bool,
    dry_run: bool,
) -> None:
    """Make a function from a table and an estimator.

    Args:
        name: of the function.
        data: the table.
        targets: the columns to predict.
        estimator: a fitted estimator; None: a recipe trains one.
        drop: the columns to leave out.
        sensitive: the columns to measure fairness with.
        labels: the titles of the columns.
        quick: reduce the measurements.
        dry_run: write nothing.
    """
    from training.new.creation import Request, create  # noqa: PLC0415  # scikit-learn would slow down the help
    from training.new.sources import sources_of  # noqa: PLC0415

    request = Request(name, sources_of(data, estimator, labels), targets, drop, sensitive, quick)
    bundle = create(request, dry_run=dry_run)
    click.echo(say(_next(dry_run=dry_run), name=name, version=bundle.manifest.version))


def _next(*, dry_run: bool) -> Text:
    return WROTE_NOTHING if dry_run else WROTE
