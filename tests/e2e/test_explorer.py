"""The packaged explorer, started as in its image, in a real browser."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from playwright.sync_api import TimeoutError as TooLong

from tests import logged_requests
from tests.browsing import needs_chromium
from tests.replay import ROOT
from tests.serving import free_port, wait_until_answered
from tools import package, smoke

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
STAGE = DOCKERFILE.partition("FROM runtime AS app\n")[2].partition("\n\n")[0]
"""The stage of the Dockerfile for an app. tests/e2e/test_container.py builds the functions' images only: this one is
large, and takes more than a minute."""
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


@dataclass(frozen=True)
class Explorer:
    """A running explorer."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    @property
    def address(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def status(self, path: str, **headers: str) -> int:
        """The status of the response to a GET."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        try:
            return connection.getresponse().status
        finally:
            connection.close()


def started(folder: Path, **environ: str) -> Explorer:
    """Start the image's command in a package, without the repository on its path."""
    own = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    inherited = {name: value for name, value in os.environ.items() if name not in own}
    image = dict(re.findall(r"(\w+)=(\S+)", re.findall(r"^ENV (.*)$", STAGE, re.MULTILINE)[0]))
    here = {"HOST": "127.0.0.1", "PORT": str(free_port()), "FUNCTION_TARGET": "explorer"}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    [words] = re.findall(r"^CMD (\[.*\])$", STAGE, re.MULTILINE)
    environment = inherited | image | here | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"} | environ
    process = subprocess.Popen(json.loads(words), cwd=folder, env=environment)
    return Explorer(process, int(environment["PORT"]), folder)


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    """The package, with a request log and a large data set."""
    folder = tmp_path_factory.mktemp("explorer")
    package.assemble("explorer", folder / "app")
    (folder / "log").mkdir()
    logged_requests.write(folder / "log")
    shutil.copytree(ROOT / "functions/explorer/datasets", folder / "data")
    (folder / "data/trap.csv").write_text("![x](http://elsewhere.example/x.png);n\nu;1\nv;2\n")
    rows = "".join(f"{number};{number % 7},5\n" for number in range(200_000))
    (folder / "data/lignes.csv").write_text(f"n;reste\n{rows}")
    environ = {
        "DATA_ROOT": str(folder / "data"),
        "JOURNAL": str(folder / "log" / logged_requests.LOG),
        "MAX_ROWS": "1000",
        "SAVED_IMAGES_URI": str(folder / "log" / logged_requests.PICTURES),
    }
    running = started(folder / "app", **environ)
    try:
        wait_until_answered(f"{running.address}/health/ready", running.process)
        yield running
    finally:
        running.process.terminate()
        running.process.wait(20)


@pytest.fixture
def reader(browser: Browser) -> Iterator[BrowserContext]:
    """A reader who speaks French."""
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900}, accept_downloads=True)
    yield context
    context.close()


def settled(page: Page) -> Page:
    page.wait_for_selector(IDLE)
    return page


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a list by typing. Retries with a longer timeout, because the page may redraw."""
    box, choice = page.get_by_role("combobox", name=label, exact=True), page.get_by_role("option", name=option).first
    for patience in (2, 4, 8, 16):  # seconds
        settled(page)
        box.click()
        box.fill(option)
        try:
            choice.click(timeout=1000 * patience)
            expect_taken(page, box, option, 1000 * patience)
        except (TooLong, AssertionError):
            page.keyboard.press("Escape")
        else:
            settled(page)
            return
    raise AssertionError(f"{option} cannot be chosen in {label}")


def expect_taken(page: Page, box: Locator, option: str, timeout: float) -> None:
    """Check that the option is selected: a redraw between press and release loses it. Multiple choices show tags."""
    many = page.get_by_test_id("stMultiSelect").filter(has=box)
    if many.count():
        expect(many).to_contain_text(option, timeout=timeout)
    else:
        expect(box).to_have_attribute("aria-expanded", "false", timeout=timeout)
        expect(box).to_have_value(re.compile(re.escape(option)), timeout=timeout)


def test_the_image_and_the_package_use_the_same_command(explorer: Explorer) -> None:
    assert "functions.${FUNCTION_TARGET}" in STAGE
    assert explorer.status("/health/live") == 200
    answers = list(smoke.check("explorer", smoke.Service(explorer.address), 5))
    assert answers == ["explorer/vivant: 200 as expected"]


def test_requests_from_other_sites_are_refused(explorer: Explorer) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13"}
    socket = upgrade | {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    elsewhere = "http://elsewhere.example"
    assert explorer.status("/", Origin=elsewhere) == 403
    assert explorer.status("/_stcore/stream", Origin=elsewhere, **socket) == 403
    assert explorer.status("/_stcore/stream", Origin=explorer.address, **socket) == 101
    rebound = {"Host": "elsewhere.example", "Origin": elsewhere}
    assert explorer.status("/_stcore/stream", **rebound, **socket) == 403
    assert explorer.status("/_stcore/agent/interact") in {404, 405}


@needs_chromium
def test_the_main_pages_work_in_a_browser(explorer: Explorer, reader: BrowserContext) -> None:
    page = reader.new_page()
    elsewhere: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url) if foreign(request.url, explorer) else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(explorer.address)
    expect(page.get_by_role("heading", name="Données")).to_be_visible()
    choose(page, "Jeu de données", "vins.csv")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("178")
    expect(page.get_by_text("encodage cp1252, séparateur « ; », décimales après « , »")).to_be_visible()
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Télécharger les 178 lignes (CSV)").click()
    content = Path(downloaded.value.path()).read_bytes().decode("utf-8-sig")
    assert content.splitlines()[1].startswith("14,23;1,71;")
    choose(page, "Jeu de données", "lignes.csv")
    expect(page.get_by_text("Échantillon de 1\u202f000 lignes tirées au hasard, sur 200\u202f000.")).to_be_visible()
    choose(page, "Jeu de données", "trap.csv")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("2")
    page.get_by_text("Filtrer les lignes").click()
    expect(page.get_by_text("Seulement les lignes sans valeur manquante")).to_be_visible()
    choose(page, "D'après ces colonnes", "elsewhere")
    trap = page.get_by_test_id("stWidgetLabel").filter(has_text="![x](http://elsewhere.example/x.png)")
    expect(trap).to_be_visible()
    page.keyboard.press("Escape")
    choose(page, "Jeu de données", "iris.csv")

    page.get_by_role("link", name="Graphiques").click()
    expect(page.get_by_role("combobox", name="Jeu de données")).to_have_value("iris.csv")
    page.get_by_role("radio", name="Visualisation personnalisable").click()
    choose(page, "Graphique", "Violons")
    choose(page, "Groupes", "species")
    expect(page.get_by_role("img", name="Violons : petal width (cm), species")).to_be_visible()
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Télécharger l'image (PNG)").click()
    assert downloaded.value.suggested_filename == "violin.png"
    assert Path(downloaded.value.path()).read_bytes().startswith(b"\x89PNG")

    page.get_by_role("link", name="Modèles").click()
    choose(page, "Modèle", "predict_digit")
    expect(page.get_by_role("heading", name="Fiche du modèle : chiffre dessiné")).to_be_visible()
    expect(page.get_by_role("img", name="Matrice de confusion des 10 000 chiffres de test")).to_be_visible()

    page.get_by_role("link", name="Journal").click()
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("213")
    page.get_by_role("radio", name="À suivre").click()
    expect(page.get_by_text("1. Risque d'échec")).to_be_visible()
    page.get_by_role("radio", name="Rejouer").click()
    expect(page.get_by_role("combobox", name="Versions qui répondent")).to_be_visible()
    page.get_by_role("radio", name="English").click()
    expect(page.get_by_role("heading", name="Request log")).to_be_visible()
    assert elsewhere == []
    assert faults == []


def foreign(url: str, explorer: Explorer) -> bool:
    """True if a request goes to another server."""
    return not url.startswith((explorer.address, "data:", "blob:"))


@needs_chromium
def test_a_folder_outside_the_root_is_refused(explorer: Explorer, reader: BrowserContext) -> None:
    page = reader.new_page()
    page.goto(explorer.address)
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("150")
    box = page.get_by_role("combobox", name="Dossier", exact=True)
    box.fill("../log")
    box.press("Enter")
    refusal = "« ../log » : attendu un dossier qui existe, à l'intérieur de la racine choisie"
    expect(page.get_by_text(refusal)).to_be_visible()
    expect(page.get_by_test_id("stMetricValue")).to_have_count(0)


@needs_chromium
@pytest.mark.parametrize("path", ["/", "/graphiques", "/modeles", "/journal"])
def test_a_phone_shows_every_page_without_scrolling_sideways(path: str, explorer: Explorer, browser: Browser) -> None:
    context = browser.new_context(locale="fr-FR", viewport={"width": 390, "height": 800}, color_scheme="dark")
    page = context.new_page()
    page.goto(explorer.address + path)
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    settled(page)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    colour = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    context.close()
    assert wider == 0
    assert colour == "rgb(20, 18, 27)"


def test_the_explorer_writes_nothing_into_its_folder(explorer: Explorer) -> None:
    written = {path for path in explorer.folder.rglob("*") if path.stat().st_mtime > package.OLDEST + 1}
    assert written == set()


@pytest.mark.parametrize(
    ("locale", "line"),
    [
        ("fr_FR.UTF-8", 'MAX_ROWS : attendu : entier entre 1 et 500000, reçu : "beaucoup"'),
        ("C.UTF-8", 'MAX_ROWS: expected: integer between 1 and 500000, got: "beaucoup"'),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(locale: str, line: str, explorer: Explorer) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "functions.explorer"],
        cwd=explorer.folder,
        env=os.environ | {"LC_ALL": locale, "MAX_ROWS": "beaucoup"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr == f"{line}\n"


@needs_chromium
def test_sigterm_stops_it_within_ten_seconds_with_a_page_open(explorer: Explorer, reader: BrowserContext) -> None:
    own = started(explorer.folder)
    try:
        wait_until_answered(f"{own.address}/health/ready", own.process)
        page = reader.new_page()
        page.goto(own.address)
        expect(page.get_by_test_id("stMetricValue").first).to_have_text("150")
        own.process.send_signal(signal.SIGTERM)
        assert own.process.wait(10) == 0
    finally:
        own.process.kill()
        own.process.wait()
