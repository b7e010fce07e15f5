"""Makes a new function and its model from a table and, if there is one, a fitted estimator."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from threadpoolctl import threadpool_limits

from shared.errors import AugureError
from shared.model.bundle import Bundle
from training.bundle_writer import install as install_bundle
from training.bundle_writer import show_card
from training.contract import Options
from training.errors import CommandError
from training.new import installation
from training.new.building import build
from training.new.choices import distinct, split_names
from training.new.function_files import TEMPLATES, filled, function_files
from training.new.names import ROOT, check_name
from training.new.project import Project
from training.new.python_text import keyword
from training.new.report import show_notes, show_trained
from training.new.sources import Sources
from training.new.table_reading import read_table

WITHOUT_TABLE = ("le paquet n'a pas de tableau.", "the bundle has no table.")


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks for.

    Attributes:
        name: of the function.
        sources: the files that it is made from.
        targets: columns to predict.
        drop: columns to leave out.
        sensitive: columns to leave out, and to measure the model's fairness with.
        quick: whether to reduce the measurements.
    """

    name: str
    sources: Sources
    targets: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    quick: bool = False

    def project(self, folder: Path) -> Project:
        """The project of a folder that has the files."""
        return Project(
            name=self.name,
            folder=folder,
            data=self.sources.data,
            targets=self.targets,
            drop=self.drop,
            sensitive=self.sensitive,
            estimator=self.sources.estimator,
            labels=self.sources.labels,
        )


def create(request: Request, *, dry_run: bool = False, root: Path = ROOT) -> Bundle:
    """Make `functions/NAME/` and `models/NAME/`; all of it or nothing.

    Args:
        request: what to make, and from what.
        dry_run: build and measure everything, and write nothing.
        root: folder of the repository.

    Returns:
        The bundle.

    Raises:
        CommandError: the table or the estimator is refused, or a file cannot be written. Nothing is left behind.
    """
    check_name(request.name, root)
    with installation.staged(request.name, root) as folder:
        model, function = folder / "model", folder / "function"
        installation.write(request.sources.files, model)
        with _own_file_names(request.sources):
            request = _named(request, model)
            bundle = _build(request, model)
        installation.write(filled(TEMPLATES / "model", _words(request)), model)
        installation.write(_function_files(request.name, bundle, root), function)
        if not dry_run:
            installation.install(request.name, function, model, root)
    return bundle


@contextmanager
def _own_file_names(sources: Sources) -> Iterator[None]:
    """Errors that call the files as the person does; those of serving become errors of the command."""
    try:
        yield
    except (AugureError, CommandError) as error:
        raise CommandError(sources.told(error.detail)) from error


def _named(request: Request, model: Path) -> Request:
    """The request with each column once; `a,b` names two columns, unless one is called so."""
    named = [distinct(names) for names in (request.targets, request.drop, request.sensitive)]
    if any("," in name for names in named for name in names):
        columns = list(map(str, read_table(model / request.sources.data).frame))
        named = [split_names(names, columns) for names in named]
    targets, drop, sensitive = named
    return replace(request, targets=targets, drop=drop, sensitive=sensitive)


def _build(request: Request, model: Path) -> Bundle:
    options = Options(quick=request.quick)
    with threadpool_limits(1):  # as `python -m models train` does: the same bytes
        built = build(request.project(model), options)
    bundle = install_bundle(request.name, built.trained, options, model / "bundle")
    show_card(bundle, model / "bundle")
    show_trained(built.trained, built.rows)
    show_notes(built.notes)
    return bundle


def _function_files(name: str, bundle: Bundle, root: Path) -> dict[str, bytes]:
    table = bundle.manifest.table
    if table is None:
        raise CommandError(WITHOUT_TABLE)
    size = sum(facts.bytes for facts in bundle.manifest.files.values())
    return function_files(name, table, size, root)


def _words(request: Request) -> dict[str, str]:
    """The words of the templates of `models/NAME/`."""
    project = request.project(Path())
    written: dict[str, str | tuple[str, ...]] = {
        "data": project.data,
        "targets": project.targets,
        "estimator": project.estimator,
        "drop": project.drop,
        "sensitive": project.sensitive,
        "labels": project.labels,
    }
    fields = [keyword("name", project.name), "    folder=Path(__file__).parent,"]
    fields += [keyword(key, value) for key, value in written.items() if value]
    return {"name": request.name, "fields": "\n".join(fields)}
