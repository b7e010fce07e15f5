"""Faults of the fake Cloud Storage (tests/gcs.py), and the requests that they affect."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """A request as it was received.

    Attributes:
        path: decoded, without the query and without the object of an upload, which is in `name`.
        query: its parameters, decoded.
        headers: by lower-case name.
        name: the requested or uploaded object; empty for a bucket or a list.
        time: monotonic seconds.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    name: str
    time: float

    @property
    def is_media(self) -> bool:
        """True if the request reads the content of an object."""
        return self.method == "GET" and self.query.get("alt") == "media"

    @property
    def writes(self) -> bool:
        """True if the request may change an object."""
        return self.method in {"POST", "PUT", "PATCH", "DELETE"}


@dataclass(frozen=True)
class Status:
    """Responds with an error status and changes nothing."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """Announces the whole body, sends this fraction of it and closes the connection."""

    share: float = 0.5


@dataclass(frozen=True)
class Lost:
    """Carries out the request, then closes the connection without a response."""


@dataclass(frozen=True)
class Flip:
    """Flips a bit in the middle of the body; the headers keep the checksums of the original."""


@dataclass(frozen=True)
class Hang:
    """Hangs until the fake is healed or stopped."""


@dataclass(frozen=True)
class Delay:
    """Delays a correct response, in seconds."""

    seconds: float


@dataclass(frozen=True)
class Meanwhile:
    """Calls a function between the request and its correct response, to act as a concurrent client."""

    act: Callable[[], object]


Fault = Status | Cut | Lost | Flip | Hang | Delay | Meanwhile


@dataclass
class Rule:
    """A fault for requests whose "METHOD path name" matches `pattern`: skips `skip`, then applies `times` times."""

    fault: Fault
    pattern: re.Pattern[str]
    times: int | None
    skip: int = 0

    def strikes(self, request: Request) -> bool:
        """True if the fault applies to this request; counts it."""
        if self.times == 0 or not self.pattern.search(f"{request.method} {request.path} {request.name}"):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times = self.times and self.times - 1
        return True


class Faults:
    """The pending faults, in the order in which they were added."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rules: list[Rule | Callable[[Request], Fault | None]] = []

    def add(self, rule: Rule | Callable[[Request], Fault | None]) -> None:
        """Add a rule, or a function from a request to its fault."""
        with self._lock:
            self._rules.append(rule)

    def clear(self) -> None:
        """Remove every fault."""
        with self._lock:
            self._rules.clear()

    def of(self, request: Request) -> Fault | None:
        """The fault of this request: the first that applies."""
        with self._lock:
            for rule in self._rules:
                if not isinstance(rule, Rule):
                    if (fault := rule(request)) is not None:
                        return fault
                elif rule.strikes(request):
                    return rule.fault
        return None


def split(target: str) -> tuple[str, dict[str, str]]:
    """The path as sent, and the decoded query parameters, of a request target."""
    parts = urlsplit(target)
    return parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))


def object_in(path: str) -> str:
    """The decoded object name in a path of the JSON API, or an empty string."""
    found = re.search(r"/storage/v1/b/[^/]+/o/(.+)$", path)
    return unquote(found[1]) if found else ""
