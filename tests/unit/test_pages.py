"""`read_page` assembles a page from its file, the files beside it and the shared site."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

from shared.model.tabular.routes import read_table_page
from shared.settings import Settings
from shared.web.pages import read_page
from shared.web.routes import Function
from tests.replay import FOLDERS, ROOT

NAMES = [folder.name for folder in FOLDERS]
SITE = ROOT / "shared/web/site"
TABLE = ROOT / "shared/model/tabular/site/table.html"
PAGE = """<!doctype html>
<html lang="fr">
<head>
<title data-other="Augure: &quot;one&quot;">Augure : l'« un »</title>
<link rel="stylesheet" href="../../shared/web/site/page.css">
<style>
p { color: red; }
</style>
</head>
<body>
<!-- site: header.html -->
<main id="main">
  <p class="a" data-other="A word &amp; more" id="b">Un "mot" &amp; plus</p>
  <p data-other="">rien</p>
</main>
<!-- site: footer.html -->
<script src="../../shared/web/site/page.js"></script>
<script>
say("un", "one");
</script>
</body>
</html>
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "page.html"
    file.write_text(PAGE, "utf-8")
    return file


PAGES = [*sorted(ROOT.glob("functions/*/*.html")), SITE / "card.html", TABLE]
FILES = [*ROOT.glob("functions/*/*.html"), *SITE.glob("*.html"), TABLE]


def test_a_page_inlines_the_shared_site_and_its_policy_holds_the_hashes(source: Path) -> None:
    content, policy = read_page(source, "predire", {})
    text = content.decode()
    assert "<link" not in text
    assert "src=" not in text
    assert "<style>\n:root{color-scheme:light dark;--paper:#f5f4f1;" in text
    assert text.partition("</style>")[0].endswith("}p { color: red; }\n")
    assert '<script>\n"use strict";\nconst TIMEOUT=30000;\nconst find=(id)=>document.getElementById(id);\n' in text
    assert text.partition("</script>")[0].endswith('\nsay("un", "one");\n')
    assert '<nav class="site"' in text
    for kind in ("style", "script"):
        [inline] = re.findall(f"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in policy


def test_a_page_inlines_its_own_scripts_in_order(source: Path) -> None:
    for name in ("one", "two"):
        (source.parent / f"{name}.js").write_text(f"// Why.\n  {name}(); // how\n\n  // Where.\n", "utf-8")
    scripts = '<script src="one.js"></script>\n<script src="two.js"></script>\n<script>\nsay('
    source.write_text(PAGE.replace("<script>\nsay(", scripts), "utf-8")
    text = read_page(source, "predire", {})[0].decode()
    assert "\none(); // how\ntwo(); // how\nsay(" in text
    assert text.count("<script") == 1


def test_an_inlined_script_keeps_its_strings(source: Path) -> None:
    lines = [
        'const a = { b: "c = d, e", f: [1, 2] };',
        "const g = 'h = i, j';",
        "const k = `l, ${m + n} = o`;",
        "const p = /q = [r, s]/;",
        "return a - -b;",
    ]
    (source.parent / "one.js").write_text("\n".join(f"  {line}" for line in lines) + "\n", "utf-8")
    source.write_text(PAGE.replace("<script>\nsay(", '<script src="one.js"></script>\n<script>\nsay('), "utf-8")
    text = read_page(source, "predire", {})[0].decode()
    short = ['const a={b:"c = d, e",f:[1,2]};', *lines[1:]]
    assert "\n" + "\n".join(short) + "\nsay(" in text


def test_an_inlined_style_keeps_its_selectors(source: Path) -> None:
    rules = "/* Why. */\n.a :is(b, i) > p:hover,\n.c { margin: 0 .5rem; width: calc(1px + 2px) }\n"
    style = f"{rules}@media (x: y) {{\n  p {{ color: red; }}\n}}\n"
    (source.parent / "one.css").write_text(style, "utf-8")
    source.write_text(PAGE.replace("<style>\np", '<link rel="stylesheet" href="one.css">\n<style>\np'), "utf-8")
    text = read_page(source, "predire", {})[0].decode()
    short = ".a :is(b,i) > p:hover,.c{margin:0 .5rem;width:calc(1px + 2px)}@media (x:y){p{color:red;}}"
    assert f"{short}p {{ color: red; }}\n</style>" in text


def test_the_menu_lists_the_services_with_a_known_url(source: Path) -> None:
    text = read_page(source, "predire", {"predict_digit": "https://d.example/a&b/"})[0].decode()
    links = re.findall(r'<a data-service="(\w+)" href="([^"]*)"( aria-current="page")?', text)
    assert links == [("predict_digit", "https://d.example/a&amp;b/", ""), ("predire", "", ' aria-current="page"')]
    assert text.count("<li>") == 2


def test_the_menu_lists_services_that_it_does_not_know(source: Path) -> None:
    services = {"vins_2": "https://v.example/", "books": "https://b.example", "arbres": 'https://a.example/"{{x}}'}
    text = read_page(source, "mes_vins", services)[0].decode()
    assert re.findall(r'<li><a data-service="(\w+)" href="([^"]*)"[^>]*>([^<]*)</a></li>', text) == [
        ("books", "https://b.example/", "La bibliothèque"),
        ("arbres", "https://a.example/&quot;&#123;&#123;x}}/", "Arbres"),
        ("mes_vins", "", "Mes vins"),
        ("vins_2", "https://v.example/", "Vins 2"),
    ]
    assert '<a data-service="mes_vins" href="" aria-current="page">' in text
    card = read_page(SITE / "card.html", "mes_vins", services, up="../")[0].decode()
    assert '<a data-service="mes_vins" href="../" aria-current="true">' in card


def test_the_page_of_a_table_has_the_title_of_its_function() -> None:
    function = Function("vins", ("Vins : « a » & <b>", "Wines: a & <b>"), ROOT, Settings())
    french, policy = read_table_page(function, english=False)
    english, other = read_table_page(function, english=True)
    assert policy == other
    assert (
        '<title data-other="Augure: Wines: a &amp; &lt;b&gt;">Augure : Vins : « a » &amp; &lt;b&gt;</title>'
        in french.decode()
    )
    assert '<h1 data-other="Vins : « a » &amp; &lt;b&gt;">Wines: a &amp; &lt;b&gt;</h1>' in english.decode()
    assert b"{{" not in french
    assert len(french) < 60_000


def test_a_service_url_is_escaped(source: Path) -> None:
    text = read_page(source, "predire", {"predict_digit": 'https://d.example/{{title}}{%x%}{#"><b>'})[0].decode()
    assert 'href="https://d.example/&#123;&#123;title}}&#123;%x%}&#123;#&quot;&gt;&lt;b&gt;/"' in text


def test_an_english_page_swaps_each_text_with_its_translation(source: Path) -> None:
    text = read_page(source, "predire", {}, english=True)[0].decode()
    assert '<html lang="en">' in text
    assert '<title data-other="Augure : l\'« un »">Augure: &quot;one&quot;</title>' in text
    assert '<p class="a" data-other="Un &quot;mot&quot; &amp; plus" id="b">A word &amp; more</p>' in text
    assert '<p data-other="rien"></p>' in text
    assert '<a class="language" href="?lang=fr" hreflang="fr" lang="fr">Français</a>' in text
    assert 'data-other="Un étudiant">A student</a>' in text


def test_both_languages_have_the_same_policy(source: Path) -> None:
    assert read_page(source, "predire", {})[1] == read_page(source, "predire", {}, english=True)[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_every_page_is_under_60_kb_and_self_contained(page: Path) -> None:
    content, _ = read_page(
        page,
        page.parent.name,
        dict.fromkeys(("books", "explorer", *NAMES), "https://x-0123456789.europe-west9.run.app"),
    )
    assert len(content) < 60_000
    text = content.decode()
    assert not re.search(r"<link rel=.?stylesheet|<script src|<!-- site:", text)
    assert not re.search(r"@import|url\(", text.partition("</style>")[0])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_noscript_text_has_a_translation(file: Path) -> None:
    assert not re.search(r"<noscript(?! data-other)", file.read_text("utf-8"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_translated_texts_hold_no_elements(file: Path) -> None:
    text = file.read_text("utf-8")
    translated = re.findall(r'<([a-z0-9]+)\b[^<>]*? data-other="[^"]*"[^<>]*>[^<]*</\1>', text)
    assert len(translated) == text.count(" data-other=")
