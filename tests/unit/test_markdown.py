"""`shared.web.markdown`: safe HTML, pictures, headings, tables, French spacing."""

import re

import pytest

from shared.web.markdown import render

FILES = {"courbe.png": b"\x89PNG one", "plan.svg": b"<svg/>"}


def body(text: str) -> str:
    return render(text, FILES.get).body.decode()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("a <img src=x onerror=alert(1)> b", "<p>a &lt;img src=x onerror=alert(1)&gt; b</p>"),
        ("<style>p{}</style>", "<p>&lt;style&gt;p{}&lt;/style&gt;</p>"),
        ("`<b>` &lt;i&gt;", "<p><code>&lt;b&gt;</code> &lt;i&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](/model)", "<p><a>x</a></p>"),
        ("[x](//ailleurs.example/)", "<p><a>x</a></p>"),
        ("[x](data:text/html,x)", "<p>[x](data:text/html,x)</p>"),
        ('[x](https://a.example/?b="c)', '<p><a href="https://a.example/?b=%22c">x</a></p>'),
        ("[x](mailto:a@b.example)", '<p><a href="mailto:a@b.example">x</a></p>'),
        ("[x](#limites 'un \"titre\"')", '<p><a href="#limites" title="un &quot;titre&quot;">x</a></p>'),
    ],
)
def test_html_is_escaped_and_only_safe_links_keep_their_target(text: str, html: str) -> None:
    assert body(text).strip() == html


@pytest.mark.parametrize("source", ["https://ailleurs.example/x.png", "../courbe.png", "secret.txt", "autre.png"])
def test_a_picture_outside_the_bundle_becomes_its_alt_text(source: str) -> None:
    placeholder = "<p>[image non affichée : une &quot;courbe&quot; &amp; &lt;b&gt;]</p>\n"
    assert body(f'![une "courbe" & <b>]({source})') == placeholder
    assert "<img" not in body("![x](data:image/png;base64,AAAA)")


def test_pictures_of_the_bundle_are_inlined_with_their_alt_text() -> None:
    assert body('![deux "courbes"](courbe.png)\n![plan](plan.svg)') == (
        '<p class="pictures"><img src="data:image/png;base64,iVBORyBvbmU=" alt="deux &quot;courbes&quot;" />\n'
        '<img src="data:image/svg+xml;base64,PHN2Zy8+" alt="plan" /></p>\n'
    )


def test_the_title_is_extracted_and_the_contents_link_to_the_headings() -> None:
    card = render("# Fiche : *un* <b>\n\n## Équité, où ?\n\n### Détail\n\n#### Note\n\n## Main\n\n## Main\n", FILES.get)
    assert card.title.decode() == "Fiche\u00a0: un &lt;b&gt;"
    assert re.findall(r'<h(\d) id="([^"]*)">', card.body.decode()) == [
        ("2", "équité-où-"),
        ("3", "détail"),
        ("4", "note"),
        ("2", "main-1"),
        ("2", "main-2"),
    ]
    assert card.contents.decode() == (
        '<li><a href="#équité-où-">Équité, où\u00a0?</a><ol><li><a href="#détail">Détail</a></li></ol></li>\n'
        '<li><a href="#main-1">Main</a></li>\n<li><a href="#main-2">Main</a></li>'
    )


@pytest.mark.parametrize("text", ["", "Un mot.", "- # liste", "## Deux"])
def test_a_card_without_a_title_gets_the_default(text: str) -> None:
    assert render(text, FILES.get).title.decode() == "Fiche du modèle"


def test_a_table_has_a_label_a_scrolling_frame_and_header_scopes() -> None:
    rows = ("| a | b | c |", "| --- | :-: | --: |", "| 1 x | 0,26 % à 0,49 % | 7,9 % (7 à 9) † |", "| y | d e | |")
    html = body('## "Mesures"\n\n' + "\n".join(rows))
    assert '<div class="table" role="group" tabindex="0" aria-label="Tableau 1 : &quot;Mesures&quot;">\n<table>' in html
    assert html.endswith("</table>\n</div>\n")
    assert re.findall(r"<(t[hd][^>]*)>([^<]*)</(t[hd])>", html) == [
        ('th scope="col"', "a", "th"),
        ('th class="center" scope="col"', "b", "th"),
        ('th class="right" scope="col"', "c", "th"),
        ('th scope="row"', "1 x", "th"),
        ('td class="center"', "0,26\u00a0%\u00a0à\u00a00,49\u00a0%", "td"),
        ('td class="right"', "7,9\u00a0% (7\u00a0à\u00a09)\u00a0†", "td"),
        ('th scope="row"', "y", "th"),
        ('td class="center"', "d e", "td"),
        ('td class="right"', "", "td"),
    ]


def test_french_punctuation_and_numbers_get_no_break_spaces() -> None:
    assert body("Un « mot » : 4 424 étudiants, 26 % ; oui ! `a : b`") == (
        "<p>Un «\u00a0mot\u00a0»\u00a0: 4\u00a0424 étudiants, 26\u00a0%\u00a0; oui\u00a0! <code>a : b</code></p>\n"
    )


def test_an_error_while_reading_a_picture_propagates() -> None:
    with pytest.raises(ZeroDivisionError):
        render("![x](courbe.png)", lambda _: bytes(1 // 0))
