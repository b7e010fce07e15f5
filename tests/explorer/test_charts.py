"""Charts: pictures, and the error messages of selections that a chart cannot show."""

import itertools
import random
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from functions.explorer.charts import log_plots, plots
from functions.explorer.charts.chart_types import CHARTS, notes, selection_error
from functions.explorer.charts.plots import PlotData, Selection
from functions.explorer.charts.render import render_png
from functions.explorer.charts.theme import THEMES, Style
from functions.explorer.tables.columns import columns_of_kind
from functions.explorer.tables.files import list_data_files
from functions.explorer.tables.reader import read_table
from functions.explorer.tables.table import Limits
from tests.replay import ROOT
from training.drift.comparison import Drift, Observed, Shift

FILES = {file.name: file for file in list_data_files(ROOT / "functions/explorer/datasets", ".")}
IRIS = read_table(FILES["iris.csv"].source(), Limits()).frame
SEPAL, PETAL, SPECIES = ("sepal length (cm)",), ("petal length (cm)",), ("species",)
GOOD: dict[str, Selection] = {
    "counts": {"x": SPECIES, "hue": SPECIES},
    "histogram": {"x": PETAL, "hue": SPECIES},
    "box": {"y": PETAL, "x": SPECIES},
    "violin": {"y": PETAL, "x": SPECIES},
    "means": {"y": PETAL, "x": SPECIES, "hue": ()},
    "scatter": {"x": SEPAL, "y": PETAL, "hue": SPECIES},
    "line": {"x": SEPAL, "y": PETAL, "hue": SPECIES},
    "pairs": {"columns": SEPAL + PETAL, "hue": SPECIES},
    "heat": {"columns": tuple(columns_of_kind(IRIS, "number"))},
}
ODD = pd.DataFrame(
    {
        "prix $x_{$": np.where(np.arange(60) % 7, np.arange(60) / 8, np.nan),
        "_": [np.inf, -np.inf, *range(58)],
        "constante": 1.0,
        "ville très longue, avec des accents et encore des mots": ["Orléans 🌳", "日本", "$a$"] * 20,
        "jour": pd.date_range("2026-01-01", periods=60, freq="8h"),
        "libre": [True, False] * 30,
        "vide": np.nan,
        "code": [f"c{number}" for number in range(60)],
    }
)


def picture(
    key: str, frame: pd.DataFrame, selection: Selection, mode: str = "light", language: str = "fr"
) -> Image.Image:
    chart = CHARTS[key]
    style = Style(mode, language)
    content = render_png(lambda figure, style: chart.draw(figure, PlotData(frame, selection, style)), style, chart.size)
    return Image.open(BytesIO(content)).convert("RGB")


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("key", CHARTS)
def test_every_chart_is_drawn_in_the_colours_of_the_page(key: str, mode: str) -> None:
    assert selection_error(CHARTS[key], IRIS, GOOD[key]) is None
    drawn = picture(key, IRIS, GOOD[key], mode)
    page = tuple(int(THEMES[mode].page[at : at + 2], 16) for at in (1, 3, 5))
    assert drawn.getpixel((0, 0)) == page
    assert 600 < drawn.width < 2500
    colours = drawn.getcolors(1 << 24)
    assert colours is not None
    drawn_pixels = sum(count for count, colour in colours if colour != page)
    assert drawn_pixels / (drawn.width * drawn.height) > 0.02


def test_a_picture_is_in_the_language_of_the_page() -> None:
    french, english = (picture("histogram", IRIS, GOOD["histogram"], language=language) for language in ("fr", "en"))
    assert french.tobytes() != english.tobytes()
    assert french.tobytes() == picture("histogram", IRIS, GOOD["histogram"]).tobytes()


@pytest.mark.parametrize(
    ("language", "halves", "truths"), [("fr", ["0,5", "1,5"], ["non", "oui"]), ("en", ["0.5", "1.5"], ["no", "yes"])]
)
def test_labels_of_groups_are_translated_and_counts_are_whole_numbers(
    language: str, halves: list[str], truths: list[str]
) -> None:
    frame = pd.DataFrame({"half": [0.5, 1.5], "truth": [False, True]})
    for name, words in (("half", halves), ("truth", truths)):
        figure = Figure()
        CHARTS["counts"].draw(figure, PlotData(frame, {"x": (name,)}, Style("light", language)))
        assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == words
        assert set(figure.axes[0].get_xticks()) <= {0, 1, 2}


TOO_MANY = "a {} valeurs différentes ; au-delà de {}, on ne les distingue plus."
ERRORS: list[tuple[str, dict[str, tuple[str, ...]], str]] = [
    (
        "histogram",
        {"x": SPECIES},
        "Histogramme : « Axe horizontal » attend une colonne de type nombre / date ; « species » est de type texte.",
    ),
    (
        "scatter",
        {"x": SEPAL, "y": SPECIES},
        "Nuage de points : « Axe vertical » attend une colonne de type nombre ; « species » est de type texte.",
    ),
    (
        "scatter",
        {"x": SEPAL, "y": SEPAL},
        "« sepal length (cm) » est sur les deux axes : choisissez deux colonnes différentes.",
    ),
    ("scatter", {"x": SEPAL}, "Nuage de points : choisissez une colonne pour « Axe vertical »."),
    (
        "scatter",
        {"x": SEPAL, "y": PETAL, "hue": SEPAL},
        f"« Couleur (groupes) » : « sepal length (cm) » {TOO_MANY.format(35, 12)}",
    ),
    ("box", {"y": PETAL, "x": PETAL}, f"« Groupes » : « petal length (cm) » {TOO_MANY.format(43, 40)}"),
    (
        "counts",
        {"x": PETAL},
        (
            "« petal length (cm) » a 43 valeurs différentes : compter chacune n'apprend rien, "
            "un histogramme les range par tranches."
        ),
    ),
    ("pairs", {"columns": PETAL}, "Paires : choisissez au moins 2 colonnes."),
    (
        "pairs",
        {"columns": SEPAL + SPECIES},
        "Paires : « Colonnes » attend une colonne de type nombre ; « species » est de type texte.",
    ),
    ("heat", {"columns": ()}, "Carte de chaleur (corrélations) : choisissez au moins 2 colonnes."),
]


@pytest.mark.parametrize(("key", "selection", "message"), ERRORS)
def test_a_wrong_selection_has_an_error(key: str, selection: Selection, message: str) -> None:
    error = selection_error(CHARTS[key], IRIS, selection)
    assert error is not None
    assert error[0] == message
    assert error[1] != message


def test_columns_without_values_have_an_error() -> None:
    def message_of(key: str, frame: pd.DataFrame, selection: Selection) -> str:
        error = selection_error(CHARTS[key], frame, selection)
        assert error is not None
        return error[0]

    assert message_of("histogram", IRIS[:0], GOOD["histogram"]) == "Aucune ligne ne passe les filtres."
    assert (
        message_of("histogram", ODD, {"x": ("vide",)})
        == "Aucune ligne n'a de valeur dans toutes ces colonnes à la fois : vide."
    )
    assert message_of("heat", ODD, {"columns": ("constante", "vide", "_")}).startswith(
        "Une corrélation demande deux colonnes"
    )
    assert message_of("pairs", ODD, {"columns": ("_",) * 6}) == "Paires : choisissez 5 colonnes au plus (il y en a 6)."


def selections(key: str) -> list[Selection]:
    """Every selection of a chart from the columns of ODD, optional slots also empty."""
    slots = CHARTS[key].slots
    singles: list[tuple[str, ...]] = [(name,) for name in ODD.columns]
    several: list[tuple[str, ...]] = [tuple(ODD.columns[:3]), tuple(ODD.columns[:2])]
    options = [
        several if slot.max_columns > 1 else [*singles, ()] if slot.min_columns == 0 else singles for slot in slots
    ]
    return [dict(zip((slot.name for slot in slots), columns, strict=True)) for columns in itertools.product(*options)]


@pytest.mark.untraced
@pytest.mark.parametrize("key", CHARTS)
def test_unusual_columns_are_drawn_or_have_an_error(key: str) -> None:
    """Draws a sample of the accepted selections."""
    good = [selection for selection in selections(key) if selection_error(CHARTS[key], ODD, selection) is None]
    assert good
    most = 2 if key == "pairs" else 6  # a pair plot is slow
    for selection in random.Random(1).sample(good, min(most, len(good))):  # noqa: S311  # no secret
        assert picture(key, ODD, selection, "dark").width > 300
        assert notes(CHARTS[key], ODD, selection) is not None


def test_notes_count_the_rows_left_out() -> None:
    many = pd.DataFrame({"a": np.arange(9000.0), "b": np.arange(9000) % 40, "t": [f"v{n % 35}" for n in range(9000)]})
    many.loc[:9, "a"] = np.nan
    [first, second] = notes(CHARTS["scatter"], many, {"x": ("a",), "y": ("b",)})
    assert (first[1], second[1]) == ({"count": 10}, {"most": plots.MAX_POINTS})
    [bars] = notes(CHARTS["counts"], many, {"x": ("t",)})
    assert bars[1] == {"most": 30, "count": 35}
    assert picture("counts", many, {"x": ("t",)}).height > 1000


def test_correlations_match_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    heatmap = sns.heatmap

    def spy(data: pd.DataFrame, **options: Any) -> Any:
        seen.update(data=data, words=options["annot"])
        return heatmap(data, **options)

    monkeypatch.setattr(sns, "heatmap", spy)
    picture("heat", IRIS, GOOD["heat"])
    expected = np.corrcoef(IRIS[columns_of_kind(IRIS, "number")].to_numpy().T)
    assert np.allclose(seen["data"], expected)
    assert seen["words"].iloc[0].tolist() == ["1,00", "−0,12", "0,87", "0,82"]


@pytest.mark.parametrize(
    ("mode", "language", "words"),
    [
        ("light", "fr", ["indice de stabilité de la population (PSI)", "seuil"]),
        ("dark", "en", ["population stability index (PSI)", "threshold"]),
    ],
)
def test_bars_of_a_drift_have_the_colours_and_words_of_the_page(mode: str, language: str, words: list[str]) -> None:
    indices = [0.9] + [0.1] * 39
    shifts = [Shift("species", "entrée", f"column {at}", 300, psi, "", 0.0, 0.0) for at, psi in enumerate(indices)]
    measured = Drift(0.2, shifts, [], Observed())
    figure = Figure()
    log_plots.drift(figure, measured, Style(mode, language))
    [axes] = figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [f"column {at}" for at in range(log_plots.MAX_BARS)][::-1]
    first, second = [to_hex(patch.get_facecolor()) for patch in axes.patches[:-3:-1]]
    assert (first, second) == THEMES[mode].colours[1::-1]
    assert [axes.get_xlabel(), axes.get_legend_handles_labels()[1][0]] == words
