"""The command line: `python -m models train|evaluate|drift|publish|promote|rollback|list|verify NAME`."""

import io
import math
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from shared.errors import AugureError
from shared.model.bundle import MANIFEST, read_folder
from training.console import show_checks, show_metrics
from training.contract import Options
from training.names import KnownName, bundle_of, names
from training.registry.commands import COMMANDS


@click.group(help=f"Entraîner, vérifier et publier les modèles d'Augure : {', '.join(names())}.")
def main() -> None:
    """Group the commands."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # not every terminal has every letter
        sys.stdout.reconfigure(errors="replace")


def _finite(_: click.Context, __: click.Parameter, value: float) -> float:
    if not math.isfinite(value):
        raise click.BadParameter(f"attendu : un nombre fini, reçu : {value}.")
    return value


@main.command()
@click.argument("name", metavar="NAME", type=KnownName())
@click.option("--output", type=click.Path(path_type=Path), help="Dossier du paquet. Par défaut : models/NAME/bundle.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Graine du hasard.")
@click.option("--quick", is_flag=True, help="Modèle réduit, en quelques secondes : pour essayer, pas pour servir.")
@click.option(
    "--mlflow", is_flag=True, help="Enregistrer l'entraînement dans MLflow (MLFLOW_TRACKING_URI, sinon SQLite)."
)
def train(name: str, output: Path | None, seed: int, *, quick: bool, mlflow: bool) -> None:
    """Entraîner NAME et installer son paquet (manifeste, graphes ONNX, fiche).

    L'ancien paquet reste entier jusqu'à ce que le nouveau soit écrit et vérifié.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - the help must not wait for scikit-learn

    from training.bundle_writer import check_place, install, show_card  # noqa: PLC0415
    from training.tracking import store  # noqa: PLC0415

    folder = (output or bundle_of(name)).resolve()  # `.` cannot be renamed
    check_place(folder)
    tracker = store.connect() if mlflow else None
    options = Options(seed, quick)
    with threadpool_limits(1):  # sums are added in another order on more threads, and the version is another
        trained = _part(name, "train")(options)
    bundle = install(name, trained, options, folder)
    if output is None:
        show_card(bundle, folder)
    show_metrics(bundle.manifest)
    if tracker is not None:
        run = store.log(tracker, trained, options, bundle, folder)
        click.echo(store.where(tracker, run))


@main.command()
@click.argument("name", metavar="NAME", type=KnownName())
@click.option("--bundle", type=click.Path(path_type=Path), help="Dossier du paquet. Par défaut : models/NAME/bundle.")
def evaluate(name: str, bundle: Path | None) -> None:
    """Mesurer à nouveau le paquet de NAME, et échouer (code 1) s'il s'écarte de son manifeste."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - see above

    folder = bundle or bundle_of(name)
    try:
        content = read_folder(folder, name)
        measure = _part(name, "evaluate")
        with threadpool_limits(1):  # as in training; more threads wait for each other, and take six times as long
            checks = measure(content)
    except AugureError as error:
        raise click.ClickException(f"{folder / MANIFEST} : {error.detail[0]}") from error
    show_checks(content.manifest, checks)
    wrong = [check.what for check in checks if not check.agrees]
    if wrong:
        raise click.ClickException(f"le paquet s'écarte de son manifeste : {', '.join(wrong)}.")


@main.command()
@click.argument("name", metavar="NAME", type=KnownName())
@click.option("--log", type=click.Path(path_type=Path), required=True, help="Journal des requêtes, en JSONL.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Dossier du paquet. Par défaut : models/NAME/bundle.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, min_open=True),
    callback=_finite,
    default=0.2,
    show_default=True,
    help="Indice d'une dérive.",
)
@click.option("--json", "as_json", is_flag=True, help="Écrire du JSON au lieu d'un tableau.")
@click.option("--plot", type=click.Path(path_type=Path), help="Écrire aussi l'image des indices, en PNG.")
def drift(  # noqa: PLR0913 - the options of a command
    name: str, log: Path, bundle: Path | None, threshold: float, *, as_json: bool, plot: Path | None
) -> None:
    """Comparer ce que NAME reçoit et répond, d'après son journal, à ce dont il a appris.

    Code 1 : dérive, l'indice de stabilité (PSI) d'une grandeur dépasse le seuil. Code 2 : rien ne peut être comparé, ou
    l'image ne peut être écrite.
    """
    from training.drift import comparison as drifts  # noqa: PLC0415 - see above
    from training.drift.table import show_drift  # noqa: PLC0415

    manifest, expected = drifts.read_reference(bundle or bundle_of(name), name)
    observed = drifts.observe(drifts.lines_of(log, name), _part(name, "log_rows"), manifest.version, drifts.skipped)
    found = drifts.compare(expected, observed, threshold)
    if as_json:
        click.echo(drifts.as_json(found, manifest))
    else:
        show_drift(found, manifest)
    if plot is not None:
        from training.drift.plot import picture  # noqa: PLC0415

        try:
            plot.write_bytes(picture(found))
        except OSError as error:
            raise drifts.DriftError(f"{plot} : {error.strerror}") from error
    sys.exit(1 if found.past else 0)


for command in COMMANDS:
    main.add_command(command)


def _part(name: str, verb: str) -> Callable[..., Any]:
    part: Callable[..., Any] = getattr(import_module(f"models.{name}.{verb}"), verb)
    return part


if __name__ == "__main__":
    main()
