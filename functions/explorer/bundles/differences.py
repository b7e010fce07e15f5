"""The figures of a version, and two versions side by side."""

from collections.abc import Iterator, Mapping

import msgspec

from shared.model.bundle import Manifest

HIGHER = frozenset({"accuracy", "auc"})
LOWER = frozenset({"brier", "ece", "error", "loss"})
"""Words of a figure's name that say which way is better."""


class Figure(msgspec.Struct, frozen=True):
    """A figure of a graph: its value in one version and in another; None where a version has none."""

    graph: str
    name: str
    first: float | None
    second: float | None

    @property
    def difference(self) -> float | None:
        """The second minus the first."""
        return None if self.first is None or self.second is None else self.second - self.first

    @property
    def better(self) -> bool | None:
        """Whether the second is better; None where that cannot be said, or where they are equal."""
        words = set(self.name.split("_"))
        if not self.difference or bool(words & HIGHER) == bool(words & LOWER):
            return None
        return (self.difference > 0) == bool(words & HIGHER)


def figures(first: Manifest, second: Manifest | None = None) -> list[Figure]:
    """Every figure of either version, graph by graph; thresholds belong to no graph."""
    one, other = _figures(first), _figures(second) if second else {}
    return [Figure(graph, name, one.get((graph, name)), other.get((graph, name))) for graph, name in {**one, **other}]


def _figures(manifest: Manifest) -> dict[tuple[str, str], float]:
    found = {(role, name): value for role, graph in manifest.graphs.items() for name, value in graph.metrics.items()}
    return found | {("", name): value for name, value in manifest.thresholds.items()}


def facts(manifest: Manifest) -> dict[str, str]:
    """What a version was made of, in the manifest's own terms."""
    return dict(_facts(manifest))


def _facts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield "data.title", manifest.data.title
    yield "data.source", manifest.data.source
    yield "data.licence", manifest.data.licence
    yield "data.rows", str(manifest.data.rows)
    yield from ((f"data.sha256.{name}", digest) for name, digest in manifest.data.sha256.items())
    yield "classes", ", ".join(manifest.classes)
    yield "command", manifest.command
    yield from ((f"libraries.{name}", number) for name, number in manifest.libraries.items())
    for role, graph in manifest.graphs.items():
        yield f"{role}.inputs", ", ".join(feature.name for feature in graph.inputs)
        yield f"{role}.sha256", manifest.files[graph.file].sha256
        yield from ((f"{role}.parity.{name}", f"{value:g}") for name, value in graph.parity.items())


def changed(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The facts that two versions do not share, with both."""
    names = {**first, **second}
    return {name: (first.get(name, ""), second.get(name, "")) for name in names if first.get(name) != second.get(name)}
