from pathlib import Path

import pytest

from training.card_text import decimal, interval, percent, render, table


def test_numbers_are_in_french_notation() -> None:
    assert percent(0.0512) == "5,1\u00a0%"
    assert decimal(1.5) == "1,500"
    assert interval((0.953, 1.0)) == "0,953 à 1,000"
    assert interval((0.953, 1.0), percent) == "95,3\u00a0% à 100,0\u00a0%"


def test_a_table_is_markdown() -> None:
    assert table(("modèle", "exactitude"), [("k-NN", "0,960")]) == (
        "| modèle | exactitude |\n| --- | --- |\n| k-NN | 0,960 |"
    )


def test_a_card_placeholder_without_a_value_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text("$a, $b", encoding="utf-8")
    assert render(tmp_path / "card.md", {"a": "1", "b": "2"}) == "1, 2"
    with pytest.raises(KeyError, match="b"):
        render(tmp_path / "card.md", {"a": "1"})
