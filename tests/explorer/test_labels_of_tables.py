"""The answers of a model of a table in the log: labels are shown as they are, never as places of classes."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import pytest

from functions.explorer.request_log import predictions
from shared.model.table import ROLE
from training.drift.reference import LoggedRow

TIME = pd.Timestamp("2026-11-29T12:00:00Z")


@pytest.mark.parametrize(
    ("answer", "mixed", "shown"),
    [("oui", True, "oui"), (True, True, "true"), (1, True, "un"), (-1, True, "-1"), (1, False, "un")],
)
def test_a_label_is_counted_under_its_own_name(answer: Any, *, mixed: bool, shown: str) -> None:
    def log_rows(_: Mapping[str, Any]) -> Iterator[LoggedRow]:
        yield LoggedRow(ROLE, {}, {"achat": answer}, mixed=mixed)

    frame = predictions.predictions([{"prediction": {}}], [TIME], log_rows)
    assert predictions.count_classes(frame, {"1": "un"})["class"].tolist() == [shown]


def test_a_number_stays_a_number() -> None:
    def log_rows(_: Mapping[str, Any]) -> Iterator[LoggedRow]:
        yield LoggedRow(ROLE, {}, {"prix": 6.0}, mixed=True)

    frame = predictions.predictions([{"prediction": {}}], [TIME], log_rows)
    assert frame["value"].tolist() == [6.0]
