"""Matches requests to routes: exact paths first, then patterns, the ones with the most literal characters first."""

import re
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

_PARAMETER = re.compile(r"<(path:)?(\w+)>")


class Routed(Protocol):
    """One method of one path. `<name>` in the path is a parameter; `<path:name>` may contain slashes."""

    @property
    def method(self) -> str:
        """GET or POST."""

    @property
    def path(self) -> str:
        """The path with its parameters."""


R = TypeVar("R", bound=Routed)


class RouteTable(Generic[R]):
    """Routes by method and path. A trailing slash is ignored."""

    def __init__(self, routes: Sequence[R]) -> None:
        """No two routes may have the same method and path."""
        self.exact = {(route.method, route.path): route for route in routes if "<" not in route.path}
        patterns = sorted((route for route in routes if "<" in route.path), key=_literal_length, reverse=True)
        self._patterns = [(_pattern(route.path), route) for route in patterns]

    def find(self, method: str, path: str) -> tuple[R, dict[str, str]] | None:
        """The route of a request and its path parameters. HEAD matches GET."""
        route_method = "GET" if method == "HEAD" else method
        for route, arguments in self._matches(path):
            if route.method == route_method:
                return route, arguments
        return None

    def allowed(self, path: str) -> tuple[str, ...]:
        """The methods of a path in alphabetical order; none if no route matches."""
        methods = {route.method for route, _ in self._matches(path)}
        if not methods:
            return ()
        return tuple(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))

    def _matches(self, path: str) -> list[tuple[R, dict[str, str]]]:
        spellings = {path, path.removesuffix("/") or "/"}
        exact: list[tuple[R, dict[str, str]]] = [
            (route, {}) for (_, exact_path), route in self.exact.items() if exact_path in spellings
        ]
        matches = ((pattern.fullmatch(path), route) for pattern, route in self._patterns)
        return [*exact, *((route, match.groupdict()) for match, route in matches if match)]


def _literal_length(route: Routed) -> int:
    return len(_PARAMETER.sub("", route.path))


def _pattern(path: str) -> re.Pattern[str]:
    pieces = _PARAMETER.split(path)  # literal, `path:` or None, name, literal, ...
    text = re.escape(pieces[0])
    for slashes, name, literal in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        text += f"(?P<{name}>{'[^/].*?' if slashes else '[^/]+'}){re.escape(literal)}"
    return re.compile(f"{text}/?", re.DOTALL)
