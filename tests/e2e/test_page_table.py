"""The page of every function with a table, in a real browser: form, answer, contributions, files."""

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

from playwright.sync_api import Browser, Page, Route, expect

from tests.browsing import AXE, drop, faults, needs_chromium, overflow, visit, wait_until_held
from tests.serving import Server, serving
from tests.table_page import PRICES, make_function, prices, purchases

pytestmark = needs_chromium
ELSEWHERE = "predire=http://p.example tables_2=http://t.example"
ODD = "Une valeur est hors de ce que l'apprentissage a vu : la réponse est moins sûre."


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Both functions."""
    folder = tmp_path_factory.mktemp("tables")
    environ = {"REQUEST_LOG": "off", "SERVICE_URLS": ELSEWHERE}
    with ExitStack() as stack:
        running = {}
        for example in (purchases(), prices()):
            source = make_function(folder, example)
            running[example.name] = stack.enter_context(
                serving(example.name, folder, source=str(source), environ=environ)
            )
        yield running


def told(page: Page) -> str:
    """The answer, once its probability or its interval is there."""
    expect(page.locator("#answer .verdict")).to_be_visible()
    return page.locator("#answer").inner_text().replace("\u00a0", " ")


def test_every_change_of_the_form_is_answered(browser: Browser, servers: dict[str, Server]) -> None:
    with visit(browser, servers["achats"], "/", refused=1) as page:
        verdict = page.locator("#answer .verdict")
        expect(verdict).to_have_text("non")
        expect(page.get_by_role("heading", name="Réponse : Achat")).to_be_visible()
        amount = page.get_by_role("spinbutton", name="Montant (€)")
        expect(amount).to_have_value("120.5")
        page.get_by_role("slider", name="Montant (€)").fill("450")
        expect(amount).to_have_value("450")
        expect(verdict).to_have_text("oui")
        shares = page.locator("#bars .track").evaluate_all("(all) => all.map((one) => one.firstChild.style.width)")
        assert sum(float(share.removesuffix("%")) for share in shares) == pytest.approx(100)
        assert "Le modèle n'exclut pas : oui" in told(page)
        amount.fill("900")
        expect(page.locator(".odd")).to_contain_text("inhabituel : l'apprentissage a vu de 1 à 500")
        expect(page.locator("#answer .notice")).to_have_text(ODD)
        page.get_by_role("combobox", name="Ville").select_option("autre…")
        page.get_by_role("textbox", name="Ville").fill("Groix")
        page.get_by_label("Avis").fill("zzz")
        expect(page.get_by_text("aucun mot que le modèle connaisse")).to_be_visible()
        expect(page.locator(".odd")).to_have_count(3)
        page.get_by_role("spinbutton", name="Âge").fill("9e99")
        expect(page.locator(".note.fault")).to_contain_text("attendu : entier entre")
        page.get_by_label("inconnu").check()
        expect(page.locator(".note.fault")).to_have_count(0)
        expect(page.get_by_role("spinbutton", name="Âge")).to_have_value("")
        page.get_by_role("button", name="Une ligne ordinaire").click()
        expect(verdict).to_have_text("non")
        expect(page.locator(".odd")).to_have_count(0)


def test_the_latest_change_wins_and_an_unreachable_server_can_be_asked_again(
    browser: Browser, servers: dict[str, Server]
) -> None:
    with visit(browser, servers["achats"], "/", refused=1) as page:
        verdict = page.locator("#answer .verdict")
        expect(verdict).to_have_text("non")
        held: list[Route] = []
        page.route("**/achats", lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks it
        amount = page.get_by_role("spinbutton", name="Montant (€)")
        for value in ("450", "2"):
            amount.fill(value)
            wait_until_held(page, held, 1 + (value == "2"))
        held[1].continue_()
        held[0].continue_()
        expect(verdict).to_have_text("non")
        amount.fill("450")
        wait_until_held(page, held, 3)
        held[2].abort()
        expect(page.locator("#answer")).to_contain_text("Le serveur ne répond pas")
        page.unroute("**/achats")
        page.get_by_role("button", name="Réessayer").click()
        expect(verdict).to_have_text("oui")


def test_contributions_add_up_and_lead_to_their_fields(browser: Browser, servers: dict[str, Server]) -> None:
    with visit(browser, servers["achats"], "/") as page:
        expect(page.locator("#answer .verdict")).to_have_text("non")
        rows = page.locator("#why .weights > li")
        expect(rows).to_have_count(5)
        first = rows.first
        expect(first).to_contain_text("pousse vers « non »")
        weights = [number(text) for text in rows.locator("b").all_text_contents()]
        base, added, total = map(number, re.findall(r"[+−]?\d+,\d+", page.locator("#why .soft").inner_text()))
        assert sum(weights) == pytest.approx(added, abs=0.02)
        assert base + added == pytest.approx(total, abs=0.02)
        assert [weight < 0 for weight in weights] == rows.evaluate_all(
            "(all) => all.map((row) => row.className === 'down')"
        )
        page.get_by_role("link", name="Montant (€) = 120,5").click()
        expect(page.get_by_role("spinbutton", name="Montant (€)")).to_be_focused()
    with visit(browser, servers["prix"], "/") as page:
        expect(page.locator("#answer .verdict")).to_have_text("0,5")
        assert "Entre 0,25 et 0,75" in told(page)
        assert page.locator(".needle").evaluate("(one) => one.style.left") == "50%"
        assert page.locator(".band").evaluate("(one) => parseFloat(one.style.width)") == pytest.approx(50 / 3, rel=1e-4)
        expect(page.locator(".marks")).to_have_text("vu dès −1jusqu'à 2")
        expect(page.get_by_text("Les 16 autres colonnes")).to_be_visible()
        page.get_by_label("Trouver une colonne").fill("PIECE 2")
        expect(page.locator(".field:visible")).to_have_count(6)
        expect(page.locator("#found")).to_have_text(f"6 colonnes sur {len(PRICES)}")


def number(text: str) -> float:
    """A number in French notation."""
    return float(text.replace("−", "-").replace(",", ".").replace("\u202f", ""))


HEADINGS = "Nom;Montant (€);âge;VILLE;membre;avis;achat"
FILE = f"""{HEADINGS}
Zoé;"450,5";30;Lyon;oui;très bon produit;oui
"Li; Wu";12;;Brest;non;;non
Max;bleu;30;Lyon;oui;correct;non
Ana;12,5;9e99;Paris;false;rien à dire;non
"""


def test_a_file_is_predicted_and_given_back_with_its_columns(
    browser: Browser, servers: dict[str, Server], tmp_path: Path
) -> None:
    file = tmp_path / "clients.csv"
    file.write_bytes(FILE.encode("cp1252"))
    with visit(browser, servers["achats"], "/", refused=1) as page:
        told(page)
        drop(page, file)
        expect(page.locator("#summary")).to_contain_text("Lignes prédites : 2")
        expect(page.locator("#summary")).to_contain_text("Comme la colonne « Achat » : 1 sur 2 (50,0 %)")
        expect(page.locator("#summary")).to_contain_text("Lignes écartées : 2")
        expect(page.locator("#faults li")).to_have_text(
            [
                re.compile(r"Ligne 4, Montant .€.\s: attendu\s: nombre, reçu\s: «\sbleu\s»"),
                re.compile(r"Ligne 5, Âge\s: attendu\s: entier entre"),
            ]
        )
        expect(page.locator("#table tr").nth(1)).to_contain_text("Brest (inhabituel)")
        with page.expect_download() as given:
            page.get_by_role("button", name="Télécharger").click()
        rows = list(csv.reader(io.StringIO(Path(given.value.path()).read_text("utf-8-sig")), delimiter=";"))
        assert rows[0][:9] == [*HEADINGS.split(";"), "prediction", "not ruled out"]
        assert rows[0][9:] == ["probability non", "probability oui", "probability peut-être", "unusual", "fault"]
        assert [row[:2] for row in rows[1:]] == [["Zoé", "450,5"], ["Li; Wu", "12"], ["Max", "bleu"], ["Ana", "12,5"]]
        assert [row[7] for row in rows[1:]] == ["oui", "peut-être", "", ""]
        assert [row[12] for row in rows[1:]] == ["", "ville", "", ""]
        assert math.isclose(sum(number(share) for share in rows[1][9:12]), 1)
        page.get_by_label("Lignes, avec leurs titres").fill("age,ville\n3,Lyon")
        page.get_by_role("button", name="Prédire ces lignes").click()
        expect(page.locator("#summary")).to_contain_text("ne nomme pas : Montant (€), Membre, Avis. Rien n'est envoyé.")


def test_the_language_changes_without_losing_anything(browser: Browser, servers: dict[str, Server]) -> None:
    with visit(browser, servers["achats"], "/") as page:
        menu = page.get_by_role("navigation", name="Augure").get_by_role("link")
        assert menu.all_text_contents() == ["Un étudiant", "Achats", "Tables 2", "English"]
        expect(page.locator("[data-service=achats]")).to_have_attribute("aria-current", "page")
        page.get_by_role("spinbutton", name="Montant (€)").fill("900")
        expect(page.locator("#answer .verdict")).to_have_text("oui")
        page.get_by_role("link", name="English").click()
        expect(page).to_have_title("Augure: Predicts achat from 5 columns")
        expect(page.get_by_role("spinbutton", name="Amount (€)")).to_have_value("900")
        expect(page.get_by_role("heading", name="Answer: Purchase")).to_be_visible()
        expect(page.locator(".odd")).to_contain_text("unusual: the training data had 1 to 500")
        expect(page.locator("#why li").first).to_contain_text("Amount (€) = 900")
        expect(page.locator("[data-service=tables_2]")).to_have_attribute("href", "http://t.example/?lang=en")
        page.goto(servers["achats"].address + "/model/card?lang=en")
        page.locator("[data-service=achats]").click()
        page.wait_for_url(servers["achats"].address + "/?lang=en")


@pytest.mark.parametrize("name", ["achats", "prix"])
def test_a_narrow_phone_shows_all_and_the_page_is_accessible(
    name: str, browser: Browser, servers: dict[str, Server]
) -> None:
    with visit(browser, servers[name], "/", width=320, has_touch=True, color_scheme="dark") as page:
        told(page)
        page.locator(".field input").last.focus()
        expect(page.locator("#answer .verdict")).to_be_in_viewport()
        page.get_by_label("Lignes, avec leurs titres").fill(json.dumps(list(PRICES)))
        assert overflow(page) == 0
        if AXE.exists():
            assert faults(page) == []
