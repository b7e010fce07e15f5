"""Helpers of the page tests: a real browser on a real function."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect

from tests.replay import ROOT
from tests.serving import Server

expect.set_options(timeout=20_000)  # milliseconds: other tests may run at the same time
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome in PATH")

AXE = ROOT / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
needs_axe = pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is not installed: npm install --no-save axe-core@4.14.1"
)

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
)
UNREACHABLE = "Le serveur ne répond pas. Vérifiez la connexion, puis réessayez."
CROSS = (((40, 60), (240, 60)), ((40, 240), (240, 40)), ((40, 40), (240, 240)))
Stroke = tuple[tuple[int, int], ...]


@contextmanager
def visit(
    browser: Browser, server: Server, path: str, width: int = 1200, refused: int = 0, **options: object
) -> Iterator[Page]:
    """A page of a server. Its console must stay empty, except for the failed requests that the test provokes.

    Args:
        browser: from the fixture.
        server: the running function.
        path: of the page.
        width: of the window, in CSS pixels.
        refused: number of requests that fail.
        options: passed to Playwright's `new_context`.
    """
    given = {"locale": "fr-FR", "viewport": {"width": width, "height": 800}} | options
    context = browser.new_context(**given)  # type: ignore[arg-type]
    page = context.new_page()
    console: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            console.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: console.append(str(error)))
    page.goto(server.address + path)
    yield page
    context.close()
    assert len([text for text in console if text.startswith("Failed to load resource")]) == refused, console
    assert [text for text in console if not text.startswith("Failed to load resource")] == []


def draw(page: Page, *strokes: Stroke) -> None:
    """Draw with the mouse; points are CSS pixels from the canvas's top left corner."""
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    for (x, y), *rest in strokes:
        page.mouse.move(box["x"] + x, box["y"] + y)
        page.mouse.down()
        for to_x, to_y in rest:
            page.mouse.move(box["x"] + to_x, box["y"] + to_y, steps=12)
        page.mouse.up()


def french(number: float, digits: int) -> str:
    """A number in French notation."""
    return f"{number:.{digits}f}".replace(".", ",")


def overflow(page: Page) -> int:
    """Width of the page beyond the window, in CSS pixels."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def drop(page: Page, file: Path) -> None:
    """Drop a file or a folder of this machine on the page."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    for event in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": event, "x": 400, "y": 500, "data": data})


def wait_until_held(page: Page, held: Sequence[Route], count: int) -> None:
    """Wait up to 20 seconds until `count` requests are held back. Playwright reports them between its calls."""
    limit = time.monotonic() + 20
    while len(held) < count:
        assert time.monotonic() < limit, f"{len(held)} requests of {count}"
        page.wait_for_timeout(10)


def faults(page: Page) -> list[str]:
    """axe-core's violations on a page in its current state."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("(tags) => axe.run({ runOnly: tags, resultTypes: ['violations'] })", RULES)
    return [f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]]
