"""The commands of the registry: `python -m models publish|promote|rollback|list|verify NAME --bucket BUCKET`."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from shared.formats import BUCKET_NAME, VERSION
from shared.terminal import say
from training.errors import CommandError
from training.model_folders import ModelName, bundle_of

if TYPE_CHECKING:
    from training.registry.store import Store

# The help must not wait for Google's client: a command imports what it needs when it runs.

PUBLISH = (
    (
        "Vérifier un paquet de NAME et l'écrire dans le bucket, chaque fichier une seule fois.\n\n"
        "Ce qui y est déjà avec les mêmes octets est laissé ; d'autres octets sous la même version sont refusés "
        "(code 1)."
    ),
    (
        "Verify a bundle of NAME and write it to the bucket, each file once.\n\n"
        "Files that are there with the same bytes stay; other bytes under the same version are refused (code 1)."
    ),
)
PROMOTE = (
    (
        "Faire de VERSION, publiée et vérifiée en entier, celle que servent les fonctions qui suivent NAME.\n\n"
        "De deux promotions en même temps une seule réussit ; l'autre dit laquelle est courante (code 1)."
    ),
    (
        "Verify VERSION, already published, and make the functions that follow NAME serve it.\n\n"
        "Of two promotions at once one succeeds; the other names the current version (code 1)."
    ),
)
ROLLBACK = (
    "Servir à nouveau la version d'avant la courante. Répétée, la commande ne revient jamais en avant.",
    "Serve the version before the current one again. Repeating the command never goes forward.",
)
LIST = (
    "Montrer les versions publiées de NAME, la plus récente d'abord.",
    "Show the published versions of NAME, newest first.",
)
VERIFY = (
    "Relire chaque fichier de VERSION (ou de toutes) et échouer (code 1) s'il n'est pas ce que dit le manifeste.",
    "Read every file of VERSION (or of all) and fail (code 1) if one differs from its manifest.",
)
AS_JSON = ("Écrire le résultat en JSON.", "Write the result as JSON.")
BUCKET = ("Bucket du registre, `gs://` devant ou non.", "Bucket of the registry, with or without `gs://`.")
DRY_RUN = (
    "Tout vérifier, dire ce qui serait fait, et ne rien écrire.",
    "Verify everything, say what would be done, and write nothing.",
)
BUNDLE = ("Dossier du paquet. Par défaut : models/NAME/bundle.", "Folder of the bundle. Default: models/NAME/bundle.")
THEN_PROMOTE = ("Puis promouvoir la version.", "Then promote the version.")
TO = (
    "Où cela doit mener : rien n'est fait si on y est déjà, ou ailleurs.",
    "Expected target: nothing is done if it is already current, or not the version before.",
)
NOT_A_BUCKET = (
    "attendu : le nom d'un bucket (`gs://NOM` ou `NOM`), reçu : {value!r}.",
    "expected: the name of a bucket (`gs://NAME` or `NAME`), got: {value!r}.",
)
NOT_A_VERSION = (
    "attendu : une version (12 chiffres hexadécimaux), reçu : {value!r}.",
    "expected: a version (12 hexadecimal digits), got: {value!r}.",
)
NOT_GOOD = (
    "versions qui ne sont pas bonnes à servir : {versions}.",
    "versions that cannot be served: {versions}.",
)

Command = Callable[..., None]


class BucketName(click.ParamType[str]):
    """The name of a bucket, with or without `gs://`."""

    name = "bucket"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse names that Cloud Storage refuses, and paths inside a bucket."""
        bucket = value.removeprefix("gs://").removesuffix("/")
        if not re.fullmatch(BUCKET_NAME, bucket):
            self.fail(say(NOT_A_BUCKET, value=value), param, ctx)
        return bucket


class VersionName(click.ParamType[str]):
    """A version: 12 hexadecimal digits."""

    name = "version"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse anything else."""
        if not re.fullmatch(VERSION, value):
            self.fail(say(NOT_A_VERSION, value=value), param, ctx)
        return value


def registry_command(name: str, description: str) -> Callable[[Command], click.Command]:
    """A command with the parameters that all of them share: NAME, --bucket and --json."""

    def decorate(function: Command) -> click.Command:
        function = click.option("--json", "as_json", is_flag=True, help=say(AS_JSON))(function)
        function = click.option("--bucket", type=BucketName(), required=True, help=say(BUCKET))(function)
        function = click.argument("name", metavar="NAME", type=ModelName())(function)
        return click.command(name, help=description)(function)

    return decorate


dry_run_option = click.option("--dry-run", is_flag=True, help=say(DRY_RUN))


@registry_command("publish", say(PUBLISH))
@click.option("--bundle", "folder", type=click.Path(path_type=Path), help=say(BUNDLE))
@click.option("--promote", "then_promote", is_flag=True, help=say(THEN_PROMOTE))
@dry_run_option
def publish(  # noqa: PLR0913 - the options of a command
    name: str, bucket: str, folder: Path | None, *, then_promote: bool, dry_run: bool, as_json: bool
) -> None:
    """Publish a bundle.

    Args:
        name: the model.
        bucket: the bucket of the registry.
        folder: the folder of the bundle; None: the model's own.
        then_promote: promote the version afterwards.
        dry_run: write nothing.
        as_json: print JSON instead of a table.
    """
    from training.registry import pointer, tables, versions  # noqa: PLC0415

    store = _store(bucket)
    publication = versions.publish(store, name, folder or bundle_of(name), dry_run=dry_run)
    if then_promote:
        act = pointer.preview_promotion if dry_run else pointer.promote
        publication = msgspec.structs.replace(publication, promotion=act(store, name, publication.version))
    _print(publication) if as_json else tables.show_publication(publication)


@registry_command("promote", say(PROMOTE))
@click.argument("version", metavar="VERSION", type=VersionName())
@dry_run_option
def promote(name: str, version: str, bucket: str, *, dry_run: bool, as_json: bool) -> None:
    """Promote a published version.

    Args:
        name: the model.
        version: the version to serve.
        bucket: the bucket of the registry.
        dry_run: write nothing.
        as_json: print JSON instead of a sentence.
    """
    from training.registry import pointer, tables  # noqa: PLC0415

    move = pointer.promote(_store(bucket), name, version, dry_run=dry_run)
    _print(move) if as_json else tables.show_move(move)


@registry_command("rollback", say(ROLLBACK))
@click.option("--to", type=VersionName(), help=say(TO))
@dry_run_option
def rollback(name: str, bucket: str, to: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Roll back to the version before the current one.

    Args:
        name: the model.
        bucket: the bucket of the registry.
        to: the version that the rollback must lead to; None: whichever it is.
        dry_run: write nothing.
        as_json: print JSON instead of a sentence.
    """
    from training.registry import pointer, tables  # noqa: PLC0415

    move = pointer.rollback(_store(bucket), name, to, dry_run=dry_run)
    _print(move) if as_json else tables.show_move(move)


@registry_command("list", say(LIST))
def list_versions(name: str, bucket: str, *, as_json: bool) -> None:
    """List the published versions.

    Args:
        name: the model.
        bucket: the bucket of the registry.
        as_json: print JSON instead of a table.
    """
    from training.registry import tables, versions  # noqa: PLC0415

    listing = versions.list_versions(_store(bucket), name)
    _print(listing) if as_json else tables.show_versions(listing)


@registry_command("verify", say(VERIFY))
@click.argument("version", metavar="[VERSION]", type=VersionName(), required=False)
def verify(name: str, version: str | None, bucket: str, *, as_json: bool) -> None:
    """Verify one version, or all; exit 1 if one cannot be served.

    Args:
        name: the model.
        version: the version; None: all.
        bucket: the bucket of the registry.
        as_json: print JSON instead of a table.
    """
    from training.registry import tables, versions  # noqa: PLC0415

    inspections = versions.verify(_store(bucket), name, version)
    _print(inspections) if as_json else tables.show_inspections(f"gs://{bucket}/{name}", inspections)
    if wrong := [inspection.version for inspection in inspections if not inspection.good]:
        raise CommandError(NOT_GOOD, versions=", ".join(wrong))


COMMANDS = (publish, promote, rollback, list_versions, verify)


def _store(bucket: str) -> "Store":
    from training.registry.store import Store  # noqa: PLC0415

    return Store(bucket)


def _print(result: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(result), indent=2))
