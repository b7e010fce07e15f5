"""A bundle's files, and how they take the place of the old ones: whole, or not at all."""

import re
import tempfile
from pathlib import Path

import click
import msgspec

from shared.model.bundle import CARD, FORMAT, MANIFEST, Bundle, Manifest, describe, read_folder, version_of
from shared.model.predictor import Predictor
from training.contract import Options, Trained
from training.export import libraries

_PICTURE = re.compile(r"(!\[[^\]]*\]\()")


def check_place(folder: Path) -> None:
    """Make sure, before a long training, that nothing but a bundle is replaced and that there is a place to write to.

    Raises:
        ClickException: there is something else at `folder`, or no folder can be made beside it.
    """
    try:
        taken = folder.exists() and not (folder / MANIFEST).is_file() and not _is_empty(folder)
        if not taken:
            _beside(folder).cleanup()
    except OSError as error:
        raise click.ClickException(f"{folder} : impossible d'y écrire ({_reason(error)}) : rien n'est fait.") from error
    if taken:
        raise click.ClickException(
            f"{folder} existe et n'est pas un paquet (il n'a pas de {MANIFEST}) : rien n'est fait."
        )


def _beside(folder: Path) -> "tempfile.TemporaryDirectory[str]":
    folder.parent.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-")


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def manifest_of(name: str, trained: Trained, options: Options) -> Manifest:
    """The manifest as it will be read back (whole numbers as floats where they are), with its version."""
    contents = contents_of(trained)
    manifest = Manifest(
        format=FORMAT,
        name=name,
        classes=trained.classes,
        graphs=trained.graphs,
        thresholds=trained.thresholds,
        data=trained.data,
        libraries=libraries(),
        command=options.command(name),
        files={file: describe(contents[file]) for file in sorted(contents)},
        version="",
    )
    manifest = msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest)
    return msgspec.structs.replace(manifest, version=version_of(manifest))


def contents_of(trained: Trained) -> dict[str, bytes]:
    """Every file of the bundle but the manifest."""
    return trained.contents | trained.plots | {CARD: trained.card.encode()}


def install(name: str, trained: Trained, options: Options, folder: Path) -> Bundle:
    """Write a bundle beside `folder`, read it back as a function does, then swap them.

    Raises:
        BundleError: a function would refuse it; the old bundle is still in place.
        ClickException: it cannot be written (a full disk); the old bundle is still in place.
    """
    manifest = manifest_of(name, trained, options)
    try:
        with _beside(folder) as place:
            fresh = Path(place) / "new"
            fresh.mkdir()
            _write(fresh, contents_of(trained), manifest)
            bundle = read_folder(fresh, name)
            Predictor(bundle)
            _swap(fresh, folder, Path(place) / "old")
    except OSError as error:
        raise click.ClickException(
            f"le paquet {manifest.version} n'a pas pu être écrit dans {folder} ({_reason(error)}) : "
            "ce qui y était y est encore."
        ) from error
    return bundle


def show_card(bundle: Bundle, folder: Path) -> None:
    """Copy the card of the bundle in `folder` beside that folder, where a code host shows it with its pictures."""
    text = bundle.files[CARD].decode()
    (folder.parent / CARD).write_text(beside(text, folder.name), encoding="utf-8")


def beside(card: str, folder: str) -> str:
    """The card as it reads from one folder above: each picture is named with the bundle's folder."""
    return _PICTURE.sub(rf"\1{folder}/", card)


def _write(folder: Path, contents: dict[str, bytes], manifest: Manifest) -> None:
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")


def _swap(fresh: Path, folder: Path, old: Path) -> None:
    """Ctrl-C may come after any of these lines: what was in place is always there, or put back."""
    try:
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
