"""Reads request lines, oldest first, from a file or from Cloud Logging."""

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

from shared.errors import AugureError, Text
from shared.i18n import fill
from shared.log.client import VIEW, connect, to_line

POLL_SECONDS = 0.3
"""Interval of polling a file, in seconds."""

CLOUD_POLL_SECONDS = 5.0
"""Interval of polling Cloud Logging, in seconds. Its quota is 60 reads a minute."""

ARRIVAL_DELAY = timedelta(seconds=30)
"""Longest delay of a line in Cloud Logging."""

DEFAULT_PERIOD = timedelta(days=1)
"""Period of Cloud Logging that is searched by default. It is its client's default too."""

Line = dict[str, Any]
Stream = Iterator[Line | None]
"""Lines; None whenever the end is reached for now."""

OnSkip = Callable[[Text], None]
"""Called for each line that is skipped because it cannot be read, with the reason."""


class SourceError(AugureError):
    """The log cannot be read."""


class LogFilter(msgspec.Struct, frozen=True):
    """Selects lines by function, model version and time. None selects all.

    Attributes:
        function: name of the function.
        version: version of the model.
        since: first time.
        until: end of the period, excluded.
    """

    function: str | None = None
    version: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def matches(self, line: Line) -> bool:
        """Whether a line is selected."""
        when = datetime.fromisoformat(line["time"])
        model = line.get("model") or {}
        return (
            self.function in {None, line["function"]}
            and self.version in {None, model.get("version")}
            and (self.since is None or self.since <= when)
            and (self.until is None or when < self.until)
        )

    def query(self) -> str:
        """The filter in the Logging query language, for lines of the `cloud` sink and lines on stdout alike."""
        labels = {"labels.function=": self.function, "labels.model_version=": self.version}
        times = {"timestamp>=": self.since, "timestamp<": self.until}
        parts = ["jsonPayload.request_id:*", *(f"{name}{json.dumps(text)}" for name, text in labels.items() if text)]
        return " AND ".join(parts + [f'{name}"{when.isoformat()}"' for name, when in times.items() if when])


def current_lines(stream: Stream) -> Iterator[Line]:
    """The lines up to the current end."""
    return (line for line in takewhile(lambda line: line is not None, stream) if line is not None)


def last_lines(stream: Stream, count: int) -> list[Line]:
    """The last lines up to the current end. The stream then continues with new lines."""
    return list(deque(current_lines(stream), maxlen=count))


def from_file(path: Path, log_filter: LogFilter, on_skip: OnSkip, *, follow: bool = False) -> Stream:
    """The request lines of a JSONL file.

    Args:
        path: the file.
        log_filter: selects lines.
        on_skip: called for each line that is no request line; the reason has its number, from 1 on.
        follow: wait for new lines, also after the file was replaced or truncated.

    Raises:
        SourceError: the file cannot be read.
    """
    try:
        for numbered in _numbered_lines(path, follow=follow):
            if numbered is None:
                yield None
            elif (line := _parse(*numbered, on_skip)) is not None and log_filter.matches(line):
                yield line
    except OSError as error:
        raise SourceError((f"{path} : {error.strerror}", f"{path}: {error.strerror}")) from error


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
                moved = _replaced(path, file)  # the old file is read to its end first
    finally:
        file.close()


def _replaced(path: Path, file: BinaryIO) -> bool:
    """Whether `path` now names another file, or the file was truncated. False while the file is missing."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    return status.st_ino != os.fstat(file.fileno()).st_ino or status.st_size < file.tell()


def _parse(number: int, content: bytes, on_skip: OnSkip) -> Line | None:
    try:
        line = msgspec.json.decode(content, type=Line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        on_skip(fill(_NOT_JSON if content.endswith(b"\n") else _NOT_COMPLETE, number=number))
        return None
    if _is_request(line):
        return line
    on_skip(fill(_NOT_A_REQUEST, number=number))
    return None


def _is_request(line: Line) -> bool:
    """Whether a JSON object has the fields that filters read."""
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
    """The request lines in Cloud Logging, each once: a line that was written twice has one `insertId`.

    Args:
        environ: environment variables, for the client.
        log_filter: selects lines.
        on_skip: called for each entry that is no request line.
        newest: number of last lines; None: all lines.
        follow: poll for new lines.

    Raises:
        SourceError: the search failed.
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
        raise SourceError(fill(_SEARCH_FAILED, type=type(error).__name__, error=error)) from error


def _search(environ: Mapping[str, str]) -> Callable[..., Iterable[Any]]:
    """The client's search in the view that LOGGING_VIEW names, else in the project."""
    names = [environ[VIEW]] if environ.get(VIEW) else None
    return functools.partial(connect(environ).list_entries, resource_names=names, page_size=1000)


def _recent_entries(search: Callable[..., Iterable[Any]], log_filter: LogFilter, last_search: datetime) -> list[Any]:
    """Entries since the last search, and earlier ones that arrived late."""
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
            on_skip(fill(_ENTRY_NOT_A_REQUEST, id=entry.insert_id))


_NOT_JSON: Text = ("ligne {number} : ce n'est pas un objet JSON", "line {number}: not a JSON object")
_NOT_COMPLETE: Text = (
    "ligne {number} : ce n'est pas un objet JSON, et elle ne finit pas",
    "line {number}: not a JSON object, and incomplete",
)
_NOT_A_REQUEST: Text = ("ligne {number} : ce n'est pas la ligne d'une requête", "line {number}: not a request line")
_ENTRY_NOT_A_REQUEST: Text = ("entrée {id} : ce n'est pas la ligne d'une requête", "entry {id}: not a request line")
_SEARCH_FAILED: Text = ("Cloud Logging : {type} : {error}", "Cloud Logging: {type}: {error}")
