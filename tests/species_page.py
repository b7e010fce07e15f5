"""Actions of the page tests of `predict_species`."""

from playwright.sync_api import Locator, Page, expect
from sklearn.datasets import load_iris

IRIS = load_iris()
SPECIES: list[str] = list(IRIS.target_names)
NAMES = ["Longueur du sépale", "Largeur du sépale", "Longueur du pétale", "Largeur du pétale"]
Point = tuple[float, float]


def ready(page: Page) -> Locator:
    """Wait for the first prediction; returns the element of the species."""
    species = page.locator("#answer .species")
    expect(species).to_have_text("Iris setosa")
    return species


def give(page: Page, *measures: float) -> None:
    """Type the four measures."""
    for name, value in zip(NAMES, measures, strict=True):
        page.get_by_role("spinbutton", name=name).fill(str(value))


def given(page: Page) -> list[float]:
    """The four measures in the fields."""
    return [float(page.get_by_role("spinbutton", name=name).input_value()) for name in NAMES]


def yours(page: Page) -> Point:
    """The centre of your flower's mark on the plot, in CSS pixels of the window."""
    return middle(page, "#yours circle.mine")


def middle(page: Page, selector: str) -> Point:
    """The centre of an element of the plot, in CSS pixels of the window."""
    page.locator("#plot").scroll_into_view_if_needed()
    box = page.locator(selector).evaluate("(node) => node.getBoundingClientRect().toJSON()")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def on_plot(page: Page, x: float, y: float) -> Point:
    """The position of two measures on the plot, in CSS pixels of the window, computed from the ticks of its axes."""
    (x0, left), (x1, right) = _ends(page, "x", "width")
    (y0, bottom), (y1, top) = _ends(page, "y", "height")
    return left + (x - x0) / (x1 - x0) * (right - left), bottom + (y - y0) / (y1 - y0) * (top - bottom)


def _ends(page: Page, way: str, size: str) -> tuple[Point, Point]:
    """The first and the last tick of an axis: its number, and its centre in CSS pixels."""
    page.locator("#plot").scroll_into_view_if_needed()
    ticks = page.locator(f"#axes text.{way}").evaluate_all(
        "(ticks) => ticks.map((tick) => [tick.textContent, tick.getBoundingClientRect().toJSON()])"
    )
    first, *_, last = ((float(text.replace(",", ".")), box[way] + box[size] / 2) for text, box in ticks)
    return first, last


def choose(page: Page, across: str, up: str) -> None:
    """Choose the axes."""
    page.get_by_label("Axe horizontal").select_option(label=across)
    page.get_by_label("Axe vertical").select_option(label=up)


def paste(page: Page, text: str) -> None:
    """Put rows into the text field and press the button."""
    page.get_by_label("Fleurs, une par ligne").evaluate("(field, text) => (field.value = text)", text)  # fill() is slow
    page.get_by_role("button", name="Reconnaître ces fleurs").click()


def table(page: Page) -> list[list[str]]:
    """The rows of the result table."""
    rows: list[list[str]] = page.locator("#table tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.replace(/\\s/g, ' ')))"
    )
    return rows
