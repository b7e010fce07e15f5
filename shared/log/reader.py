"""Request lines read back, oldest first, from a file or from Cloud Logging."""

import functools
import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from shared.log.client import VIEW, connect, to_line

POLL_SECONDS = 0.3
CLOUD_POLL_SECONDS = 5.0
"""The API reads 60 times a minute at most."""

ARRIVAL_DELAY = timedelta(seconds=30)
"""How long a line may take to be found by a search."""

DEFAULT_PERIOD = timedelta(days=1)
"""How far back Cloud Logging is last_search where nothing says since when: its client does so too, unasked."""

Line = dict[str, Any]
Stream = Iterator[Line | None]
"""Lines as they are found; None each time there are no more for now."""

OnSkip = Callable[[str], None]
"""Told of each line that is not kept because it cannot be read."""


class SourceError(Exception):
    """A log that cannot be read; one sentence."""


class LogFilter(msgspec.Struct, frozen=True):
    """Which lines: of this function and model version, from `since` on and before `until`; None takes all."""

    function: str | None = None
    version: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def matches(self, line: Line) -> bool:
        """Whether a line is one of them."""
        when = datetime.fromisoformat(line["time"])
        model = line.get("model") or {}
        return (
            self.function in {None, line["function"]}
            and self.version in {None, model.get("version")}
            and (self.since is None or self.since <= when)
            and (self.until is None or when < self.until)
        )

    def query(self) -> str:
        """The same, in the Logging query language, of the lines that Cloud Run read on stdout and of the sink's own."""
        labels = {"labels.function=": self.function, "labels.model_version=": self.version}
        times = {"timestamp>=": self.since, "timestamp<": self.until}
        parts = ["jsonPayload.request_id:*", *(f"{name}{json.dumps(text)}" for name, text in labels.items() if text)]
        return " AND ".join(parts + [f'{name}"{when.isoformat()}"' for name, when in times.items() if when])


def current_lines(stream: Stream) -> Iterator[Line]:
    """The lines that there are now."""
    return (line for line in takewhile(lambda line: line is not None, stream) if line is not None)


def last_lines(stream: Stream, count: int) -> list[Line]:
    """The last lines that there are now. The stream can then be followed."""
    return list(deque(current_lines(stream), maxlen=count))


def from_file(path: Path, log_filter: LogFilter, on_skip: OnSkip, *, follow: bool = False) -> Stream:
    """The lines of a JSONL file, also of those that are being written to it.

    A line that is broken, half written or no request's is told to `on_skip` by its number, from 1 on. Following goes
    on with the file that takes the place of this one, and begins again with one that was cut.

    Raises:
        SourceError: the file cannot be read.
    """
    try:
        for found in _numbered_lines(path, follow=follow):
            if found is None:
                yield None
            elif (line := _parse(*found, on_skip)) is not None and log_filter.matches(line):
                yield line
    except OSError as error:
        raise SourceError(f"{path} : {error.strerror}") from error


def _numbered_lines(path: Path, *, follow: bool) -> Iterator[tuple[int, bytes] | None]:
    """Lines with their numbers; None at the end of the file."""
    file = path.open("rb")
    try:
        number, part, moved = 0, b"", False
        while True:
            piece = file.readline()
            part += piece
            if part.endswith(b"\n") or (part and not piece and (moved or not follow)):
                number += 1
                yield number, part
                part = b""
            elif moved:
                file.close()
                file, number, moved = path.open("rb"), 0, False
            elif not piece:
                yield None
                if not follow:
                    return
                time.sleep(POLL_SECONDS)
                moved = _replaced(path, file)  # and then it is read to its end first
    finally:
        file.close()


def _replaced(path: Path, file: BinaryIO) -> bool:
    """Whether the file at `path` is another one than this, or was cut. For as long as there is none, it is this one."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    return found.st_ino != os.fstat(file.fileno()).st_ino or found.st_size < file.tell()


def _parse(number: int, content: bytes, on_skip: OnSkip) -> Line | None:
    try:
        line = msgspec.json.decode(content, type=Line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        end = "" if content.endswith(b"\n") else ", et elle ne finit pas"
        on_skip(f"ligne {number} : ce n'est pas un objet JSON{end}")
        return None
    if _is_request(line):
        return line
    on_skip(f"ligne {number} : ce n'est pas la ligne d'une requête")
    return None


def _is_request(line: Line) -> bool:
    """Whether a JSON object has what is last_search by."""
    try:
        known = datetime.fromisoformat(line["time"]).tzinfo is not None
    except (KeyError, TypeError, ValueError):
        return False
    model = line.get("model")
    named = model is None or (isinstance(model, dict) and isinstance(model.get("version"), str | None))
    return known and named and isinstance(line.get("function"), str)


def from_cloud(
    environ: Mapping[str, str],
    log_filter: LogFilter,
    on_skip: OnSkip,
    *,
    newest: int | None = None,
    follow: bool = False,
) -> Stream:
    """The lines that Cloud Logging has, each once: one that the sink wrote and stdout too has the same `insertId`.

    Args:
        environ: environment variables, for the client.
        log_filter: which ones.
        on_skip: told of each entry that is no line.
        newest: only so many, the last ones; None: all.
        follow: search again and again for new ones.

    Raises:
        SourceError: they cannot be had.
    """
    seen: set[str] = set()
    try:
        search = _search(environ)
        last_search = datetime.now(UTC)
        order = "timestamp desc" if newest else "timestamp asc"
        entries = search(filter_=log_filter.query(), order_by=order, max_results=newest)
        yield from _lines(reversed(list(entries)) if newest else entries, seen, on_skip)
        if follow:
            seen |= {entry.insert_id for entry in _recent_entries(search, log_filter, last_search)}
        while True:
            yield None
            if not follow:
                return
            time.sleep(CLOUD_POLL_SECONDS)
            entries, last_search = _recent_entries(search, log_filter, last_search), datetime.now(UTC)
            yield from _lines(entries, seen, on_skip)
    except Exception as error:  # of google.auth, google.api_core, requests, and of a missing package
        raise SourceError(f"Cloud Logging : {type(error).__name__} : {error}") from error


def _search(environ: Mapping[str, str]) -> Callable[..., Iterable[Any]]:
    """The client's search, of the view that the environment names or else of the project."""
    names = [environ[VIEW]] if environ.get(VIEW) else None
    return functools.partial(connect(environ).list_entries, resource_names=names, page_size=1000)


def _recent_entries(search: Callable[..., Iterable[Any]], log_filter: LogFilter, last_search: datetime) -> list[Any]:
    """What may have come since the last search: entries come late."""
    since = max(last_search - ARRIVAL_DELAY, log_filter.since) if log_filter.since else last_search - ARRIVAL_DELAY
    query = msgspec.structs.replace(log_filter, since=since).query()
    return list(search(filter_=query, order_by="timestamp asc"))


def _lines(entries: Iterable[Any], seen: set[str], on_skip: OnSkip) -> Iterator[Line]:
    for entry in entries:
        line = to_line(entry)
        if entry.insert_id in seen:
            continue
        seen.add(entry.insert_id)
        if line is not None and _is_request(line):
            yield line
        else:
            on_skip(f"entrée {entry.insert_id} : ce n'est pas la ligne d'une requête")
