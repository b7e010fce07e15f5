"""The commands of the registry: `python -m models publish|promote|rollback|list|verify NAME --bucket BUCKET`."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from shared.formats import BUCKET_NAME, VERSION
from training.names import KnownName, bundle_of

if TYPE_CHECKING:
    from training.registry.bucket import Store


class BucketName(click.ParamType[str]):
    """A bucket's name, `gs://` before it or not."""

    name = "bucket"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what Cloud Storage would refuse, and a path inside a bucket."""
        bucket = value.removeprefix("gs://").removesuffix("/")
        if not re.fullmatch(BUCKET_NAME, bucket):
            self.fail(f"attendu : le nom d'un bucket (`gs://NOM` ou `NOM`), reçu : {value!r}.", param, ctx)
        return bucket


class VersionName(click.ParamType[str]):
    """A version: 12 hexadecimal digits."""

    name = "version"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse anything else."""
        if not re.fullmatch(VERSION, value):
            self.fail(f"attendu : une version (12 chiffres hexadécimaux), reçu : {value!r}.", param, ctx)
        return value


Command = Callable[..., None]


def registry_command(name: str) -> Callable[[Command], click.Command]:
    """A command with what all of them have: NAME, --bucket and --json."""

    def made(function: Command) -> click.Command:
        function = click.option("--json", "as_json", is_flag=True, help="Écrire le résultat en JSON.")(function)
        help_text = "Bucket du registre, `gs://` devant ou non."
        function = click.option("--bucket", type=BucketName(), required=True, help=help_text)(function)
        function = click.argument("name", metavar="NAME", type=KnownName())(function)
        return click.command(name)(function)

    return made


dry = click.option("--dry-run", is_flag=True, help="Tout vérifier, dire ce qui serait fait, et ne rien écrire.")


@registry_command("publish")
@click.option(
    "--bundle", "folder", type=click.Path(path_type=Path), help="Dossier du paquet. Par défaut : models/NAME/bundle."
)
@click.option("--promote", "then_promote", is_flag=True, help="Puis promouvoir la version.")
@dry
def publish(  # noqa: PLR0913 - an argument an option
    name: str, bucket: str, folder: Path | None, *, then_promote: bool, dry_run: bool, as_json: bool
) -> None:
    """Vérifier un paquet de NAME et l'écrire dans le bucket, chaque fichier une seule fois.

    Ce qui y est déjà avec les mêmes octets est laissé ; d'autres octets sous la même version sont refusés (code 1).
    """
    from training.registry import pointer, tables, versions  # noqa: PLC0415

    store = _store(bucket)
    done = versions.publish(store, name, folder or bundle_of(name), dry_run=dry_run)
    if then_promote:
        act = pointer.foresee if dry_run else pointer.promote
        done = msgspec.structs.replace(done, promotion=act(store, name, done.version))
    _print(done) if as_json else tables.show_publication(done)


@registry_command("promote")
@click.argument("version", metavar="VERSION", type=VersionName())
@dry
def promote(name: str, version: str, bucket: str, *, dry_run: bool, as_json: bool) -> None:
    """Faire de VERSION, publiée et vérifiée en entier, celle que servent les fonctions qui suivent NAME.

    De deux promotions en même temps une seule réussit ; l'autre dit laquelle est courante (code 1).
    """
    from training.registry import pointer, tables  # noqa: PLC0415

    move = pointer.promote(_store(bucket), name, version, dry_run=dry_run)
    _print(move) if as_json else tables.show_move(move)


@registry_command("rollback")
@click.option("--to", type=VersionName(), help="Où cela doit mener : rien n'est fait si on y est déjà, ou ailleurs.")
@dry
def rollback(name: str, bucket: str, to: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Servir à nouveau la version d'avant la courante. Répétée, la commande ne revient jamais en avant."""
    from training.registry import pointer, tables  # noqa: PLC0415

    move = pointer.rollback(_store(bucket), name, to, dry_run=dry_run)
    _print(move) if as_json else tables.show_move(move)


@registry_command("list")
def versions(name: str, bucket: str, *, as_json: bool) -> None:
    """Montrer les versions publiées de NAME, la plus récente d'abord."""
    from training.registry import tables, versions  # noqa: PLC0415

    listing = versions.versions(_store(bucket), name)
    _print(listing) if as_json else tables.show_versions(listing)


@registry_command("verify")
@click.argument("version", metavar="[VERSION]", type=VersionName(), required=False)
def verify(name: str, version: str | None, bucket: str, *, as_json: bool) -> None:
    """Relire chaque fichier de VERSION (ou de toutes) et échouer (code 1) s'il n'est pas ce que dit le manifeste."""
    from training.registry import tables, versions  # noqa: PLC0415

    found = versions.verify(_store(bucket), name, version)
    _print(found) if as_json else tables.show_inspections(f"gs://{bucket}/{name}", found)
    if wrong := [each.version for each in found if not each.good]:
        raise click.ClickException(f"versions qui ne sont pas bonnes à servir : {', '.join(wrong)}.")


COMMANDS = (publish, promote, rollback, versions, verify)


def _store(bucket: str) -> "Store":
    from training.registry.bucket import Store  # noqa: PLC0415 - nor for Google's client

    return Store(bucket)


def _print(result: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(result), indent=2))
