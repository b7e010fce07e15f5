"""What the manifest says of a model that reads a table: its columns, what its graph is fed, what its answers mean.

`python -m models new` writes it; `shared.model.tabular` serves from it. No code of a model is anywhere else.
"""

from typing import Literal

from msgspec import Struct

Label = bool | int | float | str
"""A class as the training data has it."""

ROLE = "model"
"""Role of the graph of such a model, in `Manifest.graphs`."""

NUMBER, CODE, BOOLEAN, CATEGORY, TEXT, DATE = "number", "code", "boolean", "category", "text", "date"

Kind = Literal["number", "code", "boolean", "category", "text", "date"]

CLASSES, VALUES, OUTLIERS, CLUSTERS = "classes", "values", "outliers", "clusters"


class Column(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One column of the table.

    Attributes:
        name: key of the column in a row.
        kind: `number`: a JSON number; `code`: an integer that stands for something; `boolean`; `category`: a text of
            a few; `text`: free text; `date`: a text, ISO 8601.
        nullable: whether a row may have null.
        whole: whether a number had no fraction in the training data.
        minimum: smallest number in the training data.
        maximum: largest number in the training data.
        values: the codes or the categories in the training data, sorted.
        closed: whether a code or category that is not in `values` is refused, because the estimator refuses it.
        first: earliest date in the training data, ISO 8601.
        last: latest date in the training data, ISO 8601.
        example: a common value; None: null is.
        title: name for people, French then English; None: `name`.
    """

    name: str
    kind: Kind
    nullable: bool = False
    whole: bool = False
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[int | str, ...] | None = None
    closed: bool = False
    first: str | None = None
    last: str | None = None
    example: bool | int | float | str | None = None
    title: tuple[str, str] | None = None


class Feed(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One input of the graph, made from one column.

    Attributes:
        input: name of the graph's input.
        column: name of the column.
        form: `number`: float64 (rows, 1), NaN for null, 0 and 1 for booleans; `text`: strings (rows, 1), empty for
            null; `counts`: float64 (rows, width), how often a text has each word; `date`: float64 (rows, parts).
        vectorizer: key of the word counter in the file `Table.words`, for `counts`.
    """

    input: str
    column: str
    form: Literal["number", "text", "counts", "date"]
    vectorizer: str = ""


class Target(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One output of the model.

    Attributes:
        name: the column of the training data that it predicts; empty for clusters and outliers.
        labels: the classes, in the order of the probabilities and of `label`; empty for a number.
        set_limit: a class is in the set of a row if its probability is at least 1 - set_limit; None: no sets.
        half_width: half the width of the interval of a number; None: no intervals.
        logarithm: whether `half_width` is of the number's natural logarithm.
        minimum: smallest number in the training data.
        maximum: largest number in the training data.
        title: name for people, French then English; None: `name`.
    """

    name: str
    labels: tuple[Label, ...] = ()
    set_limit: float | None = None
    half_width: float | None = None
    logarithm: bool = False
    minimum: float | None = None
    maximum: float | None = None
    title: tuple[str, str] | None = None


class Explanation(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How an answer is shared out among the columns.

    Attributes:
        graph: file of a graph with the feeds of the model and one output, `features`: float64 (rows, features).
        arrays: file of numpy arrays (.npz, no pickle): what `shared.model.tabular.explanations` adds up.
        scale: what the contributions add up to: `log_odds`, `probability`, `value`, `log_value` or `log1p_value`.
    """

    graph: str
    arrays: str
    scale: Literal["log_odds", "probability", "value", "log_value", "log1p_value"]


class Table(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A model that reads a table.

    The graph of role `model` has 2-D outputs: `label` int64 (rows, targets), index into `Target.labels` (outliers: 1
    for an inlier, 0 for an outlier; clusters: the number of the cluster); `probabilities` float64 (rows, sum of the
    targets' classes), targets side by side; `scores` float64; `value` float64 (rows, targets). It has those that the
    estimator has.

    Attributes:
        kind: `classes`, `values`, `outliers` or `clusters`.
        columns: the columns that the graph reads, in the order of the training data.
        feeds: the graph's inputs.
        targets: the outputs, at least one.
        ignored: further columns of the training data; a row may have them.
        words: file of the word counters, JSON; empty: none.
        explanation: None if the estimator has no exact explanation.
        no_explanation: why not, French then English.
        coverage: nominal coverage of sets and intervals, such as 0.9.
    """

    kind: Literal["classes", "values", "outliers", "clusters"]
    columns: tuple[Column, ...]
    feeds: tuple[Feed, ...]
    targets: tuple[Target, ...]
    ignored: tuple[str, ...] = ()
    words: str = ""
    explanation: Explanation | None = None
    no_explanation: tuple[str, str] | None = None
    coverage: float = 0.9

    def files(self) -> tuple[str, ...]:
        """The files that serving reads beside the graph of role `model`."""
        explained = (self.explanation.graph, self.explanation.arrays) if self.explanation else ()
        return tuple(filter(None, (self.words, *explained)))
