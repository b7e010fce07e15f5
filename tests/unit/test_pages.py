"""`read_page` assembles a page from its file, the files beside it and the shared site."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

from shared.web.pages import read_page
from tests.replay import FOLDERS, ROOT

NAMES = [folder.name for folder in FOLDERS]
SITE = ROOT / "shared/web/site"
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


def minified(file: str) -> str:
    """A shared file without indentation, blank lines and comment lines."""
    lines = (line.strip() for line in (SITE / file).read_text("utf-8").splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


def test_a_page_inlines_the_shared_site_and_its_policy_holds_the_hashes(source: Path) -> None:
    content, policy = read_page(source, "predire", {})
    text = content.decode()
    assert "<link" not in text
    assert "src=" not in text
    assert f"<style>\n{minified('page.css')}p {{ color: red; }}\n</style>" in text
    assert f'<script>\n{minified("page.js")}say("un", "one");\n</script>' in text
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
    assert f"<script>\n{minified('page.js')}one(); // how\ntwo(); // how\nsay(" in text
    assert text.count("<script") == 1


def test_the_menu_lists_the_services_with_a_known_url(source: Path) -> None:
    text = read_page(source, "predire", {"predict_digit": "https://d.example/a&b/"})[0].decode()
    links = re.findall(r'<a data-service="(\w+)" href="([^"]*)"( aria-current="page")?', text)
    assert links == [("predict_digit", "https://d.example/a&amp;b/", ""), ("predire", "", ' aria-current="page"')]
    assert text.count("<li>") == 2


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


@pytest.mark.parametrize(
    "page", [*sorted(ROOT.glob("functions/*/*.html")), SITE / "card.html"], ids=lambda page: page.parent.name
)
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


@pytest.mark.parametrize("file", [*ROOT.glob("functions/*/*.html"), *SITE.glob("*.html")], ids=lambda file: file.stem)
def test_every_noscript_text_has_a_translation(file: Path) -> None:
    assert not re.search(r"<noscript(?! data-other)", file.read_text("utf-8"))


@pytest.mark.parametrize("file", [*ROOT.glob("functions/*/*.html"), *SITE.glob("*.html")], ids=lambda file: file.stem)
def test_translated_texts_hold_no_elements(file: Path) -> None:
    text = file.read_text("utf-8")
    translated = re.findall(r'<([a-z0-9]+)\b[^<>]*? data-other="[^"]*"[^<>]*>[^<]*</\1>', text)
    assert len(translated) == text.count(" data-other=")
