"""The command of the request log: `python -m shared.log tail|export`."""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from shared.errors import Text
from shared.i18n import fill
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
from shared.terminal import localize, say

CLOUD = "cloud"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "j": "days"}
"""Units of a duration: `j` is French for days."""


class SkipCounter:
    """Reports each skipped line on stderr, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, reason: Text) -> None:
        """Skip one line."""
        self.count += 1
        print_note(fill(_SKIPPED, reason=reason))


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> None:
    """Run the command.

    Raises:
        SystemExit: 1 if the log cannot be read or the output cannot be written, 2 for an invalid command line.
    """
    localize()
    options = _parser().parse_args(arguments)
    try:
        options.run(options, environ)
    except KeyboardInterrupt:
        sys.exit(130)
    except SourceError as error:
        sys.exit(say(error.detail))
    except OSError as error:
        _exit_unwritten(error, getattr(options, "output", None))


def _exit_unwritten(error: OSError, output: Path | None) -> None:
    """Exit after a write error; quietly if the reader of a pipe has closed it."""
    if output is None:  # stdout must not be flushed again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        sys.exit(say(_UNWRITTEN, output=output or say(_STDOUT), reason=error.strerror))


def print_note(text: Text) -> None:
    """Print a sentence on stderr."""
    print(say(text), file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.log", description=say(_DESCRIPTION))
    commands = parser.add_subparsers(metavar=say(("COMMANDE", "COMMAND")), required=True)
    tail = commands.add_parser("tail", help=say(_TAIL_HELP))
    tail.add_argument("-n", "--lines", type=_line_count, default=10, metavar="N", help=say(_LINES_HELP))
    tail.add_argument("-f", "--follow", action="store_true", help=say(_FOLLOW_HELP))
    tail.set_defaults(run=_tail)
    export = commands.add_parser("export", help=say(_EXPORT_HELP))
    export.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help=say(_FORMAT_HELP))
    export.add_argument("--output", type=Path, metavar=say(_FILE), help=say(_OUTPUT_HELP))
    export.set_defaults(run=_export)
    for command in (tail, export):
        _add_filters(command)
    return parser


def _add_filters(command: argparse.ArgumentParser) -> None:
    command.add_argument("--source", required=True, metavar=f"{say(_FILE)}|{CLOUD}", help=say(_SOURCE_HELP))
    command.add_argument("--project", metavar=say(("PROJET", "PROJECT")), help=say(_PROJECT_HELP, variable=PROJECT))
    command.add_argument("--function", metavar=say(("NOM", "NAME")), help=say(_FUNCTION_HELP))
    command.add_argument("--version", metavar="VERSION", help=say(_VERSION_HELP))
    command.add_argument("--since", type=parse_time, metavar=say(_WHEN), help=say(_SINCE_HELP))
    command.add_argument("--until", type=parse_time, metavar=say(_WHEN), help=say(_UNTIL_HELP))


def _line_count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(say(_NOT_A_COUNT, got=repr(text)))
    return min(int(text), sys.maxsize)


def parse_time(text: str, now: datetime | None = None) -> datetime:
    """A time with its zone, from RFC 3339 or from a duration before `now`: `30m`, `2h`, `7d`.

    Raises:
        ArgumentTypeError: the text is neither.
    """
    try:
        if duration := re.fullmatch(r"([0-9]{1,6})([smhdj])", text):
            return (now or datetime.now(UTC)) - timedelta(**{UNITS[duration[2]]: int(duration[1])})
        when = datetime.fromisoformat(text)
    except (ValueError, OverflowError):  # an overflow: before the year 1
        when = None
    if when is None or when.tzinfo is None:
        raise argparse.ArgumentTypeError(say(_NOT_A_TIME, got=repr(text)))
    return when


def _tail(options: argparse.Namespace, environ: Mapping[str, str]) -> None:
    stream = _open(options, environ, SkipCounter(), newest=options.lines, follow=options.follow)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # the terminal's encoding may lack characters
    for line in last_lines(stream, options.lines):
        print(readable(line))
    sys.stdout.flush()
    if options.follow:
        for new in stream:
            if new is not None:
                print(readable(new), flush=True)


def _export(options: argparse.Namespace, environ: Mapping[str, str]) -> None:
    skipped = SkipCounter()
    lines = current_lines(_open(options, environ, skipped))
    with _output(options.output) as output:
        count = (write_csv if options.format == "csv" else write_json)(lines, output)
        output.flush()
    print_note(fill(_WRITTEN, count=count, skipped=skipped.count))


def _open(
    options: argparse.Namespace,
    environ: Mapping[str, str],
    on_skip: SkipCounter,
    *,
    newest: int | None = None,
    follow: bool = False,
) -> Stream:
    log_filter = LogFilter(options.function, options.version, options.since, options.until)
    if options.source != CLOUD:
        return from_file(Path(options.source), log_filter, on_skip, follow=follow)
    if log_filter.since is None:
        since = datetime.now(UTC) - DEFAULT_PERIOD
        log_filter = LogFilter(log_filter.function, log_filter.version, since, log_filter.until)
        print_note(_LAST_DAY)
    if options.project:
        environ = {**environ, PROJECT: options.project}
    return from_cloud(environ, log_filter, on_skip, newest=newest, follow=follow)


@contextmanager
def _output(path: Path | None) -> Iterator[TextIO]:
    """Open the output, which translates no line ends. None: stdout."""
    if path is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]  # a terminal, a file or a pipe
        yield sys.stdout
        return
    if path.exists() and not path.is_file():  # a device or a pipe cannot be replaced
        with path.open("w", encoding="utf-8", newline="") as output:
            yield output
        return
    path = path.resolve()  # replace the target of a symbolic link, not the link
    part = path.with_name(f".{path.name}.part")  # a failure keeps the old export, which may be the log itself
    try:
        with open(part, "w", encoding="utf-8", newline="", opener=_open_private) as output:
            yield output
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _open_private(path: str, flags: int) -> int:
    """Open a file with the permissions of the log."""
    return os.open(path, flags, 0o640)


_DESCRIPTION: Text = ("Relire le journal des requêtes.", "Read the request log.")
_TAIL_HELP: Text = ("montrer les dernières lignes", "show the last lines")
_LINES_HELP: Text = ("combien (10 par défaut)", "how many (default: 10)")
_FOLLOW_HELP: Text = ("continuer avec celles qui arrivent", "go on with new lines")
_EXPORT_HELP: Text = ("écrire les lignes en JSONL ou en CSV", "write the lines as JSONL or CSV")
_FORMAT_HELP: Text = ("jsonl par défaut", "default: jsonl")
_FILE: Text = ("FICHIER", "FILE")
_OUTPUT_HELP: Text = ("fichier ; par défaut la sortie standard", "file (default: standard output)")
_SOURCE_HELP: Text = ("un fichier JSONL, ou Cloud Logging", "a JSONL file, or Cloud Logging")
_PROJECT_HELP: Text = (
    "projet Google Cloud ; par défaut celui de {variable}",
    "Google Cloud project (default: {variable})",
)
_FUNCTION_HELP: Text = ("seulement cette fonction", "this function only")
_VERSION_HELP: Text = ("seulement cette version du modèle", "this version of the model only")
_WHEN: Text = ("QUAND", "WHEN")
_SINCE_HELP: Text = (
    "à partir de : RFC 3339 avec fuseau (2026-11-21T08:00:00Z), ou une durée avant maintenant : 30m, 2h, 7d",
    "not before: RFC 3339 with a time zone (2026-11-21T08:00:00Z), or a duration before now: 30m, 2h, 7d",
)
_UNTIL_HELP: Text = ("avant : de même", "before: likewise")
_NOT_A_COUNT: Text = (
    "attendu : un nombre d'au moins 1, reçu : {got}",
    "expected: a number of at least 1, got: {got}",
)
_NOT_A_TIME: Text = (
    "attendu : une date RFC 3339 avec son fuseau, ou une durée (30m, 2h, 7d), reçu : {got}",
    "expected: an RFC 3339 time with its zone, or a duration (30m, 2h, 7d), got: {got}",
)
_SKIPPED: Text = ("{reason} ; laissée de côté", "{reason}; skipped")
_WRITTEN: Text = ("{count} lignes écrites, {skipped} laissées de côté", "{count} lines written, {skipped} skipped")
_LAST_DAY: Text = ("sans --since : les dernières 24 heures", "no --since: the last 24 hours")
_STDOUT: Text = ("sortie standard", "standard output")
_UNWRITTEN: Text = ("{output} : {reason}", "{output}: {reason}")


if __name__ == "__main__":
    main()
