"""The command line: `python -m models new|train|evaluate|drift|publish|promote|rollback|list|verify NAME`."""

import io
import math
import sys
from pathlib import Path

import click

from shared.errors import AugureError
from shared.model.bundle import MANIFEST, read_folder
from shared.terminal import localize, say
from training.console import show_checks, show_metrics
from training.contract import Options
from training.errors import CommandError
from training.model_folders import ModelName, bundle_of, evaluate_of, log_rows_of, names, train_of
from training.new.command import new
from training.registry.commands import COMMANDS

# The help must not wait for scikit-learn: a command imports what it needs when it runs.

MAIN = (
    "Entraîner, vérifier et publier les modèles d'Augure : {names}.",
    "Train, verify and publish the models of Augure: {names}.",
)
TRAIN = (
    (
        "Entraîner NAME et installer son paquet (manifeste, graphes ONNX, fiche).\n\n"
        "L'ancien paquet reste entier jusqu'à ce que le nouveau soit écrit et vérifié."
    ),
    (
        "Train NAME and install its bundle (manifest, ONNX graphs, model card).\n\n"
        "The old bundle stays whole until the new one is written and verified."
    ),
)
EVALUATE = (
    "Mesurer à nouveau le paquet de NAME, et échouer (code 1) s'il s'écarte de son manifeste.",
    "Measure the bundle of NAME again, and fail (code 1) if it differs from its manifest.",
)
DRIFT = (
    (
        "Comparer ce que NAME reçoit et répond, d'après son journal, à ce dont il a appris.\n\n"
        "Code 1 : dérive, l'indice de stabilité (PSI) d'une grandeur dépasse le seuil. Code 2 : rien ne peut être "
        "comparé, ou l'image ne peut être écrite."
    ),
    (
        "Compare the inputs and predictions in the log of NAME with its training data.\n\n"
        "Code 1: drift, the population stability index (PSI) of a quantity is above the threshold. Code 2: comparison "
        "impossible, or the picture cannot be written."
    ),
)
OUTPUT = ("Dossier du paquet. Par défaut : models/NAME/bundle.", "Folder of the bundle. Default: models/NAME/bundle.")
SEED = ("Graine du hasard.", "Random seed.")
QUICK = (
    "Modèle réduit, en quelques secondes : pour essayer, pas pour servir.",
    "Reduced model, in seconds: to try, not to serve.",
)
MLFLOW = (
    "Enregistrer l'entraînement dans MLflow (MLFLOW_TRACKING_URI, sinon SQLite).",
    "Record the training in MLflow (MLFLOW_TRACKING_URI, else SQLite).",
)
LOG = ("Journal des requêtes, en JSONL.", "Request log, as JSONL.")
THRESHOLD = ("Indice d'une dérive.", "Index above which a quantity has drifted.")
AS_JSON = ("Écrire du JSON au lieu d'un tableau.", "Write JSON instead of a table.")
PLOT = ("Écrire aussi l'image des indices, en PNG.", "Also write the picture of the indices, as PNG.")
NOT_FINITE = ("attendu : un nombre fini, reçu : {value}.", "expected: a finite number, got: {value}.")
DIFFERS = (
    "le paquet s'écarte de son manifeste : {wrong}.",
    "the bundle differs from its manifest: {wrong}.",
)
REFUSED = ("{file} : {reason}", "{file}: {reason}")

COMMAND = ("COMMANDE [ARGS]...", "COMMAND [ARGS]...")

FOLDER = click.Path(path_type=Path)


@click.group(help=say(MAIN, names=", ".join(names())), subcommand_metavar=say(COMMAND))
def main() -> None:
    """Group the commands."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # some terminals lack letters


def _finite(_: click.Context, __: click.Parameter, value: float) -> float:
    if not math.isfinite(value):
        raise click.BadParameter(say(NOT_FINITE, value=value))
    return value


@main.command(help=say(TRAIN))
@click.argument("name", metavar="NAME", type=ModelName())
@click.option("--output", type=FOLDER, help=say(OUTPUT))
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help=say(SEED))
@click.option("--quick", is_flag=True, help=say(QUICK))
@click.option("--mlflow", is_flag=True, help=say(MLFLOW))
def train(name: str, output: Path | None, seed: int, *, quick: bool, mlflow: bool) -> None:
    """Train a model and swap its bundle.

    Args:
        name: the model.
        output: the folder of the bundle; None: the model's own, whose card is then copied beside it.
        seed: of every random draw.
        quick: train a reduced model.
        mlflow: record the training.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    from training.bundle_writer import check_place, install, show_card  # noqa: PLC0415
    from training.tracking import tracker  # noqa: PLC0415

    folder = (output or bundle_of(name)).resolve()  # `.` cannot be renamed
    check_place(folder)
    store = tracker.connect() if mlflow else None
    options = Options(seed, quick)
    with threadpool_limits(1):  # more threads sum in another order, which changes the version
        trained = train_of(name)(options)
    bundle = install(name, trained, options, folder)
    if output is None:
        show_card(bundle, folder)
    show_metrics(bundle.manifest)
    if store is not None:
        run = tracker.log(store, trained, options, bundle, folder)
        click.echo(tracker.where(store, run))


@main.command(help=say(EVALUATE))
@click.argument("name", metavar="NAME", type=ModelName())
@click.option("--bundle", type=FOLDER, help=say(OUTPUT))
def evaluate(name: str, bundle: Path | None) -> None:
    """Measure a bundle again; exit 1 if it differs from its manifest."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    folder = bundle or bundle_of(name)
    try:
        content = read_folder(folder, name)
        measure = evaluate_of(name)
        with threadpool_limits(1):  # as in training; more threads wait for each other and take six times as long
            checks = measure(content)
    except AugureError as error:
        raise CommandError(REFUSED, file=folder / MANIFEST, reason=error.detail) from error
    show_checks(content.manifest, checks)
    wrong = [check.what for check in checks if not check.agrees]
    if wrong:
        raise CommandError(DIFFERS, wrong=", ".join(wrong))


@main.command(help=say(DRIFT))
@click.argument("name", metavar="NAME", type=ModelName())
@click.option("--log", type=FOLDER, required=True, help=say(LOG))
@click.option("--bundle", type=FOLDER, help=say(OUTPUT))
@click.option(
    "--threshold",
    type=click.FloatRange(0, min_open=True),
    callback=_finite,
    default=0.2,
    show_default=True,
    help=say(THRESHOLD),
)
@click.option("--json", "as_json", is_flag=True, help=say(AS_JSON))
@click.option("--plot", type=FOLDER, help=say(PLOT))
def drift(  # noqa: PLR0913 - the options of a command
    name: str, log: Path, bundle: Path | None, threshold: float, *, as_json: bool, plot: Path | None
) -> None:
    """Compare a request log with the reference of a bundle; exit 1 on drift.

    Args:
        name: the model.
        log: the request log, a JSONL file.
        bundle: the folder of the bundle; None: the model's own.
        threshold: population stability index above which a column has drifted.
        as_json: print JSON instead of a table.
        plot: the PNG file to write the indices to.
    """
    from training.drift import comparison as drifts  # noqa: PLC0415
    from training.drift.table import show_drift  # noqa: PLC0415

    manifest, expected = drifts.read_reference(bundle or bundle_of(name), name)
    observed = drifts.observe(drifts.lines_of(log, name), log_rows_of(name), manifest.version, drifts.report_skipped)
    compared = drifts.compare(expected, observed, threshold)
    if as_json:
        click.echo(drifts.as_json(compared, manifest))
    else:
        show_drift(compared, manifest)
    if plot is not None:
        from training.drift.plot import picture  # noqa: PLC0415

        try:
            plot.write_bytes(picture(compared))
        except OSError as error:
            raise drifts.DriftError(REFUSED, file=plot, reason=error.strerror) from error
    sys.exit(1 if compared.past else 0)


for command in (new, *COMMANDS):
    main.add_command(command)


if __name__ == "__main__":
    localize()
    main()
