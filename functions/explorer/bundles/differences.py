"""Metrics and facts of a version, and the differences between two versions."""

from collections.abc import Iterator, Mapping

import msgspec

from shared.model.bundle import Manifest

HIGHER_IS_BETTER = frozenset({"accuracy", "auc"})
LOWER_IS_BETTER = frozenset({"brier", "ece", "error", "loss"})
"""Words in the name of a metric that tell in which direction it improves."""


class Metric(msgspec.Struct, frozen=True):
    """A metric of a graph in two versions; None if the version does not have it."""

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
        """Whether the second is better; None if they are equal or the name does not tell."""
        words = set(self.name.split("_"))
        if not self.difference or bool(words & HIGHER_IS_BETTER) == bool(words & LOWER_IS_BETTER):
            return None
        return (self.difference > 0) == bool(words & HIGHER_IS_BETTER)


def metrics(first: Manifest, second: Manifest | None = None) -> list[Metric]:
    """Every metric and threshold of either version, graph by graph. The graph of a threshold is empty."""
    left, right = _metrics(first), _metrics(second) if second else {}
    return [Metric(graph, name, left.get((graph, name)), right.get((graph, name))) for graph, name in {**left, **right}]


def _metrics(manifest: Manifest) -> dict[tuple[str, str], float]:
    values = {(role, name): value for role, graph in manifest.graphs.items() for name, value in graph.metrics.items()}
    return values | {("", name): value for name, value in manifest.thresholds.items()}


def facts(manifest: Manifest) -> dict[str, str]:
    """Data, command, libraries and graphs of a version, by their path in the manifest."""
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
        columns = manifest.table.columns if manifest.table else graph.inputs
        yield f"{role}.inputs", ", ".join(column.name for column in columns)
        yield f"{role}.sha256", manifest.files[graph.file].sha256
        yield from ((f"{role}.parity.{name}", f"{value:g}") for name, value in graph.parity.items())


def changed(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The facts that differ, with both values; an absent one is empty."""
    names = {**first, **second}
    return {name: (first.get(name, ""), second.get(name, "")) for name in names if first.get(name) != second.get(name)}
