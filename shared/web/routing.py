"""Which route answers: exact addresses first, then patterns, those with more fixed letters before the others."""

import re
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

_PARAMETER = re.compile(r"<(path:)?(\w+)>")


class Routed(Protocol):
    """What a table holds: one method of one path, where `<name>` is an argument, and `<path:name>` one with slashes."""

    @property
    def method(self) -> str:
        """GET or POST."""

    @property
    def path(self) -> str:
        """As the route is written."""


R = TypeVar("R", bound=Routed)


class RouteTable(Generic[R]):
    """Routes by address. One slash at the end of an address changes nothing."""

    def __init__(self, routes: Sequence[R]) -> None:
        """Hold `routes`, of which no two have the spellings method and path."""
        self.exact = {(route.method, route.path): route for route in routes if "<" not in route.path}
        patterns = sorted((route for route in routes if "<" in route.path), key=_literal_length, reverse=True)
        self._patterns = [(_pattern(route.path), route) for route in patterns]

    def find(self, method: str, path: str) -> tuple[R, dict[str, str]] | None:
        """The route that answers, and the arguments that its path names; HEAD is answered where GET is."""
        method_ = "GET" if method == "HEAD" else method
        for route, arguments in self._matches(path):
            if route.method == method_:
                return route, arguments
        return None

    def allowed(self, path: str) -> tuple[str, ...]:
        """The methods that an address has, in alphabetical order; none where there is nothing."""
        methods = {route.method for route, _ in self._matches(path)}
        if not methods:
            return ()
        return tuple(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))

    def _matches(self, path: str) -> list[tuple[R, dict[str, str]]]:
        spellings = {path, path.removesuffix("/") or "/"}
        exact: list[tuple[R, dict[str, str]]] = [
            (route, {}) for (_, own), route in self.exact.items() if own in spellings
        ]
        matches = ((pattern.fullmatch(path), route) for pattern, route in self._patterns)
        return [*exact, *((route, match.groupdict()) for match, route in matches if match)]


def _literal_length(route: Routed) -> int:
    return len(_PARAMETER.sub("", route.path))


def _pattern(path: str) -> re.Pattern[str]:
    pieces = _PARAMETER.split(path)  # fixed, `path:` or None, name, fixed, ...
    text = re.escape(pieces[0])
    for slashes, name, fixed in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        text += f"(?P<{name}>{'[^/].*?' if slashes else '[^/]+'}){re.escape(fixed)}"
    return re.compile(f"{text}/?", re.DOTALL)
