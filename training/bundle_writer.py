"""Writes the files of a bundle, and swaps them with the old ones: all of them, or none."""

import re
import tempfile
from pathlib import Path

import msgspec

from shared.errors import BundleError
from shared.model.bundle import CARD, FORMAT, MANIFEST, Bundle, Manifest, describe, read_folder, version_of
from shared.model.predictor import Predictor
from training.contract import Options, Trained
from training.errors import CommandError
from training.export import libraries

NOT_WRITABLE = (
    "{folder} : impossible d'y écrire ({reason}) : rien n'est fait.",
    "{folder}: cannot write there ({reason}): nothing was done.",
)
NOT_A_BUNDLE = (
    "{folder} existe et n'est pas un paquet (il n'a pas de {manifest}) : rien n'est fait.",
    "{folder} exists and is not a bundle (it has no {manifest}): nothing was done.",
)
NOT_WRITTEN = (
    "le paquet {version} n'a pas pu être écrit dans {folder} ({reason}) : ce qui y était y est encore.",
    "bundle {version} could not be written to {folder} ({reason}): the old content is still there.",
)
REFUSED = (
    "le paquet {version} serait refusé par une fonction : {reason}.",
    "bundle {version} would be refused by a function: {reason}.",
)

_PICTURE = re.compile(r"(!\[[^\]]*\]\()")


def check_place(folder: Path) -> None:
    """Check, before a long training, that `folder` is free or a bundle, and that its parent is writable.

    Raises:
        CommandError: `folder` holds something else, or no folder can be made beside it.
    """
    try:
        taken = folder.exists() and not (folder / MANIFEST).is_file() and not _is_empty(folder)
        if not taken:
            _temporary_folder_beside(folder).cleanup()
    except OSError as error:
        raise CommandError(NOT_WRITABLE, folder=folder, reason=_reason(error)) from error
    if taken:
        raise CommandError(NOT_A_BUNDLE, folder=folder, manifest=MANIFEST)


def _temporary_folder_beside(folder: Path) -> "tempfile.TemporaryDirectory[str]":
    folder.parent.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-")


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def manifest_of(name: str, trained: Trained, options: Options) -> Manifest:
    """The manifest as a reader decodes it (JSON has one kind of number), with its version.

    Args:
        name: the model.
        trained: the content of the bundle.
        options: the options that it was trained with.
    """
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
        table=trained.table,
        seed=options.seed,
        quick=options.quick,
    )
    manifest = msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest)
    return msgspec.structs.replace(manifest, version=version_of(manifest))


def contents_of(trained: Trained) -> dict[str, bytes]:
    """The bytes of every file of the bundle except the manifest, by name."""
    return trained.contents | trained.plots | {CARD: trained.card.encode()}


def install(name: str, trained: Trained, options: Options, folder: Path) -> Bundle:
    """Write a bundle beside `folder`, read it back as a function does, then swap the two.

    Args:
        name: the model.
        trained: the content of the bundle.
        options: the options that it was trained with.
        folder: where the bundle goes; the old one is replaced.

    Raises:
        CommandError: it cannot be written (a full disk), or a function would refuse it; the old bundle is still there.
    """
    manifest = manifest_of(name, trained, options)
    try:
        with _temporary_folder_beside(folder) as parent:
            fresh = Path(parent) / "new"
            fresh.mkdir()
            _write(fresh, contents_of(trained), manifest)
            bundle = read_folder(fresh, name)
            Predictor(bundle)
            _swap(fresh, folder, Path(parent) / "old")
    except BundleError as error:
        raise CommandError(REFUSED, version=manifest.version, reason=error.detail) from error
    except OSError as error:
        raise CommandError(NOT_WRITTEN, version=manifest.version, folder=folder, reason=_reason(error)) from error
    return bundle


def show_card(bundle: Bundle, folder: Path) -> None:
    """Copy the card of the bundle beside its folder, where a code host shows it with its pictures."""
    text = bundle.files[CARD].decode()
    (folder.parent / CARD).write_text(from_parent(text, folder.name), encoding="utf-8")


def from_parent(card: str, folder: str) -> str:
    """The card with every picture's path prefixed by the bundle's folder, for a copy one level up."""
    return _PICTURE.sub(rf"\1{folder}/", card)


def _write(folder: Path, contents: dict[str, bytes], manifest: Manifest) -> None:
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")


def _swap(fresh: Path, folder: Path, old: Path) -> None:
    """Replace `folder` by `fresh`. Ctrl-C may come after any line: the old bundle stays, or is put back."""
    try:
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
