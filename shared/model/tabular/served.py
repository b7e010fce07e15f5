"""What serving a table needs of one bundle, made once and kept with its predictor."""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.errors import BundleError, Invalid
from shared.model.bundle import Bundle
from shared.model.table import Table
from shared.model.tabular.contract import Contract
from shared.model.tabular.feeds import make_feeds
from shared.model.tabular.rows import Rows

if TYPE_CHECKING:
    from shared.model.tabular.explanations import Explainer
    from shared.model.tabular.words import WordCounter

COUNT_BYTES = 128 * 1024 * 1024
"""Most memory that the word counts of a request take, in bytes."""

NO_EXPLANATION = (
    "ce modèle n'a pas d'explication exacte de ses réponses",
    "this model has no exact explanation of its answers",
)
BAD_FEEDS = (
    "le manifeste et le paquet ne s'accordent pas sur les compteurs de mots : {reason}",
    "the manifest and the bundle disagree on the word counters: {reason}",
)


class Served:
    """A table as it is served. Thread-safe.

    Attributes:
        table: of the bundle.
        contract: decodes its requests.
    """

    def __init__(self, bundle: Bundle, contract: Contract) -> None:
        """Read the word counters of a bundle.

        Args:
            bundle: with the files that `Table.files` names.
            contract: of its table.

        Raises:
            BundleError: they are unreadable, or a feed has none.
        """
        self.table: Table = contract.table
        self.contract = contract
        self._counters = _read_counters(self.table, bundle.files)
        self._inputs = _inputs_of_matrix(self.table, contract)
        self._files = {name: bundle.files[name] for name in self.table.files() if name != self.table.words}
        self._explainer: Explainer | None = None
        self._lock = threading.Lock()
        width = sum(self._counters[feed.vectorizer].width for feed in self.table.feeds if feed.vectorizer)
        self._most_rows = COUNT_BYTES // (8 * width) + 1 if width else None

    def most_rows(self, limit: int) -> int:
        """Most rows of a request: `limit`, or fewer if their word counts would take too much memory."""
        return limit if self._most_rows is None else min(limit, self._most_rows)

    def feeds(self, rows: Rows) -> dict[str, NDArray[Any]]:
        """The inputs of the graph for some rows."""
        if self._inputs is not None:
            return dict(zip(self._inputs, rows.matrix[:, :, None], strict=True))
        columns: dict[str, NDArray[Any]] = dict(rows.numbers)
        for name, texts in rows.texts.items():
            columns[name] = np.array([text or "" for text in texts], dtype=object)
        return make_feeds(self.table, columns, self._counters)

    def require_explanation(self, at: str) -> None:
        """Refuse a request for explanations, at the JSON pointer `at`. Raises Invalid: the model has none, and why."""
        if self.table.explanation is None:
            text = self.table.no_explanation or NO_EXPLANATION
            raise Invalid(text, ((at, text),), code="no_explanation")

    def explain(
        self, rows: Rows, feeds: dict[str, NDArray[Any]], outputs: Mapping[str, NDArray[Any]]
    ) -> list[dict[str, Any]]:
        """For each row what its columns add to the answer, with the cells as they were sent.

        Args:
            rows: the rows.
            feeds: made from them.
            outputs: of the graph.
        """
        explained = self._loaded().explain(feeds, outputs, range(rows.count))
        for row, explanation in enumerate(explained):
            for part in explanation["contributions"]:
                name = part["column"]
                if name in rows.numbers:
                    number = float(rows.numbers[name][row])
                    part["value"] = None if np.isnan(number) else self._cell(name, number)
                elif name in rows.texts:
                    part["value"] = rows.texts[name][row]
        return explained

    def _cell(self, name: str, number: float) -> Any:
        kind = next(column.kind for column in self.table.columns if column.name == name)
        return bool(number) if kind == "boolean" else int(number) if number.is_integer() else number

    def _loaded(self) -> "Explainer":
        """The explainer, read at the first explanation."""
        with self._lock:
            if self._explainer is None:
                from shared.model.tabular.explanations import Explainer  # noqa: PLC0415  # only if asked for

                self._explainer = Explainer(self.table, self._files)
                self._files = {}
            return self._explainer


def _inputs_of_matrix(table: Table, contract: Contract) -> list[str] | None:
    """The inputs of the graph if they are the rows of `Rows.matrix`, in its order."""
    fed = [feed.column for feed in table.feeds]
    is_numeric = all(feed.form == "number" for feed in table.feeds)
    return [feed.input for feed in table.feeds] if is_numeric and fed == contract.reader.numeric else None


def _read_counters(table: Table, files: Mapping[str, bytes]) -> "dict[str, WordCounter]":
    if not table.words:
        return {}
    from shared.model.tabular.words import WordCounter  # noqa: PLC0415  # few tables have words

    try:
        counters = msgspec.json.decode(files[table.words], type=dict[str, WordCounter])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BundleError(_reason(str(error))) from error
    if missing := {feed.vectorizer for feed in table.feeds if feed.form == "counts"} - counters.keys():
        raise BundleError(_reason(", ".join(sorted(missing))))
    return counters


def _reason(reason: str) -> tuple[str, str]:
    return BAD_FEEDS[0].format(reason=reason), BAD_FEEDS[1].format(reason=reason)
