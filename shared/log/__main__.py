"""The command line of the request log: `python -m shared.log tail|export`."""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from shared.log.client import PROJECT
from shared.log.reader import (
    DEFAULT_PERIOD,
    LogFilter,
    SourceError,
    Stream,
    current_lines,
    from_cloud,
    from_file,
    last_lines,
)
from shared.log.table import readable, write_csv, write_json

CLOUD = "cloud"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "j": "days"}


class Skipping:
    """Says on stderr which lines are left out, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, what: str) -> None:
        """Leave out one line."""
        self.count += 1
        say(f"{what} ; laissée de côté")


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> None:
    """Run the command.

    Raises:
        SystemExit: 1 where the log cannot be read or the file not be written, 2 for a wrong command.
    """
    chosen = _parser().parse_args(arguments)
    try:
        chosen.run(chosen, environ)
    except KeyboardInterrupt:
        sys.exit(130)
    except SourceError as error:
        sys.exit(str(error))
    except OSError as error:
        _unwritten(error, getattr(chosen, "output", None))


def _unwritten(error: OSError, output: Path | None) -> None:
    """End after a failure to write. Raises SystemExit, but where whoever reads has read enough."""
    if output is None:  # stdout must not be flushed again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        sys.exit(f"{output or 'sortie standard'} : {error.strerror}")


def say(text: str) -> None:
    """Tell the person, beside what the command writes."""
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.log", description="Relire le journal des requêtes.")
    commands = parser.add_subparsers(metavar="COMMANDE", required=True)
    tail = commands.add_parser("tail", help="montrer les dernières lignes")
    tail.add_argument("-n", "--lines", type=_count, default=10, metavar="N", help="combien (10 par défaut)")
    tail.add_argument("-f", "--follow", action="store_true", help="continuer avec celles qui arrivent")
    tail.set_defaults(run=_tail)
    export = commands.add_parser("export", help="écrire les lignes en JSONL ou en CSV")
    export.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="jsonl par défaut")
    export.add_argument("--output", type=Path, metavar="FICHIER", help="fichier ; par défaut la sortie standard")
    export.set_defaults(run=_export)
    for command in (tail, export):
        _add_filters(command)
    return parser


def _add_filters(command: argparse.ArgumentParser) -> None:
    command.add_argument("--source", required=True, metavar="FICHIER|cloud", help="un fichier JSONL, ou Cloud Logging")
    command.add_argument("--project", help=f"projet Google Cloud ; par défaut celui de {PROJECT}")
    command.add_argument("--function", metavar="NOM", help="seulement cette fonction")
    command.add_argument("--version", metavar="VERSION", help="seulement cette version du modèle")
    when = "RFC 3339 avec fuseau (2026-11-21T08:00:00Z), ou une durée avant maintenant : 30m, 2h, 7d"
    command.add_argument("--since", type=moment, metavar="QUAND", help=f"à partir de : {when}")
    command.add_argument("--until", type=moment, metavar="QUAND", help="avant : de même")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"attendu : un nombre d'au moins 1, reçu : {text!r}")
    return min(int(text), sys.maxsize)


def moment(text: str, now: datetime | None = None) -> datetime:
    """A time with its zone, from RFC 3339 or from how long ago it was.

    Raises:
        ArgumentTypeError: it is neither.
    """
    try:
        if found := re.fullmatch(r"([0-9]{1,6})([smhdj])", text):
            return (now or datetime.now(UTC)) - timedelta(**{UNITS[found[2]]: int(found[1])})
        when = datetime.fromisoformat(text)
    except (ValueError, OverflowError):  # an overflow: before the year 1
        when = None
    if when is None or when.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"attendu : une date RFC 3339 avec son fuseau, ou une durée (30m, 2h, 7d), reçu : {text!r}"
        )
    return when


def _tail(chosen: argparse.Namespace, environ: Mapping[str, str]) -> None:
    stream = _opened(chosen, environ, Skipping(), newest=chosen.lines, follow=chosen.follow)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # not every terminal has every letter
    for line in last_lines(stream, chosen.lines):
        print(readable(line))
    sys.stdout.flush()
    if chosen.follow:
        for new in stream:
            if new is not None:
                print(readable(new), flush=True)


def _export(chosen: argparse.Namespace, environ: Mapping[str, str]) -> None:
    skipping = Skipping()
    lines = current_lines(_opened(chosen, environ, skipping))
    with _output(chosen.output) as to:
        count = (write_csv if chosen.format == "csv" else write_json)(lines, to)
        to.flush()
    say(f"{count} lignes écrites, {skipping.count} laissées de côté")


def _opened(
    chosen: argparse.Namespace,
    environ: Mapping[str, str],
    skipping: Skipping,
    *,
    newest: int | None = None,
    follow: bool = False,
) -> Stream:
    log_filter = LogFilter(chosen.function, chosen.version, chosen.since, chosen.until)
    if chosen.source != CLOUD:
        return from_file(Path(chosen.source), log_filter, skipping, follow=follow)
    if log_filter.since is None:
        log_filter = LogFilter(
            log_filter.function, log_filter.version, datetime.now(UTC) - DEFAULT_PERIOD, log_filter.until
        )
        say("sans --since : les dernières 24 heures")
    if chosen.project:
        environ = {**environ, PROJECT: chosen.project}
    return from_cloud(environ, log_filter, skipping, newest=newest, follow=follow)


@contextmanager
def _output(path: Path | None) -> Iterator[TextIO]:
    """A text file with the line ends as they are written; stdout without a path."""
    if path is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]  # a terminal, a file or a pipe
        yield sys.stdout
        return
    if path.exists() and not path.is_file():  # a device or a pipe is written to, never replaced
        with path.open("w", encoding="utf-8", newline="") as to:
            yield to
        return
    path = path.resolve()  # of a link the file that it leads to
    part = path.with_name(f".{path.name}.part")  # what fails leaves the old export, which may be the log itself
    try:
        with open(part, "w", encoding="utf-8", newline="", opener=_private) as to:
            yield to
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    """Open a file that is no more readable than the log."""
    return os.open(path, flags, 0o640)


if __name__ == "__main__":
    main()
