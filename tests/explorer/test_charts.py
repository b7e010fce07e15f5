"""Every chart is a picture where it makes sense, and one clear sentence where it does not."""

import itertools
import random
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from matplotlib.figure import Figure
from PIL import Image

from functions.explorer.charts import draw, theme
from functions.explorer.charts.draw import Style
from functions.explorer.charts.kinds import CHARTS, Chosen, fault, notes
from functions.explorer.tables.columns import of_kind
from functions.explorer.tables.places import data_files
from functions.explorer.tables.reading import Limits, read
from tests.replay import ROOT

FILES = {file.name: file for file in data_files(ROOT / "functions/explorer/datasets", ".")}
IRIS = read(FILES["iris.csv"].source(), Limits()).frame
SEPAL, PETAL, SPECIES = ("sepal length (cm)",), ("petal length (cm)",), ("species",)
GOOD: dict[str, Chosen] = {
    "counts": {"x": SPECIES, "hue": SPECIES},
    "histogram": {"x": PETAL, "hue": SPECIES},
    "box": {"y": PETAL, "x": SPECIES},
    "violin": {"y": PETAL, "x": SPECIES},
    "means": {"y": PETAL, "x": SPECIES, "hue": ()},
    "scatter": {"x": SEPAL, "y": PETAL, "hue": SPECIES},
    "line": {"x": SEPAL, "y": PETAL, "hue": SPECIES},
    "pairs": {"columns": SEPAL + PETAL, "hue": SPECIES},
    "heat": {"columns": tuple(of_kind(IRIS, "number"))},
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


def picture(key: str, frame: pd.DataFrame, chosen: Chosen, mode: str = "light", language: str = "fr") -> Image.Image:
    chart, style = CHARTS[key], Style(mode, language)
    content = theme.picture(lambda figure: chart.draw(figure, frame, chosen, style), mode, language, chart.size)
    return Image.open(BytesIO(content)).convert("RGB")


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("key", CHARTS)
def test_every_chart_is_drawn_in_the_colours_of_the_page(key: str, mode: str) -> None:
    assert fault(CHARTS[key], IRIS, GOOD[key]) is None
    drawn = picture(key, IRIS, GOOD[key], mode)
    page = tuple(int(theme.LOOKS[mode].page[at : at + 2], 16) for at in (1, 3, 5))
    assert drawn.getpixel((0, 0)) == page
    assert 600 < drawn.width < 2500
    colours = drawn.getcolors(1 << 24)
    assert colours is not None
    others = sum(count for count, colour in colours if colour != page)
    assert others / (drawn.width * drawn.height) > 0.02


def test_a_picture_speaks_the_language_of_the_page() -> None:
    french, english = (picture("histogram", IRIS, GOOD["histogram"], language=language) for language in ("fr", "en"))
    assert french.tobytes() != english.tobytes()
    assert french.tobytes() == picture("histogram", IRIS, GOOD["histogram"]).tobytes()


@pytest.mark.parametrize(
    ("language", "halves", "truths"), [("fr", ["0,5", "1,5"], ["non", "oui"]), ("en", ["0.5", "1.5"], ["no", "yes"])]
)
def test_groups_are_written_in_the_language_and_counts_as_whole_numbers(
    language: str, halves: list[str], truths: list[str]
) -> None:
    frame = pd.DataFrame({"half": [0.5, 1.5], "truth": [False, True]})
    for name, words in (("half", halves), ("truth", truths)):
        figure = Figure()
        CHARTS["counts"].draw(figure, frame, {"x": (name,)}, Style("light", language))
        assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == words
        assert set(figure.axes[0].get_xticks()) <= {0, 1, 2}


TOO_MANY = "a {} valeurs différentes ; au-delà de {}, on ne les distingue plus."
FAULTS: list[tuple[str, dict[str, tuple[str, ...]], str]] = [
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


@pytest.mark.parametrize(("key", "chosen", "said"), FAULTS)
def test_what_makes_no_sense_is_said(key: str, chosen: Chosen, said: str) -> None:
    found = fault(CHARTS[key], IRIS, chosen)
    assert found is not None
    assert found[0] == said
    assert found[1] != said


def test_what_has_no_values_is_said() -> None:
    def said(key: str, frame: pd.DataFrame, chosen: Chosen) -> str:
        found = fault(CHARTS[key], frame, chosen)
        assert found is not None
        return found[0]

    assert said("histogram", IRIS[:0], GOOD["histogram"]) == "Aucune ligne ne passe les filtres."
    assert (
        said("histogram", ODD, {"x": ("vide",)})
        == "Aucune ligne n'a de valeur dans toutes ces colonnes à la fois : vide."
    )
    assert said("heat", ODD, {"columns": ("constante", "vide", "_")}).startswith(
        "Une corrélation demande deux colonnes"
    )
    assert said("pairs", ODD, {"columns": ("_",) * 6}) == "Paires : choisissez 5 colonnes au plus (il y en a 6)."


def choices(key: str) -> list[Chosen]:
    """Every way to fill the slots of a chart with one column of each odd kind, optional ones also left empty."""
    slots = CHARTS[key].slots
    singles: list[tuple[str, ...]] = [(name,) for name in ODD.columns]
    several: list[tuple[str, ...]] = [tuple(ODD.columns[:3]), tuple(ODD.columns[:2])]
    options = [several if slot.many > 1 else [*singles, ()] if slot.least == 0 else singles for slot in slots]
    return [dict(zip((slot.name for slot in slots), chosen, strict=True)) for chosen in itertools.product(*options)]


@pytest.mark.untraced
@pytest.mark.parametrize("key", CHARTS)
def test_no_choice_of_odd_columns_fails(key: str) -> None:
    """Each of them is refused in words, or drawn; of the many that are drawn, some are."""
    good = [chosen for chosen in choices(key) if fault(CHARTS[key], ODD, chosen) is None]
    assert good
    most = 2 if key == "pairs" else 6  # it is many pictures in one
    for chosen in random.Random(1).sample(good, min(most, len(good))):  # noqa: S311  # no secret
        assert picture(key, ODD, chosen, "dark").width > 300
        assert notes(CHARTS[key], ODD, chosen) is not None


def test_what_a_picture_leaves_out_is_said() -> None:
    many = pd.DataFrame({"a": np.arange(9000.0), "b": np.arange(9000) % 40, "t": [f"v{n % 35}" for n in range(9000)]})
    many.loc[:9, "a"] = np.nan
    [first, second] = notes(CHARTS["scatter"], many, {"x": ("a",), "y": ("b",)})
    assert (first[1], second[1]) == ({"count": 10}, {"most": draw.MOST_POINTS})
    [bars] = notes(CHARTS["counts"], many, {"x": ("t",)})
    assert bars[1] == {"most": 30, "count": 35}
    assert picture("counts", many, {"x": ("t",)}).height > 1000


def test_correlations_are_those_of_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    heatmap = sns.heatmap

    def spy(data: pd.DataFrame, **options: Any) -> Any:
        seen.update(data=data, words=options["annot"])
        return heatmap(data, **options)

    monkeypatch.setattr(sns, "heatmap", spy)
    picture("heat", IRIS, GOOD["heat"])
    expected = np.corrcoef(IRIS[of_kind(IRIS, "number")].to_numpy().T)
    assert np.allclose(seen["data"], expected)
    assert seen["words"].iloc[0].tolist() == ["1,00", "−0,12", "0,87", "0,82"]
